"""The order of a queue and its cut."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from labelling.rounds.strategies import Candidate, Pick, round_robin

sizes = st.dictionaries(st.integers(1, 1000), st.integers(1, 4), max_size=12)
budgets = st.none() | st.integers(1, 30)


def picks_of(sizes: dict[int, int]) -> list[Pick]:
    """So many ranked picks for each problem; scores that say nothing about rank across problems."""
    return [
        Pick(Candidate(problem, problem * 10 + rank, "wrong", "number", 1 / (problem + rank), 0), rank)
        for problem, count in sizes.items()
        for rank in range(1, count + 1)
    ]


@given(sizes=sizes, budget=budgets, seed=st.integers(0, 99))
def test_the_budget_is_used_up_and_never_passed(sizes: dict[int, int], budget: int | None, seed: int) -> None:
    picks = picks_of(sizes)
    queue = round_robin(picks, seed=seed, budget=budget)

    assert len(queue) == (len(picks) if budget is None else min(budget, len(picks)))
    assert len(set(queue)) == len(queue)
    assert set(queue) <= set(picks)


@given(sizes=sizes, budget=budgets, seed=st.integers(0, 99))
def test_no_problem_gets_another_item_before_each_has_had_its_turn(
    sizes: dict[int, int], budget: int | None, seed: int
) -> None:
    queue = round_robin(picks_of(sizes), seed=seed, budget=budget)
    got = Counter(pick.candidate.problem_id for pick in queue)
    most = max(got.values(), default=0)

    assert [pick.rank for pick in queue] == sorted(pick.rank for pick in queue)
    assert all(got[problem] >= min(count, most - 1) for problem, count in sizes.items())


@given(sizes=sizes, budget=budgets, shuffle=st.randoms(use_true_random=False))
def test_the_queue_does_not_depend_on_the_order_of_the_picks(
    sizes: dict[int, int], budget: int | None, shuffle: random.Random
) -> None:
    picks = picks_of(sizes)
    expected = round_robin(picks, seed=1, budget=budget)
    shuffle.shuffle(picks)

    assert round_robin(picks, seed=1, budget=budget) == expected


def test_a_higher_score_in_another_problem_does_not_go_first() -> None:
    convincing = [Pick(Candidate(1, rank, "wrong", "number", 0.99, 0), rank) for rank in (1, 2)]
    dull = Pick(Candidate(2, 3, "wrong", "number", 0.01, 0), 1)

    assert {pick.candidate.problem_id for pick in round_robin([*convincing, dull], seed=1, budget=2)} == {1, 2}


def test_problems_keep_their_order_through_the_ranks_and_another_round_has_another_order() -> None:
    picks = picks_of(dict.fromkeys(range(1, 21), 2))
    problems = [pick.candidate.problem_id for pick in round_robin(picks, seed=1)]

    assert problems[:20] == problems[20:]
    assert problems[:20] != sorted(problems[:20])
    assert problems != [pick.candidate.problem_id for pick in round_robin(picks, seed=2)]
