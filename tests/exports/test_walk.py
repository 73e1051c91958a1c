"""The path of a session, labels by the choices that are made, and the choices that a record asks for."""

import json
from typing import Any

import pytest

from exports.formats import FORMATS, ChoiceNeeded, LeftOut, Unfit
from tests.exports.labelled import ROWS, case, choices, converted, row, with_candidates, with_own_text

PATH_FORMATS = ("trl", "math-shepherd", "openrlhf", "rlhflow", "qwen")


def trl(of: Any, **given: str | None) -> list[tuple[list[str], list[bool]]]:
    return [(one["completions"], one["labels"]) for one in converted("trl", of, **given)]


def labels(of: Any, **given: str | None) -> list[list[bool]]:
    return [made for _, made in trl(of, **given)]


class TestNeutral:
    def test_it_counts_as_good_or_as_bad(self) -> None:
        assert labels("plain", neutral="positive") == [[True, True, False]]
        assert labels("plain", neutral="negative") == [[True, False, False]]

    def test_a_dropped_one_keeps_its_text_in_front_of_the_next_step(self) -> None:
        one, two, three = ROWS["plain"]["question"]["pre_generated_steps"]
        assert trl("plain", neutral="drop") == [([one, f"{two}\n{three}"], [True, False])]
        assert trl("neutral", neutral="drop") == [([f"{one}\n{two}"], [True])]

    def test_nothing_is_left_of_an_annotation_of_neutral_steps(self) -> None:
        with pytest.raises(LeftOut, match="no labelled step"):
            trl(row(ratings=(0, 0, 0), finish_reason="solution"), neutral="drop")


class TestUnrated:
    def test_it_is_never_neutral(self) -> None:
        one, two, three = ROWS["plain"]["question"]["pre_generated_steps"]
        for neutral in ("positive", "negative", "drop"):
            kept = trl("flagged only", neutral=neutral, unrated="keep")
            assert kept == [([one, f"{two}\n{three}"], [True, False])]

    def test_the_row_may_end_before_it_or_the_annotation_stay_out(self) -> None:
        assert labels("flagged only", unrated="cut") == [[True]]
        with pytest.raises(LeftOut, match="unrated step"):
            trl("flagged only", unrated="leave-out")

    @pytest.mark.parametrize("name", [*PATH_FORMATS, "processbench"])
    def test_it_asks_for_the_choice(self, name: str) -> None:
        with pytest.raises(ChoiceNeeded, match="step 2 has no rating: choose --unrated keep or"):
            converted(name, "flagged only", unrated=None)


class TestTruncate:
    def test_ratings_behind_the_first_error_are_kept_or_cut(self) -> None:
        assert labels("past the error", truncate="no") == [[True, False, True]]
        assert labels("past the error", truncate="yes") == [[True, False]]

    @pytest.mark.parametrize("name", PATH_FORMATS)
    def test_it_asks_for_the_choice(self, name: str) -> None:
        with pytest.raises(
            ChoiceNeeded, match="step 3 is rated, though it comes after the first error: choose --trunc"
        ):
            converted(name, "past the error", truncate=None)

    def test_prm800k_is_cut_behind_the_first_error(self) -> None:
        [cut] = converted("prm800k", "past the error", truncate="yes")
        assert [step["completions"][0]["rating"] for step in cut["label"]["steps"]] == [1, -1]
        assert len(cut["question"]["pre_generated_steps"]) == 3


class TestAlternatives:
    def test_each_rated_candidate_has_a_row_and_the_accepted_path_another(self) -> None:
        one, two, three = ROWS["plain"]["question"]["pre_generated_steps"]
        rows = trl("alternatives", alternatives="rows")
        assert [made for _, made in rows] == [[True, True, good] for good in (False, True, True, False)] + [
            [True, True]
        ]
        assert [steps[:2] for steps, _ in rows] == [[one, two]] * 5
        assert [steps[2] for steps, _ in rows[:2]] == [three, "Another way, number 0."]

    def test_without_them_the_failing_step_ends_the_path(self) -> None:
        assert labels("alternatives", alternatives="drop") == [[True, True, False]]

    def test_where_one_went_on_the_path_goes_on(self) -> None:
        of = with_candidates(0, -1, ratings=(1, 1, 1), finish_reason="solution")
        assert labels(of, alternatives="rows") == [[False], [True, True, True]]

    def test_a_first_step_with_candidates_leaves_no_empty_path(self) -> None:
        assert labels(with_candidates(0, 1, ratings=(-1,)), alternatives="rows") == [[False], [True]]

    @pytest.mark.parametrize("name", PATH_FORMATS)
    def test_it_asks_for_the_choice(self, name: str) -> None:
        with pytest.raises(ChoiceNeeded, match="step 3 has 5 candidates: choose --alternatives rows or drop"):
            converted(name, "alternatives", alternatives=None)


class TestPhaseOne:
    @pytest.mark.parametrize("human", [{"rating": None}, {"rating": 1}, {}])
    def test_the_raters_own_step_is_a_good_one(self, human: dict[str, Any]) -> None:
        rows = trl(with_own_text(**human), alternatives="rows")
        assert [made for _, made in rows] == [[True, False], [True, False], [True, True]]
        assert rows[-1][0][1] == "Mine."

    def test_it_may_be_a_plain_text(self) -> None:
        made = json.loads(json.dumps(ROWS["own text"]))
        made["label"]["steps"][1]["human_completion"] = "Mine."
        assert trl(made, alternatives="drop")[0][0][1] == "Mine."

    def test_a_step_of_nulls_ends_the_path(self) -> None:
        made = row(ratings=(1, 1))
        made["label"]["steps"].append({"completions": None, "human_completion": None, "chosen_completion": None})
        assert labels(made) == [[True, True]]

    def test_where_nothing_went_on_and_no_candidate_is_the_solutions_own_the_path_ends(self) -> None:
        made = with_candidates(1, -1, ratings=(1, -1))
        made["question"]["pre_generated_steps"] = None
        assert labels(made, alternatives="drop") == [[True]]

    def test_a_choice_of_no_candidate_does_not_fit(self) -> None:
        made = row(ratings=(1,), finish_reason="solution")
        made["label"]["steps"][0]["chosen_completion"] = 3
        with pytest.raises(Unfit, match="step 1 chooses candidate 3, of 1"):
            trl(made)


