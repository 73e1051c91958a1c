"""Samples with verdicts and scores."""

import json
from pathlib import Path
from typing import Any

import pytest

from exports import export_dataset
from exports.services import ExportRefused, ExportReport
from labelling.prm.models import ModelVersion
from tests.factories import (
    AnnotationFactory,
    CampaignFactory,
    ModelVersionFactory,
    PoolEntryFactory,
    ProblemFactory,
    RecordedScoreFactory,
    SampleFactory,
    ScoreFactory,
    SolutionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ModelVersion:
    made: ModelVersion = ModelVersionFactory.create(model__name="prm")
    return made


def scored(version: ModelVersion, score: float, *, samples: int = 1, **solution: Any) -> Any:
    made = ScoreFactory.create(
        version=version, solution_score=score, solution=SolutionFactory.create(**solution)
    ).solution
    SampleFactory.create_batch(samples, solution=made)
    return made


def export(folder: Path, **options: Any) -> tuple[ExportReport, list[dict[str, Any]]]:
    report = export_dataset(format="best-of-n", output=folder / "x", force=True, **({"model": "prm"} | options))
    return report, [json.loads(line) for line in (folder / "x").read_text().splitlines()]


def test_twins_count_each(version: ModelVersion, tmp_path: Path) -> None:
    solution = scored(version, 0.25, samples=3)
    report, rows = export(tmp_path)
    one = {
        "problem": solution.problem.text,
        "steps": solution.steps,
        "answer": "9",
        "is_correct": False,
        "prm_score": 0.25,
        "orm_score": None,
    }
    assert rows == [one] * 3
    assert (report.annotations, report.lines, report.labels) == (3, 3, {})


@pytest.mark.parametrize(("verdict", "told"), [("right", True), ("wrong", False), ("undecided", None), (None, None)])
def test_the_verdict_in_force_is_told(version: ModelVersion, verdict: str, told: bool | None, tmp_path: Path) -> None:
    scored(version, 0.5, verdict=verdict)
    assert export(tmp_path)[1][0]["is_correct"] is told


def test_rows_are_by_problem(version: ModelVersion, tmp_path: Path) -> None:
    first, second = ProblemFactory.create_batch(2)
    for problem in (second, first, second, first):
        scored(version, 0.5, problem=problem)
    assert [row["problem"] for row in export(tmp_path)[1]] == [first.text] * 2 + [second.text] * 2


class TestWhoseScores:
    def test_it_needs_a_model(self, tmp_path: Path) -> None:
        with pytest.raises(ExportRefused, match="best-of-n needs --model: whose solution scores"):
            export(tmp_path, model=None)
        with pytest.raises(ExportRefused, match="There is no reward model 'nobody'"):
            export(tmp_path, model="nobody")

    def test_the_newest_version_unless_one_is_named(self, version: ModelVersion, tmp_path: Path) -> None:
        solution = scored(version, 0.5)
        newer = ModelVersionFactory.create(model=version.model, number=2)
        ScoreFactory.create(version=newer, solution=solution, solution_score=0.75)
        assert export(tmp_path)[1][0]["prm_score"] == 0.75
        assert export(tmp_path, model="prm@1")[1][0]["prm_score"] == 0.5
        assert export(tmp_path, orm_model="prm@1")[1][0]["orm_score"] == 0.5

    def test_queued_takes_annotated_solutions_by_the_score_that_queued_them(
        self, version: ModelVersion, tmp_path: Path
    ) -> None:
        scored(version, 0.5)
        annotation = AnnotationFactory.create(score=0.125)
        SampleFactory.create(solution=annotation.solution)
        [row] = export(tmp_path, model="queued")[1]
        assert row["prm_score"] == 0.125

    def test_a_sample_without_a_score_stops_it(self, version: ModelVersion, tmp_path: Path) -> None:
        scored(version, 0.5)
        sample = SampleFactory.create()
        with pytest.raises(ExportRefused, match=f"Sample {sample.pk}, one of 1 such samples, has no score by prm v1"):
            export(tmp_path)
        assert [row["prm_score"] for row in export(tmp_path, include=["unscored"])[1]] == [0.5, None]
        both = {"include": ["unscored"], "unfit": "leave-out"}
        assert [row["prm_score"] for row in export(tmp_path, **both)[1]] == [0.5, None]
        report, rows = export(tmp_path, unfit="leave-out")
        assert [row["prm_score"] for row in rows] == [0.5]
        assert (report.annotations, report.left_out) == (1, {"unscored": 1})

    def test_scores_that_were_imported_and_are_no_model_yet_are_told(self, tmp_path: Path) -> None:
        RecordedScoreFactory.create(scorer="qwen")
        with pytest.raises(ExportRefused, match="Its scores were imported: score_solutions --model qwen makes it one"):
            export(tmp_path, model="qwen")


class TestWhichSamples:
    def test_held_out_ones_on_request_only(self, version: ModelVersion, tmp_path: Path) -> None:
        scored(version, 0.5, problem=ProblemFactory.create(held_out=True))
        report, rows = export(tmp_path)
        assert (rows, report.left_out) == ([], {"held_out": 1})
        assert len(export(tmp_path, include=["held_out"])[1]) == 1

    def test_never_those_of_problems_found_bad(self, version: ModelVersion, tmp_path: Path) -> None:
        scored(version, 0.5, problem=ProblemFactory.create(left_out=True))
        assert export(tmp_path)[0].left_out == {"bad_problem": 1}

    def test_those_of_a_campaigns_problems(self, version: ModelVersion, tmp_path: Path) -> None:
        mine = scored(version, 0.5)
        scored(version, 0.6)
        campaign = CampaignFactory.create()
        PoolEntryFactory.create(problem=mine.problem, campaign=campaign.slug)
        assert [row["prm_score"] for row in export(tmp_path, campaign=campaign.slug)[1]] == [0.5]
        with pytest.raises(ExportRefused, match="best-of-n takes samples, whether they were labelled or not"):
            export(tmp_path, campaign=campaign.slug, rounds=[1])
