"""A real worker fine-tunes a toy transformer on a TRL export, goes on after a kill, and scores through the queue."""

import io
import json
import signal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from exports.services import export_dataset
from labelling.corpus.models import Solution
from labelling.jobs.models import Job, JobState
from labelling.prm.checkpoints.recipe import LabelledText, held_apart
from labelling.prm.models import ModelVersion, Score
from tests.factories import AnnotationFactory, SolutionFactory
from tests.prm.toys import toy_make
from tests.processes import Processes, wait_until

TOY = {"rate": 0.003, "batch": 4, "checkpoint_steps": 4, "patience": 50}


def labels(count: int) -> None:
    """Annotated solutions of unlike problems, each wrong at its last step, which says so."""
    for at in range(count):
        steps = [f"Take {at} and add 1.", f"That is {at + 1}.", f"So the answer is wrong {at}."]
        AnnotationFactory.create(
            assignment__item__solution=SolutionFactory.create(steps=steps), step_ratings=[1, 1, -1], first_error=2
        )


def exported(folder: Path, format: str = "trl") -> str:
    path = folder / f"{format}.jsonl"
    choices = {"neutral": "positive"} if format == "trl" else {"truth": "steps", "neutral": "positive"}
    export_dataset(format=format, output=path, card=False, **choices)  # type: ignore[arg-type]
    return str(path)


def settled() -> Job:
    wait_until(lambda: not Job.objects.exclude(state__in=("done", "failed")).exists(), seconds=240, what="the jobs")
    job = Job.objects.latest("pk")
    assert job.state == JobState.DONE, job.error
    return job


@pytest.mark.ml
@pytest.mark.filterwarnings("ignore")  # theirs are theirs
@pytest.mark.django_db(transaction=True)
class TestByAWorker:
    def test_it_trains_from_a_trl_export_loses_on_its_data_and_scores(
        self, tmp_path: Path, processes: Processes
    ) -> None:
        labels(24)
        base, out = toy_make("trl"), io.StringIO()
        processes.worker()
        call_command(
            "train_prm", exported(tmp_path), name="toy", backend="transformers", base=str(base), epochs=8, wait=True,
            stdout=out, **TOY,
        )  # fmt: skip
        version = ModelVersion.objects.select_related("model").get(model__backend="transformers")
        facts = version.facts

        assert (version.model.backend, version.model.objective) == ("transformers", "process")
        assert facts["losses"][1] < facts["losses"][0] / 2
        assert (facts["problems"], facts["rows"]) == (22, {"trl": 24})
        assert facts["measured"] == "6 steps of 2 problems held back"
        assert facts["auc"] == 1.0
        assert version.trained_problems.count() == 22
        assert "toy v1: loss" in out.getvalue()
        assert not list((settings.VAR / "models").glob(".training-*"))

        call_command("score_solutions", model="toy", wait=True, stdout=io.StringIO())
        scores = Score.objects.filter(version=version)
        assert scores.count() == Solution.objects.count() == 24
        assert all((one.step_scores[2] or 0) < 0.5 < (one.step_scores[1] or 0) for one in scores)

    def test_killed_it_goes_on_from_its_last_checkpoint(self, tmp_path: Path, processes: Processes) -> None:
        labels(16)
        base = toy_make("trl")
        worker = processes.worker()
        call_command(
            "train_prm", exported(tmp_path), name="long", backend="transformers", base=str(base), epochs=60,
            stdout=io.StringIO(), **TOY,
        )  # fmt: skip
        job = Job.objects.get()
        models = settings.VAR / "models"
        wait_until(
            lambda: bool(list(models.glob(".training-*/checkpoint-*/trainer_state.json"))),
            seconds=120,
            what="a checkpoint",
        )
        processes.stop(worker, how=signal.SIGKILL)
        (work,) = models.glob(".training-*")
        begun = max(int(one.name.partition("-")[2]) for one in work.glob("checkpoint-*"))
        processes.worker()
        settled()

        job.refresh_from_db()
        history = ModelVersion.objects.get(model__name="long").facts
        assert job.starts == 2
        assert begun >= 4
        assert history["trained_steps"] > begun
        assert history["losses"][1] < history["losses"][0]

    def test_stopped_it_ends_at_once_and_queued_again_it_goes_on(self, tmp_path: Path, processes: Processes) -> None:
        labels(16)
        again = {"name": "long", "backend": "transformers", "base": str(toy_make("trl")), "epochs": 60, **TOY}
        file, models = exported(tmp_path), settings.VAR / "models"
        processes.worker()
        call_command("train_prm", file, stdout=io.StringIO(), **again)
        job = Job.objects.get()
        wait_until(lambda: bool(list(models.glob(".training-*/checkpoint-*/trainer_state.json"))), seconds=120)
        call_command("train_prm", stop=job.pk, stdout=io.StringIO())
        (work,) = models.glob(".training-*")
        begun = max(int(one.name.partition("-")[2]) for one in work.glob("checkpoint-*"))

        call_command("train_prm", file, stdout=io.StringIO(), **again)
        job.refresh_from_db()
        assert job.state == JobState.STOPPED
        of_long = ModelVersion.objects.filter(model__name="long")
        wait_until(of_long.exists, seconds=240, what="the version")
        assert of_long.get().facts["trained_steps"] > begun >= 4
        assert of_long.get().facts["epochs"] > begun / 4

    def test_an_outcome_model_is_labelled_at_the_last_step_alone(self, tmp_path: Path, processes: Processes) -> None:
        labels(12)
        processes.worker()
        call_command(
            "train_prm", exported(tmp_path, "orm"), name="orm", backend="transformers", base=str(toy_make("trl")),
            objective="outcome", epochs=1, wait=True, stdout=io.StringIO(), **TOY,
        )  # fmt: skip
        version = ModelVersion.objects.select_related("model").get(model__backend="transformers")
        assert (version.model.objective, version.model.reduction) == ("outcome", "last")
        assert version.facts["steps"] == version.facts["problems"]

        call_command("score_solutions", model="orm", wait=True, stdout=io.StringIO())
        assert {tuple(map(type, one.step_scores[:2])) for one in Score.objects.all()} == {(type(None), type(None))}

    def test_a_base_that_is_none_fails_with_the_mend(self, tmp_path: Path, processes: Processes) -> None:
        labels(4)
        processes.worker()
        with pytest.raises(CommandError, match=r"no folder with a model to begin from \(config.json"):
            call_command(
                "train_prm", exported(tmp_path), name="no", backend="transformers", base=str(tmp_path), wait=True,
                stdout=io.StringIO(),
            )  # fmt: skip
        assert not ModelVersion.objects.filter(model__name="no").exists()


