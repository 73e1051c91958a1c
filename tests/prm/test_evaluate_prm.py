"""``evaluate_prm``: what it prints, keeps, draws and refuses."""

import json
import os
import shutil
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from labelling.corpus.models import Problem, Solution
from labelling.corpus.text import problem_key
from labelling.prm import evaluating
from labelling.prm.backends.constant import ConstantBackend
from labelling.prm.models import EmbeddedModel, Evaluation, ModelVersion, Objective, TrainedProblem
from labelling.prm.services import model_register
from tests.factories import (
    PoolEntryFactory,
    ProblemFactory,
    RecordedScoreFactory,
    SampleFactory,
    ScoreFactory,
    SolutionFactory,
)
from tests.prm.sums import small_config

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("evaluate_prm", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def measured(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*arguments, "--json"))
    return found


def pool_of(problem: Problem, *samples: tuple[str, str, float]) -> None:
    """(verdict, answer, the scorer's score of the one step) of each sample, in order."""
    for index, (verdict, answer, score) in enumerate(samples):
        solution = SolutionFactory.create(problem=problem, verdict=verdict, final_answer=answer, steps=[f"so {index}"])
        SampleFactory.create(solution=solution, sample_index=index)
        RecordedScoreFactory.create(solution=solution, scorer="qwen_prm", step_scores=[score])


@pytest.fixture
def samples() -> None:
    """Two problems of four: in the first the scorer knows better than the vote, in the second it is the other way."""
    first, second = ProblemFactory.create_batch(2)
    pool_of(first, ("wrong", "7", 0.5), ("wrong", "7.0", 0.4), ("right", "8", 0.9), ("wrong", "9", 0.1))
    pool_of(second, ("right", "8", 0.2), ("right", "$8$", 0.2), ("wrong", "3", 0.9), ("wrong", "4", 0.1))


