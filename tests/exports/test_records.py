"""Rows as typed values, and back."""

from copy import deepcopy
from typing import Any

import pytest

from exports.records import BadRecord, Candidate, Label, Question, Record, Step, as_row, record_from_row
from tests.factories import annotation_row


@pytest.fixture
def row() -> dict[str, Any]:
    return annotation_row(labeler="r-1")


def test_it_reads_a_row_into_typed_values(row: dict[str, Any]) -> None:
    record = record_from_row(row)
    assert (record.labeler, record.generation, record.label.finish_reason) == ("r-1", 1, "found_error")
    assert [step.completions[0].rating for step in record.label.steps if step.completions] == [1, 0, -1]
    assert record.question.pre_generated_steps == tuple(row["question"]["pre_generated_steps"])
    assert as_row(record) == row
    assert list(as_row(record)) == list(row)


def test_it_keeps_ratings_and_whole_steps_of_null(row: dict[str, Any]) -> None:
    row["label"]["steps"][0]["completions"][0]["rating"] = None
    row["label"]["steps"][1] = {"completions": None, "human_completion": None, "chosen_completion": None}
    record = record_from_row(row)
    assert record.label.steps[0].completions == (Candidate(text=record.question.pre_generated_steps[0], flagged=False),)  # type: ignore[index]
    assert record.label.steps[1] == Step()
    assert as_row(record) == row


def test_it_keeps_unknown_keys_in_their_places_and_missing_ones_missing() -> None:
    row = {
        "tool": {"version": [1, None]},
        "timestamp": "2022-07-01T00:00:00",
        "labeler": "someone",
        "question": {"problem": "?", "layout": "a key of that name", "ground_truth_answer": "5"},
        "label": {
            "finish_reason": "solution",
            "steps": [
                {
                    "completions": [],
                    "human_completion": {"text": "mine", "rating": None, "source": "human", "corrected_rating": None},
                    "chosen_completion": None,
                }
            ],
            "total_time": 5,
        },
        "extra": 1,
    }
    record = record_from_row(deepcopy(row))
    assert record.generation is None
    assert repr(as_row(record)) == repr(row)


def test_a_record_made_in_python_writes_every_published_key(row: dict[str, Any]) -> None:
    question = Question(problem="What is 1 + 1?", ground_truth_answer="2", pre_generated_steps=("It is 2.",))
    step = Step(completions=(Candidate(text="It is 2.", rating=1, flagged=False),), chosen_completion=0)
    label = Label(steps=(step,), total_time=900, finish_reason="solution")
    made = as_row(Record(labeler="r-2", timestamp="2026-01-01T00:00:00.000001", question=question, label=label))
    assert list(made) == list(row)
    assert list(made["question"]) == list(row["question"])
    assert list(made["label"]) == list(row["label"])
    assert list(made["label"]["steps"][0]) == list(row["label"]["steps"][0])
    assert made["label"]["steps"][0]["completions"] == [{"text": "It is 2.", "rating": 1, "flagged": False}]


def _set(row: dict[str, Any], path: list[Any], value: object) -> None:
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = value


FIRST = ["label", "steps", 0, "completions", 0]
FAULTS: list[tuple[list[Any], object, str]] = [
    (["labeler"], None, "labeler: must be a text, not null"),
    (["timestamp"], "yesterday", "timestamp: must be a time"),
    (["timestamp"], "2026-01-01T00:00:00+01:00", "timestamp: must be a time without a zone"),
    (["generation"], True, "generation: must be a whole number, not bool"),
    (["is_quality_control_question"], 0, "is_quality_control_question: must be true or false, not int"),
    (["question"], [], "question: must be an object, not list"),
    (["question", "pre_generated_steps"], "a", "question.pre_generated_steps: must be a list, not str"),
    (["question", "pre_generated_steps", 1], 7, "question.pre_generated_steps[1]: must be a text, not int"),
    (["question", "pre_generated_verifier_score"], "0.5", "question.pre_generated_verifier_score: must be a number"),
    (["label", "finish_reason"], "done", "label.finish_reason: must be one of found_error"),
    (["label", "total_time"], 1.5, "label.total_time: must be a whole number, not float"),
    ([*FIRST, "rating"], 2, "label.steps[0].completions[0].rating: must be one of -1, 0, 1, not 2"),
    ([*FIRST, "rating"], True, "label.steps[0].completions[0].rating: must be a whole number, not bool"),
    ([*FIRST, "flagged"], 1, "label.steps[0].completions[0].flagged: must be true or false"),
    (["label", "steps", 1, "human_completion"], 3, "label.steps[1].human_completion: must be an object, not int"),
]


@pytest.mark.parametrize(("path", "value", "message"), FAULTS)
def test_it_names_the_field_that_is_wrong(row: dict[str, Any], path: list[Any], value: object, message: str) -> None:
    _set(row, path, value)
    with pytest.raises(BadRecord) as caught:
        record_from_row(row)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("path", [["labeler"], ["question", "problem"], ["label", "total_time"], [*FIRST, "text"]])
def test_it_names_the_field_that_is_missing(row: dict[str, Any], path: list[Any]) -> None:
    part = row
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    with pytest.raises(BadRecord, match="is missing") as caught:
        record_from_row(row)
    assert caught.value.field.endswith(path[-1])
