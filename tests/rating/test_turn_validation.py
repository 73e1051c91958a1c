"""Runs of alternatives mode, checked field by field; and the row that they become, one of PRM800K's phase 1."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from exports.formats import PRM800K, line_of
from labelling.corpus.text import prefix_key
from labelling.rating.documents import Question, row_text
from labelling.rating.turn_validation import Offer, path_of, turns_draft_number, turns_judgement
from labelling.rating.validation import InvalidJudgement

FIRST = ((11, "Add."), (12, "Cheer."), (13, "It is 5."))
SECOND = ((21, "It is 4.\n\n# Answer\n\n4"), (22, "It is 6."))
AFTER = UUID(prefix_key(["Add."]))
OFFER = Offer({UUID(prefix_key([])): FIRST, AFTER: SECOND})


def turn(shown: Any, ratings: list[int | None], chosen: int | None = None, own: str | None = None) -> dict[str, Any]:
    candidates = [
        {"id": id_, "rating": rating, "flagged": rating is None}
        for (id_, _), rating in zip(shown, ratings, strict=True)
    ]
    return {"key": "any", "candidates": candidates, "chosen": chosen, "own": own}


def body(*turns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"uuid": "u", "turns": list(turns), "finish_reason": "solution", "total_time": 9000} | changes


GOOD = (turn(FIRST, [1, 0, -1], chosen=11), turn(SECOND, [1, -1], chosen=21))


def fault(data: dict[str, Any], offer: Offer = OFFER) -> str:
    with pytest.raises(InvalidJudgement) as raised:
        turns_judgement(data, offer)
    return raised.value.field


class TestRuns:
    def test_a_run_to_the_answer(self) -> None:
        judgement = turns_judgement(body(*GOOD), OFFER)
        assert (judgement.ratings, judgement.first_error, judgement.total_time) == ([1, 1], None, 9000)
        assert [one.step for one in judgement.turns] == ["Add.", "It is 4.\n\n# Answer\n\n4"]

    def test_nothing_left_to_go_on_from(self) -> None:
        run = body(GOOD[0], turn(SECOND, [-1, -1]), finish_reason="found_error")
        judgement = turns_judgement(run, OFFER)
        assert (judgement.ratings, judgement.first_error) == ([1, -1], 1)

    def test_what_was_only_flagged_beside_negative_ones_fails_too(self) -> None:
        run = body(turn(FIRST, [-1, None, -1]), finish_reason="found_error")
        assert turns_judgement(run, OFFER).first_error == 0

    def test_neutral_where_nothing_is_positive(self) -> None:
        run = body(turn(FIRST, [-1, 0, 0], chosen=13), finish_reason="give_up", reason="Why.")
        assert turns_judgement(run, OFFER).ratings == [0]

    def test_a_step_of_the_rater_s_own_goes_on_without_a_rating(self) -> None:
        judgement = turns_judgement(
            body(
                turn(FIRST, [-1, -1, -1], own="Two and two make 4."),
            ),
            OFFER,
        )
        assert (judgement.ratings, judgement.turns[0].step) == ([None], "Two and two make 4.")

    def test_after_an_own_step_nothing_need_be_shown(self) -> None:
        run = body(turn(FIRST, [-1, -1, -1], own="One."), turn((), [], own="Two."), turn((), [], own="Three."))
        assert [one.own for one in turns_judgement(run, OFFER).turns] == ["One.", "Two.", "Three."]

    @pytest.mark.parametrize("reason", ["give_up", "bad_problem"])
    def test_who_stops_in_the_middle_keeps_what_was_rated(self, reason: str) -> None:
        half = turn(SECOND, [1, None])
        half["candidates"][1]["flagged"] = False
        judgement = turns_judgement(body(GOOD[0], half, finish_reason=reason, reason="Why."), OFFER)
        assert [len(one.candidates) for one in judgement.turns] == [3, 1]

    def test_a_turn_that_was_never_looked_at_is_absent(self) -> None:
        blank = turn(FIRST, [None, None, None])
        for one in blank["candidates"]:
            one["flagged"] = False
        assert turns_judgement(body(blank, finish_reason="bad_problem", reason="Why."), OFFER).turns == []


class TestFaults:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"turns": None}, "turns"),
            ({"turns": [3]}, "turns[0]"),
            ({"turns": [{"steps": []}]}, "turns[0].steps"),
            ({"turns": [{"candidates": 3}]}, "turns[0].candidates"),
            ({"turns": [GOOD[0] | {"candidates": [{"id": 11, "rating": 2}]}]}, "turns[0].candidates[0].rating"),
            ({"turns": [GOOD[0] | {"candidates": [{"id": True, "rating": 1}]}]}, "turns[0].candidates[0].id"),
            ({"turns": [GOOD[0] | {"candidates": [{"id": 11, "note": "x"}]}]}, "turns[0].candidates[0].note"),
            ({"turns": [GOOD[0] | {"chosen": "11"}]}, "turns[0].chosen"),
            ({"turns": [GOOD[0] | {"own": "Both."}]}, "turns[0].own"),
            ({"turns": [turn((), [], own="  ")]}, "turns[0].own"),
            ({"turns": [turn((), [], own="a\x00")]}, "turns[0].own"),
            ({"turns": [turn((), [], own="x" * 5_001)]}, "turns[0].own"),
            ({"turns": [turn((), [], own="x")] * 201}, "turns"),
            ({"steps": []}, "steps"),
            ({"finish_reason": "done"}, "finish_reason"),
            ({"total_time": -1}, "total_time"),
            ({"finish_reason": "give_up"}, "reason"),
        ],
    )
    def test_it_names_the_field(self, change: dict[str, Any], field: str) -> None:
        assert fault(body(*GOOD) | change) == field

    def test_candidates_that_were_not_shown_are_no_candidates(self) -> None:
        other = turn(((11, ""), (12, ""), (99, "")), [1, 0, -1], chosen=11)
        assert fault(body(other)) == "turns[0].candidates"
        assert fault(body(GOOD[0], GOOD[0])) == "turns[1].candidates"

    def test_all_that_were_shown_are_rated(self) -> None:
        missing = turn(FIRST, [1, 0, None], chosen=11)
        missing["candidates"][2]["flagged"] = False
        assert fault(body(missing, GOOD[1])) == "turns[0].candidates[2].rating"
        assert fault(body(turn(FIRST[:2], [1, 0], chosen=11), GOOD[1])) == "turns[0].candidates"

    @pytest.mark.parametrize("chosen", [12, 13, 99])
    def test_it_goes_on_from_a_positive_one_where_there_is_one(self, chosen: int) -> None:
        assert fault(body(turn(FIRST, [1, 0, -1], chosen=chosen))) == "turns[0].chosen"

    def test_it_never_goes_on_from_a_negative_or_an_unrated_one(self) -> None:
        assert fault(body(turn(FIRST, [-1, -1, -1], chosen=11))) == "turns[0].chosen"
        assert fault(body(turn(FIRST, [None, None, -1], chosen=11))) == "turns[0].chosen"

    def test_only_the_last_turn_may_choose_nothing(self) -> None:
        assert fault(body(turn(FIRST, [1, 0, -1]), GOOD[1])) == "turns[0].chosen"

    def test_how_it_ends_fits_the_last_turn(self) -> None:
        assert fault(body()) == "finish_reason"
        assert fault(body(turn(FIRST, [1, 0, -1]))) == "finish_reason"
        assert fault(body(*GOOD, finish_reason="found_error")) == "finish_reason"
        assert fault(body(turn(FIRST, [-1, 0, -1]), finish_reason="found_error")) == "finish_reason"
        assert fault(body(turn(FIRST, [None, None, None]), finish_reason="found_error")) == "finish_reason"

    def test_giving_up_may_be_forbidden(self) -> None:
        assert fault(body(finish_reason="give_up", reason="Why."), Offer({}, allow_give_up=False)) == "finish_reason"


class TestPaths:
    def test_candidates_and_own_steps(self) -> None:
        assert path_of([{"candidate": 11}, {"own": " Mine. "}]) == [11, "Mine."]

    @pytest.mark.parametrize(
        ("path", "field"),
        [
            (None, "path"),
            ([11], "path[0]"),
            ([{}], "path[0]"),
            ([{"candidate": 11, "own": "x"}], "path[0]"),
            ([{"own": "x"}, {"candidate": "11"}], "path[1].candidate"),
            ([{"own": ""}], "path[0].own"),
            ([{"own": "x"}] * 200, "path"),
        ],
    )
    def test_nonsense_is_named(self, path: Any, field: str) -> None:
        with pytest.raises(InvalidJudgement) as raised:
            path_of(path)
        assert raised.value.field == field


class TestDrafts:
    def test_half_a_run_is_a_draft(self) -> None:
        half = {"key": "k", "candidates": [{"id": 11, "rating": None, "flagged": False}], "chosen": None, "own": None}
        assert turns_draft_number({"seq": 4, "turns": [half], "current": 0, "complete": False, "writing": "So"}) == 4

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"seq": -1}, "seq"),
            ({"turns": {}}, "turns"),
            ({"current": 21}, "current"),
            ({"complete": 1}, "complete"),
            ({"writing": 3}, "writing"),
            ({"writing": "x" * 5_001}, "writing"),
            ({"total_time": "long"}, "total_time"),
            ({"step": 1}, "step"),
        ],
    )
    def test_nonsense_is_named(self, change: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidJudgement) as raised:
            turns_draft_number({"seq": 1, "turns": []} | change)
        assert raised.value.field == field


def document(data: dict[str, Any]) -> dict[str, Any]:
    question = Question("What is $2+2$?", None, "4", None, None, None)
    text = row_text(
        labeler="r",
        timestamp=datetime(2026, 3, 2, 12, tzinfo=UTC),
        generation=None,
        question=question,
        judgement=turns_judgement(data, OFFER),
    )
    assert line_of(PRM800K.read(text)).decode() == text  # an export passes it through; a reader gets the same row
    row: dict[str, Any] = json.loads(text)
    return row


def test_the_row_of_a_run_is_one_of_prm800k_s_phase_1() -> None:
    row = document(body(*GOOD))
    assert row["generation"] is None
    assert row["question"]["pre_generated_steps"] is None
    assert row["label"] == {
        "steps": [
            {
                "completions": [
                    {"text": "Add.", "rating": 1, "flagged": False},
                    {"text": "Cheer.", "rating": 0, "flagged": False},
                    {"text": "It is 5.", "rating": -1, "flagged": False},
                ],
                "human_completion": None,
                "chosen_completion": 0,
            },
            {
                "completions": [
                    {"text": "It is 4.\n\n# Answer\n\n4", "rating": 1, "flagged": False},
                    {"text": "It is 6.", "rating": -1, "flagged": False},
                ],
                "human_completion": None,
                "chosen_completion": 0,
            },
        ],
        "total_time": 9000,
        "finish_reason": "solution",
    }


def test_the_rater_s_own_step_stands_as_phase_1_writes_it() -> None:
    (step,) = document(body(turn(FIRST, [-1, None, -1], own="Two and two make 4.")))["label"]["steps"]
    assert step["human_completion"] == {
        "text": "Two and two make 4.",
        "rating": None,
        "source": "human",
        "flagged": False,
        "corrected_rating": None,
    }
    assert step["chosen_completion"] is None
    assert [one["flagged"] for one in step["completions"]] == [False, True, False]