@pytest.mark.django_db
class TestAsked:
    def test_it_queues_a_job_and_trains_nothing_here(self, tmp_path: Path) -> None:
        file = tmp_path / "rows.jsonl"
        file.write_text(json.dumps({"prompt": "p", "completions": ["a"], "labels": [True]}), encoding="utf-8")
        call_command(
            "train_prm", str(file), name="toy", backend="transformers", base="qwen", seed=3, stdout=io.StringIO()
        )
        job = Job.objects.get()

        assert (job.kind, job.task) == ("train", "labelling.prm.tasks.train")
        assert (job.params["files"], job.params["recipe"]["base"], job.params["recipe"]["seed"]) == (
            [str(file)],
            "qwen",
            3,
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "needs --base FOLDER"),
            ({"base": "b", "epochs": 0.0}, "--epochs must be above 0"),
            ({"base": "b", "epochs": float("nan")}, "--epochs must be above 0"),
            ({"base": "b", "rate": float("inf")}, "--rate must be above 0"),
            ({"base": "b", "seed": -1}, "--seed must be from 0 to 4,294,967,295"),
            ({"base": "b", "checkpoint_steps": -1}, "--checkpoint-steps must be above 0"),
            ({"base": "b"}, "no such file"),
        ],
    )
    def test_nonsense_is_refused_before_anything_is_queued(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(CommandError, match=message):
            call_command("train_prm", "missing.jsonl", name="toy", backend="transformers", **options)
        assert not Job.objects.exists()


def test_whole_problems_are_held_back_the_same_whatever_the_order() -> None:
    texts = [LabelledText(f"p{at % 30}", ("a",), {0: 1.0}) for at in range(60)]
    keys = {text.problem: text.problem for text in texts}
    train, held = held_apart(texts, keys)

    assert {one.problem for one in train} & {one.problem for one in held} == set()
    assert (len(train), len(held)) == (54, 6)
    assert {one.problem for one in held_apart(texts[::-1], keys)[1]} == {one.problem for one in held}
    assert held_apart(texts[:1], keys) == (texts[:1], [])
