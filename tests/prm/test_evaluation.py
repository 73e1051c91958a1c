"""Figures of evaluation, on cases small enough to know the answer."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.embedded.examples import Example
from labelling.prm.evaluation import first_errors, selection
from labelling.prm.evaluation.drawing import GAP, HEIGHT, Line, best_of_n_chart, chart
from labelling.prm.evaluation.first_errors import Judged, TooFewSolutions, first_error_figures, found_error
from labelling.prm.evaluation.intervals import curve
from labelling.prm.evaluation.paths import paths_of
from labelling.prm.evaluation.selection import RIGHT, Choice, NothingToChoose, selection_figures, sizes_for
from labelling.prm.evaluation.steps import ScoredStep, step_figures


class TestSteps:
    def test_a_perfect_model_has_an_auc_of_one_and_no_error(self) -> None:
        figures = step_figures([ScoredStep(f"p{at}", bool(at % 2), float(at % 2)) for at in range(40)])

        assert (figures["steps"], figures["problems"], figures["right_share"]) == (40, 40, 0.5)
        assert figures["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
        assert (figures["brier"]["value"], figures["ece"]["value"]) == (0.0, 0.0)
        assert {(one["score"], one["right"]) for one in figures["curve"]} == {(0.0, 0.0), (1.0, 1.0)}

    def test_brier_score_and_calibration_curve_are_as_by_hand(self) -> None:
        steps = [ScoredStep("p", True, 0.75), ScoredStep("q", False, 0.25), ScoredStep("r", True, 0.5)]
        figures = step_figures(steps)

        assert figures["brier"]["value"] == pytest.approx((0.0625 + 0.0625 + 0.25) / 3, abs=1e-4)
        assert [one["right"] for one in figures["curve"]] == [0.0, 1.0, 1.0]

    def test_labels_of_one_kind_have_no_auc(self) -> None:
        assert step_figures([ScoredStep("p", True, 0.5)] * 3)["auc"]["value"] is None

    def test_steps_of_one_problem_hang_together_in_an_interval(self) -> None:
        alike = [ScoredStep(problem, at % 3 > 0, 0.5) for problem in "pq" for at in range(60)]
        one = step_figures(alike)["brier"]

        assert one["low"] == one["value"] == one["high"]


class TestPaths:
    def test_steps_that_stand_in_a_longer_solution_are_scored_with_it(self) -> None:
        examples = [
            Example("p", (), "a", 1.0),
            Example("p", (), "b", 0.0),
            Example("p", ("a",), "c", 1.0),
            Example("p", ("a", "c"), "d", 0.0),
            Example("q", (), "a", 1.0),
        ]
        found = {(path.problem, path.steps): path.labels for path in paths_of(examples, [("q", ["a", "z"])])}

        assert found == {
            ("p", ("a", "c", "d")): {0: 1.0, 1: 1.0, 2: 0.0},
            ("p", ("b",)): {0: 0.0},
            ("q", ("a", "z")): {0: 1.0},
        }

    @given(st.lists(st.tuples(st.lists(st.sampled_from("ab"), max_size=3), st.sampled_from("ab")), max_size=12))
    def test_each_label_stands_in_exactly_one_path(self, drawn: list[tuple[list[str], str]]) -> None:
        wanted = {(tuple(before), text) for before, text in drawn}
        found = paths_of([Example("p", before, text, 1.0) for before, text in wanted])
        labelled = [(path.steps[:at], path.steps[at]) for path in found for at in path.labels]

        assert sorted(labelled) == sorted(wanted)


class TestFirstErrors:
    @staticmethod
    def solutions(count: int) -> list[Judged]:
        """Of three steps; every other one has its error at step 1, which scores .2, the others .8."""
        return [
            Judged(f"p{at}", (0.8, 0.2, 0.8), 1) if at % 2 else Judged(f"p{at}", (0.8, 0.8, 0.8), None)
            for at in range(count)
        ]

    def test_the_first_step_below_the_threshold_is_the_error(self) -> None:
        assert found_error((0.9, 0.4, 0.1), 0.5) == 1
        assert found_error((0.9, 0.5), 0.5) is None

    def test_a_threshold_that_parts_them_finds_them_all(self) -> None:
        figures = first_error_figures(self.solutions(80))

        assert 0.2 < figures["threshold"] <= 0.8
        assert [figures[name]["value"] for name in ("f1", "error_accuracy", "correct_accuracy")] == [1.0, 1.0, 1.0]

    def test_the_solutions_told_of_did_not_choose_the_threshold(self) -> None:
        solutions = self.solutions(80)
        choosing = [one for one in solutions if first_errors.chooses_threshold(one.problem)]
        figures = first_error_figures(solutions)

        assert (figures["chosen_on"], figures["solutions"]) == (len(choosing), 80 - len(choosing))
        assert 20 < len(choosing) < 60
        # With the other half turned round, the threshold stays: it never saw them.
        turned = [
            one
            if first_errors.chooses_threshold(one.problem)
            else Judged(one.problem, one.scores[::-1], one.first_error)
            for one in solutions
        ]
        assert first_error_figures(turned)["threshold"] == figures["threshold"]

    def test_f1_is_the_harmonic_mean_of_both_accuracies(self) -> None:
        missed = [
            one
            if first_errors.chooses_threshold(one.problem)
            else Judged(one.problem, (0.1, 0.2, 0.8), one.first_error)
            for one in self.solutions(80)
        ]
        figures = first_error_figures(missed)

        assert (figures["error_accuracy"]["value"], figures["correct_accuracy"]["value"]) == (0.0, 0.0)
        assert figures["f1"]["value"] == 0.0

    def test_solutions_of_one_kind_alone_are_refused(self) -> None:
        with pytest.raises(TooFewSolutions, match="with an error and without one"):
            first_error_figures([Judged(f"p{at}", (0.5,), None) for at in range(30)])


def pool(*choices: tuple[str | None, Sequence[float]]) -> list[Choice]:
    return [Choice(answer, [scores]) for answer, scores in choices]


class TestSelection:
    def test_each_way_of_choosing_on_a_pool_known_by_hand(self) -> None:
        one = pool((RIGHT, (0.9, 0.9)), ("=7", (1.0, 0.5)), ("=7", (0.1, 0.6)))
        figures = selection_figures([one], [1, 3], models={"m": "product"}, total=1, watch=lambda _done, _total: None)
        ways = figures["models"]["m"]

        assert {name: found["value"][1] for name, found in figures["baselines"].items()} == {
            "pass@1": 0.3333,
            "majority": 0.0,
            "oracle": 1.0,
        }
        assert {name: found["value"][1] for name, found in ways.items()} == {
            "product": 1.0,
            "min": 1.0,
            "last": 1.0,
            "mean": 1.0,
            "weighted vote": 1.0,  # .81 against .5 + .06
        }
        assert {found["value"][0] for found in ways.values()} == {0.3333}

    def test_samples_without_a_score_are_chosen_last(self) -> None:
        one = pool((RIGHT, ()), ("=7", (0.01,)))
        figures = selection_figures([one], [2], models={"m": "min"}, total=1, watch=lambda _done, _total: None)

        assert figures["models"]["m"]["min"]["value"] == [0.0]

    def test_sizes_are_powers_of_two_up_to_what_most_problems_have(self) -> None:
        assert sizes_for([32] * 19 + [3]) == [1, 2, 4, 8, 16, 32]
        assert sizes_for([6] * 10) == [1, 2, 4, 6]
        assert sizes_for([1000])[-1] == 256
        with pytest.raises(NothingToChoose):
            sizes_for([1, 1])

    def test_intervals_narrow_with_the_number_of_problems(self) -> None:
        few, many = (curve([[at % 2] for at in range(count)], seed=0) for count in (10, 1000))

        assert few["value"] == many["value"] == [0.5]
        assert np.ptp([few["low"][0], few["high"][0]]) > 4 * np.ptp([many["low"][0], many["high"][0]])

    def test_one_problem_has_no_interval(self) -> None:
        """Drawn again and again it is always the same: an interval of no width would claim to know it of all others."""
        assert curve([[0.5, 1.0]], seed=0) == {"value": [0.5, 1.0], "low": [None, None], "high": [None, None]}
        steps = [ScoredStep("p", True, 0.9), ScoredStep("p", False, 0.2)]
        assert step_figures(steps)["auc"] == {"value": 1.0, "low": None, "high": None}

    def test_a_pool_too_large_for_weighted_votes_has_none(self) -> None:
        large = [Choice(RIGHT, [(0.5,)])] * (selection.MOST_WEIGHED + 1)
        figures = selection_figures([large], [1], models={"m": "min"}, total=1, watch=lambda _done, _total: None)

        assert "weighted vote" not in figures["models"]["m"]

    def test_a_vote_is_told_of_all_problems_or_of_none(self) -> None:
        """Of the small pools alone it would stand beside figures of all of them as if it could be compared."""
        small, large = ([Choice(RIGHT if at else "=1", [(0.5,)]) for at in range(size)] for size in (2, 101))
        figures = selection_figures([small, large], [1, 2], models={"m": "min"}, total=2, watch=lambda *_: None)

        assert "weighted vote" not in figures["models"]["m"]


class TestDrawing:
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=14))
    def test_names_stand_in_the_order_of_their_lines_and_never_overlap(self, ends: list[float]) -> None:
        drawn = chart(
            [Line(f"l{at}", "accent", (0, 1), (0.5, end)) for at, end in enumerate(ends)],
            title="t",
            x_name="x",
            y_name="y",
            x_ticks=[(0, "0"), (1, "1")],
        )
        places = sorted(one.name_y for one in drawn.lines)

        assert all(after - before >= GAP - 0.2 for before, after in pairwise(places))
        assert places[-1] <= HEIGHT
        by_end = [one.name_y for one in sorted(drawn.lines, key=lambda one: (one.end_y, one.name_y))]
        assert by_end == sorted(by_end)

    def test_best_of_n_draws_each_model_beside_vote_oracle_and_blind_pick(self) -> None:
        found = selection_figures(
            [pool((RIGHT, (0.9,)), ("=7", (0.5,)))], [1, 2], models={"m": "min"}, total=1, watch=lambda *_: None
        )
        figures = {"m": {**found, "ways": found["models"]["m"], "reduction": "min"}}
        words = {
            name: name for name in ("oracle", "majority", "pass@1", "min", "vote by", "best-of-n", "samples", "right")
        }
        drawn = best_of_n_chart(figures, words)

        assert [one.line.name for one in drawn.lines] == ["oracle", "majority", "pass@1", "m, min", "vote by m"]
        assert [tick.label for tick in drawn.x_ticks] == ["1", "2"]
        assert "m, min 1.000" in drawn.name