@pytest.mark.usefixtures("samples")
class TestBestOfN:
    def test_it_tells_of_every_way_to_choose_and_keeps_it_with_the_version(self) -> None:
        (found,) = measured("--best-of-n", "--model", "qwen_prm")
        figures = found["versions"]["qwen_prm v1"]

        assert (figures["problems"], figures["samples"], figures["sizes"]) == (2, 8, [1, 2, 4])
        assert {name: one["value"][-1] for name, one in figures["baselines"].items()} == {
            "pass@1": 0.375,
            "majority": 0.5,  # 7 and 7.0 are one answer
            "oracle": 1.0,
        }
        # Of the second problem 3 has .9 against .4, of the first 7 has .9, too, and comes before 8.
        assert {name: one["value"][-1] for name, one in figures["ways"].items()} == {
            "product": 0.5,
            "min": 0.5,
            "last": 0.5,
            "mean": 0.5,
            "weighted vote": 0.0,
        }
        kept = Evaluation.objects.get()
        assert (str(kept.version), kept.kind, kept.figures) == ("qwen_prm v1", "best-of-n", figures)

    def test_measuring_again_replaces_the_figures_and_other_data_keeps_its_own(self) -> None:
        for _ in range(2):
            run("--best-of-n", "--model", "qwen_prm")
        assert Evaluation.objects.count() == 1

        pool_of(ProblemFactory.create(), *[("right", "8", 0.5)] * 1, *[("wrong", "1", 0.5)] * 3)
        run("--best-of-n", "--model", "qwen_prm")
        assert Evaluation.objects.count() == 2

    def test_the_table_and_the_list_of_what_is_kept_say_the_same(self) -> None:
        told = run("--best-of-n", "--model", "qwen_prm")

        assert "8 samples of 2 problems" in " ".join(told.split())
        assert "qwen_prm v1 product *" in told
        assert [line for line in told.splitlines() if "oracle" in line] == [
            line for line in run("--list").splitlines() if "oracle" in line
        ]

    def test_pictures_and_figures_are_written(self, tmp_path: Path) -> None:
        run("--best-of-n", "--model", "qwen_prm", "--output", str(tmp_path / "new"))
        drawing = ElementTree.parse(tmp_path / "new" / "best-of-n.svg").getroot()  # noqa: S314  our own file

        assert drawing.tag.endswith("svg")
        assert "qwen_prm v1, product .500" in drawing.attrib["aria-label"]
        text = (tmp_path / "new" / "best-of-n.svg").read_text(encoding="utf-8")
        assert "Best of N: all samples</text>" in text
        assert "8 samples of 2 problems; the mean over all subsets of N samples" in text
        assert "prefers-color-scheme: dark" in text
        assert "var(" not in text, "drawing programs know no variables"
        assert json.loads((tmp_path / "new" / "figures.json").read_text())[0]["kind"] == "best-of-n"

    def test_only_samples_in_scope_count(self) -> None:
        lonely = ProblemFactory.create()
        pool_of(lonely, ("right", "8", 0.5), ("right", "8 ", 0.1))
        PoolEntryFactory.create(campaign="maths", problem=lonely)
        (found,) = measured("--best-of-n", "--model", "qwen_prm", "--campaign", "maths")

        assert (found["dataset"], found["versions"]["qwen_prm v1"]["samples"]) == ("campaign maths", 2)
        with pytest.raises(CommandError, match="no graded samples in source elsewhere"):
            run("--best-of-n", "--model", "qwen_prm", "--source", "elsewhere")

    def test_what_cannot_be_told_of_is_left_out_and_named(self) -> None:
        short, ungraded, bare = ProblemFactory.create(), ProblemFactory.create(), ProblemFactory.create()
        for _ in range(18):
            pool_of(ProblemFactory.create(), *[("right", "8", 0.5), ("wrong", "1", 0.4)] * 2)
        pool_of(short, ("right", "8", 0.5))
        pool_of(ungraded, ("right", "8", 0.5))
        SampleFactory.create(solution=SolutionFactory.create(problem=ungraded, ungraded=True))
        Problem.objects.filter(pk=bare.pk).update(reference_answer=None)
        pool_of(bare, ("wrong", "8", 0.5))
        (found,) = measured("--best-of-n", "--model", "qwen_prm")

        assert found["versions"]["qwen_prm v1"]["problems"] == 20
        assert found["notes"] == [
            "1 problems have fewer than 4 samples: left out",
            "1 problems have samples that are not graded yet: left out (manage.py grade_solutions)",
            "1 problems have no reference answer: left out",
        ]

    def test_a_model_that_has_scored_nothing_is_refused_with_the_mend(self) -> None:
        model_register(name="flat", backend="constant", config={})

        with pytest.raises(CommandError, match="score_solutions --model flat --wait first"):
            run("--best-of-n", "--model", "flat")
        assert not Evaluation.objects.exists()

    def test_samples_beyond_those_looked_at_count_for_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(evaluating, "MOST", 3)
        model_register(name="flat", backend="constant", config={})

        with pytest.raises(CommandError, match="has scored none of these samples"):
            run("--best-of-n", "--most", "2", "--model", "flat")

    def test_stored_scores_are_enough_where_the_model_itself_is_gone(self, tmp_path: Path) -> None:
        config = small_config()
        folder = tmp_path / "models"
        shutil.copytree(str(config["path"]), folder)
        model, version = model_register(name="gone", backend="embedded", config=config | {"path": str(folder)})
        for solution in Solution.objects.all():
            ScoreFactory.create(solution=solution, version=version, step_scores=[0.5], solution_score=0.5)
        shutil.rmtree(folder)
        EmbeddedModel.objects.all().delete()

        assert f"{model} v1 product *" in run("--best-of-n", "--model", "gone")

    def test_a_version_named_twice_is_one(self) -> None:
        SampleFactory.create(
            solution=SolutionFactory.create(problem=Problem.objects.first(), verdict="wrong"), sample_index=9
        )
        (found,) = measured("--best-of-n", "--model", "qwen_prm", "--model", "qwen_prm@1")

        assert found["notes"] == ["1 samples have no score by qwen_prm v1: chosen last"]

    def test_it_says_how_many_of_the_problems_a_version_was_trained_on(self) -> None:
        run("--best-of-n", "--model", "qwen_prm")
        TrainedProblem.objects.create(version=ModelVersion.objects.get(), key=Problem.objects.first().key)  # type: ignore[union-attr]
        (found,) = measured("--best-of-n", "--model", "qwen_prm")

        assert found["versions"]["qwen_prm v1"]["trained_on"] == 1
        for arguments in (["--best-of-n", "--model", "qwen_prm"], ["--list"]):
            assert "qwen_prm v1 was trained on 1 of these problems" in " ".join(run(*arguments).split())


def bench_file(folder: Path, count: int = 60) -> str:
    """ProcessBench rows of sums, every other one with its error at the second step."""
    rows = []
    for at in range(count):
        has, buys = 11 + at, 20 + 3 * at
        first, total = f"She has {has} + {buys} = {has + buys} eggs.", (has + buys) * 7
        slip = 3 if at % 2 else 0
        rows.append(
            {
                "id": f"sums-{at}",
                "problem": f"Ann has {has} eggs and buys {buys} more. Each costs 7 cents. What are all of them worth?",
                "steps": [first, f"They are worth {has + buys} * 7 = {total + slip} cents.", f"The answer is {total}."],
                "label": 1 if slip else -1,
            }
        )
    path = folder / "bench.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


