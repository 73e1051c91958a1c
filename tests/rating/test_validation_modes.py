"""Judgements in every-step mode, of alternatives, with error notes: what can be, and how a refusal names the place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.rating.documents import Candidate, Judgement, Note
from labelling.rating.validation import (
    ERROR_TYPES,
    MOST_ALTERNATIVES,
    NOTE_LIMITS,
    InvalidJudgement,
    Offered,
    Rules,
    draft_number,
    judgement_of,
)
from tests.rating.test_validation import BAD, GOOD, UNSURE, submit

EVERY = Rules(step_count=3, stops=False)
TEXTS = ["Another.", "One more."]
OFFERED = [Offered(7, "Another."), Offered(9, "One more.")]
NOTE = {"type": "logic", "explanation": "It does not follow.", "corrected": "So $x = 2$."}
ratings = st.sampled_from([-1, 0, 1])
judged = st.builds(lambda rating, flagged: {"rating": rating, "flagged": flagged}, ratings, st.booleans()) | st.just(
    UNSURE
)


def offering(*, at: int = 1, **others: Any) -> Rules:
    """Rules of an item whose step ``at`` has two alternatives."""
    return Rules(step_count=3, offered=lambda step: OFFERED if step == at else (), **others)


def refused(data: dict[str, Any], rules: Rules) -> str:
    with pytest.raises(InvalidJudgement) as fault:
        judgement_of(data, rules)
    return fault.value.field


# --- every step ----------------------------------------------------------------------------------------------------
@given(st.lists(judged, min_size=1, max_size=5))
def test_every_step_is_rated_also_past_an_error_and_the_first_one_is_the_first_minus_one(steps: list[Any]) -> None:
    given_ratings = [step["rating"] for step in steps]
    found = given_ratings.index(-1) if -1 in given_ratings else None
    rules = Rules(step_count=len(steps), stops=False)
    right, wrong = ("solution", "found_error") if found is None else ("found_error", "solution")
    judgement = judgement_of(submit(steps, right), rules)
    assert (list(judgement.ratings), judgement.first_error) == (given_ratings, found)
    assert refused(submit(steps, wrong), rules) == "finish_reason"
    assert refused(submit(steps[:-1], right), rules) in {"steps", "finish_reason"}


def test_every_step_mode_asks_for_all_steps_whatever_was_found() -> None:
    assert refused(submit([BAD, GOOD], "found_error"), EVERY) == "steps"
    assert refused(submit([BAD, {"rating": None}, GOOD], "found_error"), EVERY) == "steps[1].rating"
    assert refused(submit([GOOD, GOOD, GOOD, GOOD], "solution"), EVERY) == "steps"


def test_every_step_mode_offers_no_alternatives() -> None:
    steps = [GOOD, GOOD, BAD | {"alternatives": [GOOD]}]
    rules = Rules(step_count=3, stops=False, offered=lambda _step: OFFERED)
    assert refused(submit(steps, "found_error"), rules) == "steps[2].alternatives"


def test_who_gives_up_may_leave_steps_out_past_an_error_too() -> None:
    judgement = judgement_of(submit([BAD, {"rating": None}, GOOD], "give_up", reason="In Latin."), EVERY)
    assert (list(judgement.ratings), judgement.first_error) == ([-1, None, 1], 0)


# --- alternatives of the failing step ------------------------------------------------------------------------------
@given(st.lists(judged, min_size=2, max_size=2))
def test_each_alternative_of_the_failing_step_keeps_its_rating_and_flag(others: list[Any]) -> None:
    judgement = judgement_of(submit([GOOD, BAD | {"alternatives": others}]), offering())
    assert judgement.alternatives == {
        1: [Candidate(text, one["rating"], one["flagged"]) for text, one in zip(TEXTS, others, strict=True)]
    }


def test_the_document_has_them_in_their_own_order_not_as_shown() -> None:
    rules = Rules(step_count=3, offered=lambda _step: OFFERED[::-1])
    judgement = judgement_of(submit([GOOD, BAD | {"alternatives": [BAD, GOOD]}]), rules)
    assert judgement.alternatives == {1: [Candidate("Another.", 1), Candidate("One more.", -1)]}


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (BAD, "steps[1].alternatives"),
        (BAD | {"alternatives": []}, "steps[1].alternatives"),
        (BAD | {"alternatives": [GOOD]}, "steps[1].alternatives"),
        (BAD | {"alternatives": [GOOD] * 3}, "steps[1].alternatives"),
        (BAD | {"alternatives": "good"}, "steps[1].alternatives"),
        (BAD | {"alternatives": [GOOD] * (MOST_ALTERNATIVES + 1)}, "steps[1].alternatives"),
        (BAD | {"alternatives": [GOOD, 1]}, "steps[1].alternatives[1]"),
        (BAD | {"alternatives": [GOOD, {"rating": 1, "note": None}]}, "steps[1].alternatives[1]"),
        (BAD | {"alternatives": [GOOD, {"rating": 2}]}, "steps[1].alternatives[1].rating"),
        (BAD | {"alternatives": [{"rating": None}, GOOD]}, "steps[1].alternatives[0].rating"),
        (BAD | {"alternatives": [GOOD, {"rating": 1, "flagged": 1}]}, "steps[1].alternatives[1].flagged"),
    ],
)
def test_alternatives_are_all_rated_and_nothing_else(step: dict[str, Any], field: str) -> None:
    assert refused(submit([GOOD, step]), offering()) == field


@pytest.mark.parametrize(
    ("steps", "finish", "field"),
    [
        ([GOOD, BAD | {"alternatives": [GOOD, GOOD]}], "found_error", "steps[1].alternatives"),
        ([GOOD | {"alternatives": [GOOD, GOOD]}, BAD], "found_error", "steps[0].alternatives"),
        ([GOOD, GOOD | {"alternatives": [GOOD, GOOD]}, GOOD], "solution", "steps[1].alternatives"),
    ],
)
def test_only_the_failing_step_has_alternatives_and_only_where_they_are_offered(
    steps: list[Any], finish: str, field: str
) -> None:
    assert refused(submit(steps, finish), offering(at=2)) == field


def test_who_gives_up_keeps_the_alternatives_rated_so_far_or_none() -> None:
    half = [{"rating": None}, GOOD]
    given_up = judgement_of(submit([GOOD, BAD | {"alternatives": half}], "give_up", reason="Too long."), offering())
    assert given_up.alternatives == {1: [Candidate("One more.", 1, False)]}
    assert judgement_of(submit([GOOD, BAD], "give_up", reason="Too long."), offering()).alternatives == {}


# --- error notes ---------------------------------------------------------------------------------------------------
def noted(note: Any, notes: str = "optional", **others: Any) -> Judgement:
    return judgement_of(submit([GOOD, BAD | {"note": note}], **others), Rules(step_count=3, notes=notes))


def test_a_note_is_kept_by_its_step_and_without_white_space_around_it() -> None:
    note = NOTE | {"explanation": "  It does not follow.\n"}
    assert noted(note).notes == [Note(1, "logic", "It does not follow.", "So $x = 2$.")]
    every = submit([BAD | {"note": NOTE}, GOOD, BAD | {"note": {"type": "other"}}])
    found = judgement_of(every, Rules(step_count=3, stops=False, notes="optional")).notes
    assert found == [Note(0, *NOTE.values()), Note(2, "other", "", "")]


@pytest.mark.parametrize("empty", [None, {}, {"type": "", "explanation": " \n", "corrected": ""}])
def test_an_empty_note_is_none(empty: Any) -> None:
    assert noted(empty).notes == []


@pytest.mark.parametrize("kind", ERROR_TYPES)
def test_each_type_of_error_can_be_named(kind: str) -> None:
    assert noted({"type": kind}).notes[0].type == kind


@pytest.mark.parametrize(
    ("note", "field"),
    [
        ("wrong", "steps[1].note"),
        (["logic"], "steps[1].note"),
        (NOTE | {"severity": 3}, "steps[1].note"),
        (NOTE | {"type": "sloppy"}, "steps[1].note.type"),
        (NOTE | {"type": 1}, "steps[1].note.type"),
        (NOTE | {"explanation": None}, "steps[1].note.explanation"),
        (NOTE | {"explanation": "x" * (NOTE_LIMITS["explanation"] + 1)}, "steps[1].note.explanation"),
        (NOTE | {"explanation": "a\x00b"}, "steps[1].note.explanation"),
        (NOTE | {"corrected": "\ud800"}, "steps[1].note.corrected"),
        (NOTE | {"corrected": "x" * (NOTE_LIMITS["corrected"] + 1)}, "steps[1].note.corrected"),
    ],
)
def test_a_note_that_cannot_be_is_refused_by_its_place_and_in_a_draft_too(note: Any, field: str) -> None:
    sent = [GOOD, BAD | {"note": note}]
    assert refused(submit(sent), Rules(step_count=3, notes="optional")) == field
    with pytest.raises(InvalidJudgement) as fault:
        draft_number({"seq": 1, "steps": sent, "total_time": 5}, step_count=3)
    assert fault.value.field == field


def test_notes_are_of_negative_steps_and_only_where_the_campaign_asks_for_them() -> None:
    assert refused(submit([GOOD | {"note": NOTE}, BAD]), Rules(step_count=3, notes="optional")) == "steps[0].note"
    assert refused(submit([GOOD, BAD | {"note": NOTE}]), Rules(step_count=3)) == "steps[1].note"


@pytest.mark.parametrize(
    ("note", "field"),
    [
        (None, "steps[1].note"),
        ({}, "steps[1].note"),
        ({"type": "logic"}, "steps[1].note.explanation"),
        ({"explanation": "Why."}, "steps[1].note.type"),
        ({"corrected": "So $x = 2$."}, "steps[1].note.type"),
    ],
)
def test_a_required_note_has_type_and_explanation_for_every_negative_step(note: Any, field: str) -> None:
    rules = Rules(step_count=3, stops=False, notes="required")
    assert refused(submit([GOOD, BAD | {"note": note}, BAD | {"note": NOTE}]), rules) == field


def test_who_gives_up_owes_no_note() -> None:
    assert noted(None, "required", finish_reason="give_up", reason="In Latin.").notes == []


# --- drafts --------------------------------------------------------------------------------------------------------
def test_a_draft_may_hold_alternatives_and_a_note_half_done() -> None:
    step = BAD | {"alternatives": [{"rating": None, "flagged": False}, GOOD], "note": {"explanation": "It"}}
    assert draft_number({"seq": 2, "steps": [GOOD, step], "total_time": 5, "current": 1}, step_count=3) == (2, 2)
