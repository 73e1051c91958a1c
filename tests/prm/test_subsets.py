"""Best of N, against every subset of a small pool looked at one by one."""

from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.evaluation.subsets import MOST, any_right, first_ranked, mean_right, voted

ANSWERS = st.sampled_from(["right", "wrong", "other", "odd", None])
POOLS = st.lists(st.tuples(ANSWERS, st.integers(0, 4)), min_size=1, max_size=9)


def brute(size: int, pool: int, choice: Callable[[Sequence[int]], bool]) -> float:
    """The share of all subsets of that size whose choice is right."""
    found = [choice(subset) for subset in combinations(range(pool), size)]
    return sum(found) / len(found)


def winner(subset: Sequence[int], answers: Sequence[str | None], weights: Sequence[int]) -> str | None:
    """As said in words: the heaviest answer; of equals, the one met first."""
    sums: dict[str, int] = {}
    for at in subset:
        answer = answers[at]
        if answer is not None:
            sums[answer] = sums.get(answer, 0) + weights[at]
    return next((answer for answer, weight in sums.items() if weight == max(sums.values())), None)


@given(POOLS)
def test_the_highest_score_is_chosen_and_ties_go_to_the_earliest(pool: list[tuple[str | None, int]]) -> None:
    right, scores = [answer == "right" for answer, _ in pool], [float(score) for _, score in pool]
    sizes = range(1, len(pool) + 1)

    def chosen(subset: Sequence[int]) -> bool:
        return right[max(subset, key=lambda at: (scores[at], -at))]

    assert first_ranked(right, scores, sizes) == pytest.approx([brute(size, len(pool), chosen) for size in sizes])


@given(POOLS)
def test_a_vote_is_won_by_weight_and_ties_go_to_the_earliest_sample(pool: list[tuple[str | None, int]]) -> None:
    answers, weights = [answer for answer, _ in pool], [weight for _, weight in pool]
    sizes = range(1, len(pool) + 1)
    for each in (weights, [1] * len(pool)):
        expected = [
            brute(size, len(pool), lambda subset, each=each: winner(subset, answers, each) == "right")  # type: ignore[misc]
            for size in sizes
        ]
        assert voted(answers, "right", each, sizes) == pytest.approx(expected)


@given(POOLS)
def test_every_answer_has_its_share_of_the_vote(pool: list[tuple[str | None, int]]) -> None:
    answers, weights = [answer for answer, _ in pool], [weight for _, weight in pool]
    sizes = range(1, len(pool) + 1)
    shares = [voted(answers, name, weights, sizes) for name in ("right", "wrong", "other", "odd")]
    mute = [brute(size, len(pool), lambda subset: all(answers[at] is None for at in subset)) for size in sizes]

    assert [sum(each) for each in zip(*shares, mute, strict=True)] == pytest.approx([1.0] * len(pool))


@given(POOLS)
def test_the_oracle_needs_one_right_sample_and_a_blind_pick_gets_the_mean(pool: list[tuple[str | None, int]]) -> None:
    right, sizes = [answer == "right" for answer, _ in pool], range(1, len(pool) + 1)
    expected = [brute(size, len(pool), lambda subset: any(right[at] for at in subset)) for size in sizes]

    assert any_right(right, sizes) == pytest.approx(expected)
    assert mean_right(right, sizes) == [sum(right) / len(right)] * len(pool)


def test_one_sample_is_a_blind_pick_whatever_chooses() -> None:
    answers = ["right", None, "wrong", "right", "other"]
    right = [answer == "right" for answer in answers]

    assert first_ranked(right, [0.1, 0.9, 0.5, 0.2, 0.3], [1]) == pytest.approx([0.4])
    assert voted(answers, "right", [1] * 5, [1]) == pytest.approx([0.4])


def test_a_large_pool_stays_exact() -> None:
    answers = ["right" if at % 4 else "wrong" for at in range(MOST)]

    assert voted(answers, "right", [1] * MOST, [1, MOST]) == pytest.approx([3 / 4, 1.0])
    assert first_ranked([one == "right" for one in answers], [0.0] * MOST, [1, MOST]) == pytest.approx([3 / 4, 0.0])
