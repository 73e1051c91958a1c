"""``train_prm``: rows in, a registered model out, which scores through the same queue as any other."""

import gzip
import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from labelling.corpus.models import Problem
from labelling.corpus.text import problem_key
from labelling.jobs.models import Job
from labelling.prm.backends import ScoringItem, backend_make
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.models import ModelVersion
from labelling.prm.rows.base import BadRow
from labelling.prm.rows.prm800k import labelled
from labelling.prm.tasks import score
from tests.factories import ProblemFactory, SampleFactory, SolutionFactory
from tests.prm.sums import row, rows_of, sums

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models' folder, a test's own."""
    monkeypatch.setattr(EmbeddedBackend, "folder", tmp_path / "models")
    return tmp_path / "models"


def written(folder: Path, lines: list[str], name: str = "labels.jsonl") -> str:
    path, content = folder / name, "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return str(path)


def train(*files: str, **options: object) -> tuple[str, str]:
    """Standard output and standard error."""
    out, errors = StringIO(), StringIO()
    call_command("train_prm", *files, name=options.pop("name", "mine"), stdout=out, stderr=errors, **options)
    return out.getvalue(), errors.getvalue()


def test_it_registers_a_model_with_its_figures_and_keeps_it_as_files(tmp_path: Path, models: Path) -> None:
    told, errors = train(written(tmp_path, rows_of(sums(20)), "labels.jsonl.gz"))
    version = ModelVersion.objects.select_related("model").get()

    assert (version.model.name, version.model.backend, version.number) == ("mine", "embedded", 1)
    assert sorted(path.name for path in (models / version.config["digest"]).iterdir()) == ["model.json", "weights.npz"]
    assert (version.facts["steps"], version.facts["problems"], version.facts["neutral"]) == (160, 20, "positive")
    assert version.facts["auc"] > 0.9
    assert {"ece", "data_sha256", "feature_version", "code_version", "seconds", "seed"} <= version.facts.keys()
    assert "160 rated steps (neutral counts as positive)" in told
    assert "score_solutions --model mine" in told
    assert not errors


def test_a_file_whose_name_is_no_text_is_trained_on(tmp_path: Path) -> None:
    train(written(tmp_path, rows_of(sums(8)), os.fsdecode(b"\xff.jsonl")))

    assert ModelVersion.objects.get().facts["files"] == [f"{tmp_path.resolve()}/\\udcff.jsonl"]


def test_the_same_labels_make_the_same_version_and_others_the_next(tmp_path: Path) -> None:
    first, other = (written(tmp_path, rows_of(sums(8, seed=seed)), f"{seed}.jsonl") for seed in (0, 1))
    for files in ([first], [first], [first, other]):
        train(*files)

    assert sorted(ModelVersion.objects.values_list("number", flat=True)) == [1, 2]


def test_held_out_problems_are_refused_and_counted(tmp_path: Path) -> None:
    examples = sums(9)
    held = examples[0].problem
    Problem.objects.create(key=problem_key(held), text=held, held_out=True)
    told, _ = train(written(tmp_path, rows_of(examples)))
    facts = ModelVersion.objects.get().facts

    assert "8 rows left out: held-out problem; 1 held-out problems refused" in told
    assert (facts["problems"], facts["steps"], facts["held_out_problems_refused"]) == (8, 64, 1)


def test_bad_lines_are_reported_and_the_rest_is_used(tmp_path: Path) -> None:
    told, errors = train(written(tmp_path, ["{", *rows_of(sums(6)), '{"question": {"problem": "p"}}']))

    assert "50 rows, 48 rated steps" in told
    assert "2 bad lines" in told
    assert "labels.jsonl, line 1: not JSON" in errors
    assert "labels.jsonl, line 50: label: must be an object" in errors


def test_what_is_not_for_training_is_left_out_with_the_reason(tmp_path: Path) -> None:
    step = ("2 + 2 = 5", -1)
    lines = [
        *rows_of(sums(6)),
        row("q", step, is_quality_control_question=True),
        row("q", step, is_initial_screening_question=True),
        row("q", step, finish_reason="give_up"),
        row("q", step, finish_reason="bad_problem"),
    ]
    told, _ = train(written(tmp_path, lines))

    for why in ("quality control", "screening", "given up", "bad problem"):
        assert f"1 rows left out: {why}" in told
    assert ModelVersion.objects.get().facts["steps"] == 48


@pytest.mark.parametrize(("neutral", "target"), [("positive", 1.0), ("negative", 0.0)])
def test_a_neutral_rating_counts_as_it_is_told_to(neutral: str, target: float) -> None:
    step = {
        "completions": [{"text": "a", "rating": 0}, {"text": "b", "rating": None}, {"text": "c", "rating": -1}],
        "human_completion": {"text": "by hand", "rating": None},
        "chosen_completion": None,
    }
    last = {"completions": [{"text": "d", "rating": 1}], "human_completion": None, "chosen_completion": None}
    empty = {"completions": None, "human_completion": None, "chosen_completion": None}
    read = labelled({"question": {"problem": "p"}, "label": {"steps": [step, last, empty]}}, neutral=neutral)

    assert [(one.before, one.text, one.target) for one in read.examples] == [
        ((), "a", target),
        ((), "c", 0.0),
        (("by hand",), "d", 1.0),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("text", r"label.steps\[0\]: must be an object"),
        ({"completions": 3}, "must be a list or null"),
        ({"completions": [{"text": 1}]}, r"completions\[0\].text: must be a text"),
        ({"completions": [{"text": "a", "rating": 2}]}, "must be -1, 0, 1 or null"),
        ({"completions": [{"text": "a", "rating": True}]}, "must be -1, 0, 1 or null"),
        ({"completions": [{"text": "a"}], "chosen_completion": 1}, "index of a candidate"),
    ],
)
def test_a_row_that_is_wrong_says_where(step: object, message: str) -> None:
    with pytest.raises(BadRow, match=message):
        labelled({"question": {"problem": "p"}, "label": {"steps": [step]}}, neutral="positive")


def test_too_little_to_train_on_and_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="too few"):
        train(written(tmp_path, rows_of(sums(2))))
    with pytest.raises(CommandError, match="no such file"):
        train(str(tmp_path / "none.jsonl"))

    assert not ModelVersion.objects.exists()


def test_models_lie_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert EmbeddedBackend.folder == settings.VAR / "models"


def outcomes(folder: Path, count: int = 40) -> str:
    """Best-of-N rows of sums: every other one slips in its first step and ends wrong."""
    lines = []
    for at in range(count):
        has, buys, slip = 11 + at, 20 + 3 * at, 5 * (at % 2)
        total = has + buys + slip
        steps = [f"She has {has} + {buys} = {total} eggs.", f"They are worth {total} * 7 = {total * 7} cents."]
        problem = f"Ann has {has} eggs and buys {buys} more. Each costs 7 cents. What are all of them worth?"
        lines.append(json.dumps({"problem": problem, "steps": steps, "answer": "", "is_correct": not slip}))
    return written(folder, lines, "pool.jsonl")


def test_an_outcome_model_learns_how_solutions_end_and_judges_them_at_their_last_step(tmp_path: Path) -> None:
    told, _ = train(outcomes(tmp_path), name="orm", objective="outcome")
    version = ModelVersion.objects.select_related("model").get()
    backend = backend_make(version.model.backend, version.config)
    right, wrong = "She has 12 + 30 = 42 eggs.", "She has 12 + 30 = 44 eggs."
    ends = ("They are worth 42 * 7 = 294 cents.", "They are worth 44 * 7 = 308 cents.")
    problem = "Ann has 12 eggs and buys 30 more. Each costs 7 cents. What are all of them worth?"
    good, bad = backend.score([ScoringItem(problem, (right, ends[0])), ScoringItem(problem, (wrong, ends[1]))])

    assert "80 steps labelled by the final answer" in told
    assert (version.model.objective, version.model.reduction) == ("outcome", "last")
    assert version.facts["rows"] == {"best-of-n": 40}
    assert good is not None
    assert bad is not None
    assert (good[0], bad[0]) == (None, None)
    assert (good[1] or 0) > (bad[1] or 0)


def test_outcome_and_process_models_stand_side_by_side_on_the_same_samples(tmp_path: Path) -> None:
    train(outcomes(tmp_path), name="orm", objective="outcome")
    train(written(tmp_path, rows_of(sums(20))), name="prm")
    for problem in ProblemFactory.create_batch(2):
        for verdict in ("right", "wrong"):
            SampleFactory.create(solution=SolutionFactory.create(problem=problem, verdict=verdict))
    for name in ("orm", "prm"):
        call_command("score_solutions", model=name, stdout=StringIO())
    for job in Job.objects.all():
        score(job.pk)
    out = StringIO()
    call_command("evaluate_prm", best_of_n=True, model=["orm", "prm"], json=True, stdout=out)
    (found,) = json.loads(out.getvalue())

    assert {name: one["reduction"] for name, one in found["versions"].items()} == {
        "orm v1": "last",
        "prm v1": "product",
    }
    assert {one["unscored"] for one in found["versions"].values()} == {0}
    assert list(found["versions"]["orm v1"]["ways"]) == ["last", "weighted vote"], "one score, told once"


def test_rows_of_the_other_kind_are_left_out_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no labelled step to train on.*say --objective outcome"):
        train(outcomes(tmp_path))
    with pytest.raises(CommandError, match=r"no labelled step to train on.*leave it out for rated steps"):
        train(written(tmp_path, rows_of(sums(3))), objective="outcome")


def test_trl_rows_train_the_same_model_as_the_rows_that_they_came_from(tmp_path: Path) -> None:
    lines = [
        json.dumps(
            {
                "prompt": one.problem,
                "completions": [*one.before, one.text],
                "labels": [True] * len(one.before) + [one.target > 0],
            }
        )
        for one in sums(8)
    ]
    train(written(tmp_path, lines, "trl.jsonl"))

    assert ModelVersion.objects.get().facts["rows"] == {"trl": 64}
    assert ModelVersion.objects.get().facts["steps"] == 64  # the steps before were labelled already, and count once
