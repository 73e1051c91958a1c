"""Which judgements an item can have, and how a refusal names the place."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.rating.validation import InvalidJudgement, Offered, Rules, draft_number, judgement_of

GOOD = {"rating": 1, "flagged": False}
BAD = {"rating": -1, "flagged": False}
UNSURE = {"rating": None, "flagged": True}


def submit(steps: Any, finish_reason: Any = "found_error", **others: Any) -> dict[str, Any]:
    return {"uuid": "u", "steps": steps, "finish_reason": finish_reason, "total_time": 1000} | others


@pytest.mark.parametrize(
    ("data", "first_error"),
    [
        (submit([BAD]), 0),
        (submit([GOOD, UNSURE, BAD]), 2),
        (submit([GOOD, GOOD, GOOD], "solution"), None),
        (submit([], "bad_problem", reason="The figure is missing."), None),
        (submit([GOOD], "give_up", reason="I do not know this field."), None),
        (submit([{"rating": 0}, {"rating": -1, "flagged": True}]), 1),
    ],
)
def test_it_takes_what_a_rater_can_mean(data: dict[str, Any], first_error: int | None) -> None:
    assert judgement_of(data, Rules(step_count=3)).first_error == first_error


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (submit(None), "steps"),
        (submit([GOOD] * 4), "steps"),
        (submit([GOOD, GOOD], "solution"), "steps"),
        (submit([BAD, GOOD]), "steps[1]"),
        (submit([BAD, BAD]), "steps[1]"),
        (submit([GOOD, "bad"]), "steps[1]"),
        (submit([{"rating": 2}]), "steps[0].rating"),
        (submit([{"rating": True}]), "steps[0].rating"),
        (submit([{"rating": 1.0}]), "steps[0].rating"),
        (submit([{"rating": "1"}]), "steps[0].rating"),
        (submit([{"rating": None}]), "steps[0].rating"),
        (submit([{"rating": None, "flagged": False}, BAD]), "steps[0].rating"),
        (submit([{"rating": 1, "flagged": "yes"}]), "steps[0].flagged"),
        (submit([{"rating": 1, "score": 0.5}]), "steps[0].score"),
        (submit([GOOD]), "finish_reason"),
        (submit([BAD], "solution"), "finish_reason"),
        (submit([BAD], "done"), "finish_reason"),
        (submit([BAD], None), "finish_reason"),
        (submit([BAD], ["found_error"]), "finish_reason"),
        (submit([], "give_up"), "reason"),
        (submit([], "give_up", reason="  \n "), "reason"),
        (submit([], "give_up", reason=7), "reason"),
        (submit([], "give_up", reason="x" * 5_001), "reason"),
        (submit([], "give_up", reason="a\x00b"), "reason"),
        (submit([], "give_up", reason="a\ud800b"), "reason"),
        (submit([BAD], total_time=-1), "total_time"),
        (submit([BAD], total_time=1.5), "total_time"),
        (submit([BAD], total_time=True), "total_time"),
        (submit([BAD], total_time=None), "total_time"),
        (submit([BAD], total_time=10**12), "total_time"),
        (submit([BAD], gold=True), "gold"),
    ],
)
def test_it_refuses_what_cannot_be_and_names_the_place(data: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidJudgement) as fault:
        judgement_of(data, Rules(step_count=3))
    assert fault.value.field == field


def test_steps_left_unjudged_on_giving_up_are_absent_at_the_end_and_null_in_between() -> None:
    none = {"rating": None, "flagged": False}
    data = submit([GOOD, none, GOOD, none, none], "give_up", reason="Too far from my field.")
    judgement = judgement_of(data, Rules(step_count=5))
    assert list(judgement.ratings) == [1, None, 1]
    assert list(judgement.flags) == [False, False, False]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["uuid", "steps", "finish_reason", "reason", "total_time", "seq", "current"])
inner_keys = st.sampled_from(["rating", "flagged", "alternatives", "note", "type", "explanation", "corrected"])
step_like = st.dictionaries(inner_keys, anything | st.dictionaries(inner_keys, anything) | st.lists(anything))
RULES = [
    Rules(step_count=3),
    Rules(step_count=3, stops=False, notes="required"),
    Rules(step_count=3, notes="optional", offered=lambda _step: [Offered(2, "another"), Offered(1, "and one more")]),
]


@given(st.dictionaries(keys, anything | st.lists(step_like, max_size=3)))
def test_whatever_is_sent_it_answers_with_a_judgement_or_a_named_fault(data: dict[str, Any]) -> None:
    checks: list[Callable[[], object]] = [lambda: draft_number(data, step_count=3)]
    checks += [lambda one=one: judgement_of(data, one) for one in RULES]  # type: ignore[misc]
    for check in checks:
        named: str | None = None
        try:
            check()
        except InvalidJudgement as fault:
            named = fault.field
        assert named is None or named


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6))
def test_ratings_are_taken_exactly_up_to_the_first_error(ratings: list[int]) -> None:
    steps = [{"rating": rating} for rating in ratings]
    stop = ratings.index(-1) + 1 if -1 in ratings else len(ratings)
    data = submit(steps, "found_error" if -1 in ratings else "solution")
    if stop < len(ratings):
        with pytest.raises(InvalidJudgement):
            judgement_of(data, Rules(step_count=len(ratings)))
    else:
        assert list(judgement_of(data, Rules(step_count=len(ratings))).ratings) == ratings


def test_a_draft_may_hold_steps_not_judged_yet() -> None:
    steps = [{"rating": 1, "flagged": False}, {"rating": None, "flagged": False}]
    assert draft_number({"seq": 4, "steps": steps, "total_time": 10, "current": 1}, step_count=3) == (4, 2)
