"""The judge of gold: answers, the interval, and whom the mark pauses, exactly and in simulated runs."""

import random
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.rounds import judge, models
from labelling.rounds.judge import answer_is_right, below_mark, interval

GOLDS, RUNS, MARK, LEAST = 12, 200, 0.8, 10


class TestAnswers:
    @pytest.mark.parametrize(
        ("first_error", "acceptable", "right"),
        [
            (2, [2], True),
            (1, [1, 2], True),
            (0, [1, 2], False),
            (None, [-1], True),
            (None, [2], False),
            (0, [-1], False),
        ],
    )
    def test_an_answer_is_right_where_its_first_error_is_among_the_acceptable(
        self, first_error: int | None, acceptable: list[int], right: bool
    ) -> None:
        reason = "solution" if first_error is None else "found_error"
        assert answer_is_right(first_error=first_error, finish_reason=reason, acceptable=acceptable) is right

    @pytest.mark.parametrize("reason", ["give_up", "bad_problem"])
    def test_giving_up_is_not_judged_even_with_a_first_error(self, reason: str) -> None:
        assert answer_is_right(first_error=2, finish_reason=reason, acceptable=[2]) is None

    def test_no_error_is_written_as_in_the_tables(self) -> None:
        assert judge.NO_ERROR == models.NO_ERROR


class TestInterval:
    # Worked out by hand from the formula of the score interval, and found in textbooks' tables for these counts.
    @pytest.mark.parametrize(
        ("right", "seen", "low", "high"),
        [(8, 10, 0.4902, 0.9433), (5, 10, 0.2366, 0.7634), (12, 12, 0.7575, 1.0), (0, 10, 0.0, 0.2775)],
    )
    def test_it_is_wilson_s(self, right: int, seen: int, low: float, high: float) -> None:
        assert interval(right, seen) == pytest.approx((low, high), abs=5e-5)

    def test_nothing_seen_says_nothing(self) -> None:
        assert interval(0, 0) == (0.0, 1.0)

    @given(st.integers(1, 500).flatmap(lambda seen: st.tuples(st.integers(0, seen), st.just(seen))))
    def test_it_holds_the_share_and_its_ends_solve_the_score_test(self, counts: tuple[int, int]) -> None:
        right, seen = counts
        low, high = interval(right, seen)
        assert 0 <= low <= right / seen <= high <= 1
        for end in (low, high):
            if 0 < end < 1:
                z = (right / seen - end) / sqrt(end * (1 - end) / seen)
                assert abs(z) == pytest.approx(1.959964, rel=1e-4)


def pauses(answers: list[bool], *, mark: float = MARK, least: int = LEAST) -> bool:
    """Whether the rule stops a rater anywhere in the run."""
    return any(
        below_mark(right=sum(answers[:seen]), seen=seen, mark=mark, least=least) for seen in range(1, len(answers) + 1)
    )


def chance_of_pause(accuracy: float, golds: int = GOLDS) -> float:
    """Exact: the chance of each count of right answers among those who go on, gold by gold."""
    going, paused = {0: 1.0}, 0.0
    for seen in range(1, golds + 1):
        after: dict[int, float] = {}
        for right, chance in going.items():
            for more, share in ((1, accuracy), (0, 1 - accuracy)):
                if below_mark(right=right + more, seen=seen, mark=MARK, least=LEAST):
                    paused += chance * share
                else:
                    after[right + more] = after.get(right + more, 0.0) + chance * share
        going = after
    return paused


def runs_paused(accuracy: float) -> int:
    dice = random.Random(f"gold/{accuracy}")
    return sum(pauses([dice.random() < accuracy for _ in range(GOLDS)]) for _ in range(RUNS))


class TestTheMark:
    def test_the_bare_share_counts_only_from_the_least_on(self) -> None:
        assert not below_mark(right=6, seen=9, mark=0.8, least=10)
        assert below_mark(right=7, seen=10, mark=0.8, least=10)
        assert not below_mark(right=8, seen=10, mark=0.8, least=10)

    def test_a_hopeless_rater_is_stopped_at_the_third_gold_by_the_interval(self) -> None:
        stopped = [seen for seen in range(1, 10) if below_mark(right=0, seen=seen, mark=0.8, least=10)]
        assert stopped == list(range(3, 10))

    def test_one_slip_stops_nobody_though_the_interval_after_it_lies_below_the_mark(self) -> None:
        assert interval(0, 1)[1] < 0.8
        assert not below_mark(right=0, seen=1, mark=0.8, least=10)

    def test_nobody_is_stopped_before_the_first_gold(self) -> None:
        assert not below_mark(right=0, seen=0, mark=1.0, least=0)

    def test_the_exact_chance_agrees_with_counting_all_runs(self) -> None:
        every = [[bool(run >> at & 1) for at in range(8)] for run in range(2**8)]
        counted = sum(0.7 ** sum(run) * 0.3 ** (8 - sum(run)) for run in every if pauses(run))
        assert chance_of_pause(0.7, golds=8) == pytest.approx(counted, abs=1e-12)

    def test_without_the_interval_it_is_the_binomial_alone(self) -> None:
        # From ten golds on only the share counts for a good rater: right < 8 of 10, < 8.8 of 11, or < 9.6 of 12.
        at_ten = sum(comb(10, right) * 0.95**right * 0.05 ** (10 - right) for right in range(8))
        assert at_ten < chance_of_pause(0.95) < at_ten + 0.05

    @pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    def test_a_bad_rater_is_paused_in_95_percent_of_runs(self, accuracy: float) -> None:
        assert chance_of_pause(accuracy) >= 0.95
        assert runs_paused(accuracy) >= 0.95 * RUNS

    @pytest.mark.parametrize("accuracy", [0.95, 0.96, 0.98, 1.0])
    def test_a_good_rater_is_not_in_95_percent_of_runs(self, accuracy: float) -> None:
        assert chance_of_pause(accuracy) <= 0.05
        assert runs_paused(accuracy) <= 0.05 * RUNS

    @pytest.mark.parametrize("accuracy", [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9])
    def test_those_between_are_paused_as_often_as_the_binomial_says(self, accuracy: float) -> None:
        chance = chance_of_pause(accuracy)
        assert 0.05 < chance < 0.99
        assert abs(runs_paused(accuracy) - RUNS * chance) <= 3 * sqrt(RUNS * chance * (1 - chance))
