"""The document of an annotation, held against PRM800K's own example."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labelling.rating.documents import Candidate, Judgement, Question, row_text


@pytest.fixture
def golden(shared_data: Path) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = json.loads((shared_data / "formats" / "golden_rows.json").read_text())
    return rows["prm800k"]


def test_it_writes_the_readme_annotation_of_prm800k_to_the_letter(golden: dict[str, Any]) -> None:
    asked, label = golden["question"], golden["label"]
    question = Question(
        problem=asked["problem"],
        reference_solution=asked["ground_truth_solution"],
        reference_answer=asked["ground_truth_answer"],
        steps=asked["pre_generated_steps"],
        answer=asked["pre_generated_answer"],
        verifier_score=asked["pre_generated_verifier_score"],
    )
    others = [Candidate(**one) for one in label["steps"][2]["completions"][1:]]
    judgement = Judgement(
        ratings=[0, 0, -1],
        flags=[None, None, None],
        finish_reason="found_error",
        total_time=278270,
        alternatives={2: others},
    )
    text = row_text(
        labeler=golden["labeler"],
        timestamp=datetime.fromisoformat(golden["timestamp"]).replace(tzinfo=UTC),
        generation=9,
        question=question,
        judgement=judgement,
    )
    assert text == json.dumps(golden, ensure_ascii=False)


def made(**changes: Any) -> dict[str, Any]:
    question = Question("p", None, None, ["one", "two"], None, None)
    judgement = Judgement(ratings=[1, None], flags=[False, True], finish_reason="solution", total_time=5)
    values: dict[str, Any] = {
        "labeler": "r",
        "timestamp": datetime(2026, 1, 2, tzinfo=UTC),
        "generation": None,
    } | changes
    row: dict[str, Any] = json.loads(row_text(question=question, judgement=judgement, **values))
    return row


def test_an_unrated_step_that_was_flagged_is_null_and_never_zero() -> None:
    assert made()["label"]["steps"][1]["completions"] == [{"text": "two", "rating": None, "flagged": True}]


def test_a_time_without_microseconds_keeps_its_six_digits() -> None:
    assert made()["timestamp"] == "2026-01-02T00:00:00.000000"


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    row = made(timestamp=datetime.fromisoformat("2026-01-02T01:30:00+05:30"))
    assert row["timestamp"] == "2026-01-01T20:00:00.000000"