class TestFiles:
    @pytest.fixture(autouse=True)
    def model(self) -> None:
        model_register(name="sums", backend="embedded", config=small_config())

    def test_processbench_rows_give_steps_and_first_errors_with_intervals(self, tmp_path: Path) -> None:
        steps, errors = measured(bench_file(tmp_path), "--model", "sums")
        one, other = steps["versions"]["sums v1"], errors["versions"]["sums v1"]

        assert (one["steps"], one["problems"], one["trained_on"]) == (150, 60, 0)
        assert one["auc"]["low"] <= one["auc"]["value"] <= one["auc"]["high"]
        assert {"brier", "ece", "curve"} <= one.keys()
        assert other["chosen_on"] + other["solutions"] == 60
        assert other["error_accuracy"]["value"] > 0.5
        assert other["f1"]["low"] <= other["f1"]["value"] <= other["f1"]["high"]
        assert {kept.kind for kept in Evaluation.objects.all()} == {"steps", "first-errors"}

    def test_held_out_problems_are_there_to_be_evaluated_on(self, tmp_path: Path) -> None:
        file = bench_file(tmp_path)
        text = json.loads(Path(file).read_text())[0]["problem"]
        Problem.objects.create(key=problem_key(text), text=text, held_out=True)

        assert measured(file, "--model", "sums")[0]["versions"]["sums v1"]["problems"] == 60

    def test_versions_stand_side_by_side(self, tmp_path: Path) -> None:
        model_register(name="flat", backend="constant", config={"value": 0.4})
        told = run(bench_file(tmp_path), "--model", "sums", "--model", "flat@1")

        assert "sums v1" in told
        assert "flat v1" in told
        assert "the threshold chosen on" in " ".join(told.split())

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "Name a model"),
            (["--model", "sums"], "Name labelled files, or say --best-of-n"),
            (["--model", "sums@x", "--best-of-n"], "a version's number"),
            (["--model", "sums@7", "--best-of-n"], "no model 'sums@7'"),
            (["--model", "nobody", "--best-of-n"], "no model 'nobody'"),
            (["missing.jsonl", "--model", "sums"], "no such file"),
            (["missing.jsonl", "--model", "sums", "--seed", "-1"], "--seed must be 0 or more"),
            (["--model", "sums", "--best-of-n", "--most", "0"], "--most must be 1 or more"),
            (["--model", "sums", "--best-of-n", "--campaign", "nix"], "no graded samples in campaign nix"),
        ],
    )
    def test_nonsense_is_refused_with_the_mend(self, arguments: list[str], message: str) -> None:
        with pytest.raises(CommandError, match=message):
            run(*arguments)

    def test_too_few_first_errors_leave_the_steps(self, tmp_path: Path) -> None:
        (steps,) = measured(bench_file(tmp_path, 2), "--model", "sums")

        assert steps["kind"] == "steps"
        assert steps["notes"][0].startswith("First errors are not told of: Solutions with an error and without one")

    def test_a_version_that_could_not_score_all_is_told_of(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else its figures on the short solutions would stand beside others' on all as if they could be compared."""
        model_register(name="flat", backend="constant", config={})
        monkeypatch.setattr(
            ConstantBackend, "score", lambda _, items: [(0.5, *[None] * (len(one.steps) - 1)) for one in items]
        )
        told = " ".join(run(bench_file(tmp_path), "--model", "flat", "--model", "sums").split())

        assert "150 labelled steps of 60 problems" in told
        assert "flat v1 was measured on 60 of these alone, as it could not score the others." in told

    def test_a_name_with_an_at_sign_is_a_name(self, tmp_path: Path) -> None:
        for value in (0.4, 0.6):
            model_register(name="flat@2", backend="constant", config={"value": value})
        told = run(bench_file(tmp_path), "--model", "flat@2", "--model", "flat@2@1")

        assert "flat@2 v2" in told
        assert "flat@2 v1" in told

    def test_figures_are_kept_of_a_file_whose_name_is_no_text(self, tmp_path: Path) -> None:
        odd = tmp_path / os.fsdecode(b"\xff\x1b[2J.json")
        odd.write_text(Path(bench_file(tmp_path)).read_text())

        assert measured(str(odd), "--model", "sums")[0]["dataset"] == "\\xdcff\\x1b[2J.json"

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match=r"File exists; the figures are kept \(--list\)"):
            run(bench_file(tmp_path), "--model", "sums", "--output", bench_file(tmp_path))

    def test_answers_that_are_no_numbers_are_no_figures(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As of weights whose arithmetic runs over."""
        model_register(name="flat", backend="constant", config={})
        monkeypatch.setattr(
            ConstantBackend, "score", lambda _, items: [(float("nan"),) * len(one.steps) for one in items]
        )

        with pytest.raises(CommandError, match="The backend 'constant' answered nan, which is no number from 0 to 1"):
            run(bench_file(tmp_path), "--model", "flat")
        assert not Evaluation.objects.exists()

    def test_models_that_do_not_judge_steps_of_a_file_say_so(self, tmp_path: Path) -> None:
        RecordedScoreFactory.create(scorer="qwen_prm")
        model_register(name="orm", backend="constant", config={}, objective=Objective.OUTCOME)
        for name, message in (("qwen_prm", "scores recorded with samples"), ("orm", "is an outcome model")):
            with pytest.raises(CommandError, match=message):
                run(bench_file(tmp_path), "--model", name)

    def test_without_figures_the_list_says_so(self) -> None:
        assert "No figures are kept yet" in run("--list")