class TestMarks:
    @pytest.mark.parametrize(("name", "mark"), [("math-shepherd", "ки"), ("openrlhf", "ки"), ("qwen", "<extra_0>")])
    def test_a_text_with_the_formats_own_mark_does_not_fit(self, name: str, mark: str) -> None:
        with pytest.raises(Unfit, match=f"step 2 holds '{mark}', which marks the end of a step"):
            converted(name, row(steps=["a", f"b {mark} c", "d"]))
        with pytest.raises(Unfit, match="the problem holds"):
            converted(name, row(problem=f"{mark}?"))

    @pytest.mark.parametrize("name", ["math-shepherd", "openrlhf"])
    def test_steps_keep_the_numbers_that_they_bring(self, name: str) -> None:
        [made] = converted(name, row(steps=["Step 1: a", "Step 2: b", "c"]))
        assert made["input"].endswith("? Step 1: a ки\nStep 2: b ки\nStep 3: c ки")

    @pytest.mark.parametrize("steps", [["a", "as in Step 1: so", "c"], ["Step 1: Step 1: a", "b", "c"]])
    def test_a_second_first_step_does_not_fit(self, steps: list[str]) -> None:
        with pytest.raises(Unfit, match="'Step 1:', where this format's solutions begin, more than once"):
            converted("math-shepherd", row(steps=steps))


class TestOneAnswer:
    def test_processbench_has_the_whole_solution_and_its_first_error(self) -> None:
        [made] = converted("processbench", "plain")
        assert (made["label"], len(made["steps"]), made["final_answer_correct"]) == (2, 3, False)
        [right] = converted("processbench", "right")
        assert right["label"] == -1

    @pytest.mark.parametrize(("verdict", "why"), [(None, "not graded"), ("undecided", "undecided")])
    def test_without_a_verdict_there_is_no_row(self, verdict: str | None, why: str) -> None:
        for name, given in (("processbench", {}), ("orm", {"truth": "grader"})):
            writer = FORMATS[name]
            with pytest.raises(LeftOut, match=f"final answer {why}"):
                writer.converter(choices(writer, **given))(case("plain", verdict=verdict))

    def test_a_run_of_alternatives_mode_has_no_verdict(self) -> None:
        for name, given in (("processbench", {}), ("orm", {"truth": "grader"})):
            with pytest.raises(LeftOut, match="final answer not graded"):
                converted(name, "own text", **given)
        [made] = converted("orm", "own text", truth="steps")
        assert (made["completion"].splitlines()[-1], made["label"]) == ("Mine.", True)

    def test_who_gave_up_gave_no_answer(self) -> None:
        for name, given in (("processbench", {}), ("orm", {"truth": "steps"})):
            with pytest.raises(Unfit, match="ended with give_up: there is no answer"):
                converted(name, "given up", **given)

    @pytest.mark.parametrize(
        ("kind", "neutral", "right"),
        [("plain", None, False), ("right", None, True), ("neutral", "positive", True), ("neutral", "negative", False)],
    )
    def test_an_orm_by_steps_counts_a_sound_solution_as_right(
        self, kind: str, neutral: str | None, right: bool
    ) -> None:
        [made] = converted("orm", kind, truth="steps", neutral=neutral)
        assert made["label"] is right

    def test_an_orm_by_steps_asks_what_neutral_is_where_it_matters(self) -> None:
        with pytest.raises(ChoiceNeeded, match="step 1 is neutral: choose --neutral positive or negative or drop"):
            converted("orm", "neutral", truth="steps", neutral=None)
        with pytest.raises(LeftOut, match="neutral step"):
            converted("orm", "neutral", truth="steps", neutral="drop")

    def test_prmbench_takes_explained_errors_only(self) -> None:
        [made] = converted("prmbench", "plain")
        assert (made["error_steps"], made["classification"]) == ([3], "counterfactual")
        with pytest.raises(LeftOut, match="no error note"):
            converted("prmbench", "past the error")


class TestPairs:
    @pytest.mark.parametrize(("neutral", "count"), [("positive", 4), ("negative", 3), ("drop", 2)])
    def test_pairs_are_of_acceptable_against_bad_candidates(self, neutral: str, count: int) -> None:
        # of the third step: the solution's own -1, and candidates of 1, 0, -1 and none
        assert len(converted("dpo", "alternatives", neutral=neutral)) == count
        assert len(converted("step-dpo", "alternatives", neutral=neutral)) == count

    def test_an_annotation_without_a_pair_stays_out(self) -> None:
        for name in ("dpo", "step-dpo"):
            with pytest.raises(LeftOut, match="no pair of candidates"):
                converted(name, "plain")

    def test_what_follows_is_known_of_the_solution_and_of_a_finished_session(self) -> None:
        of = with_candidates(0, -1, ratings=(1, 1, 1), finish_reason="solution")
        [made] = converted("step-dpo", of)
        assert made["full_chosen"] == "\n".join(of["question"]["pre_generated_steps"])
        assert made["full_rejected"] is None
        assert made["initial_reason_steps"] == ""
