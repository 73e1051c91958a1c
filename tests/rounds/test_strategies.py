"""What every strategy must do, tried on each one in the registry; then convincing-wrong by itself."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.rounds.strategies import STRATEGIES, Candidate, Need, Pick
from labelling.rounds.strategies.base import UNCONVINCING

every_strategy = pytest.mark.parametrize("name", sorted(STRATEGIES))
whys = st.sampled_from(["string", "number", *sorted(UNCONVINCING)])
few_scores = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])  # few, so that there are ties


@st.composite
def problems(draw: st.DrawFn) -> list[Candidate]:
    """One problem's candidates, each solution once."""
    drawn = draw(
        st.lists(
            st.tuples(st.sampled_from(["right", "wrong", "undecided"]), whys, few_scores, st.integers(0, 3)),
            max_size=12,
        )
    )
    return [
        Candidate(7, solution_id, verdict, why, score, index)
        for solution_id, (verdict, why, score, index) in enumerate(drawn)
    ]


def needed(candidates: list[Candidate], need: Need) -> list[Candidate]:
    """What the database would show for this need: an independent, slow reading of it."""
    fit = [one for one in candidates if one.verdict in need.verdicts and one.why not in need.not_why]
    if need.best is None or len(fit) <= need.best:
        return fit
    last = sorted((one.score for one in fit), reverse=True)[need.best - 1]
    return [one for one in fit if one.score >= last]


@every_strategy
@given(candidates=problems(), per_problem=st.integers(1, 5))
def test_it_never_passes_the_cap_nor_picks_anything_twice_or_from_elsewhere(
    name: str, candidates: list[Candidate], per_problem: int
) -> None:
    picks = STRATEGIES[name].pick(candidates, per_problem=per_problem)

    assert len(picks) <= per_problem
    assert [pick.rank for pick in picks] == list(range(1, len(picks) + 1))
    assert len({pick.candidate.solution_id for pick in picks}) == len(picks)
    assert all(pick.candidate in candidates for pick in picks)


@every_strategy
@given(candidates=problems(), per_problem=st.integers(1, 5), shuffle=st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_the_candidates(
    name: str, candidates: list[Candidate], per_problem: int, shuffle: random.Random
) -> None:
    shuffled = list(candidates)
    shuffle.shuffle(shuffled)

    picked = STRATEGIES[name].pick(candidates, per_problem=per_problem)
    assert STRATEGIES[name].pick(shuffled, per_problem=per_problem) == picked


@every_strategy
@given(candidates=problems(), per_problem=st.integers(1, 5))
def test_it_picks_the_same_when_it_is_shown_no_more_than_it_needs(
    name: str, candidates: list[Candidate], per_problem: int
) -> None:
    strategy = STRATEGIES[name]
    shown = needed(candidates, strategy.needs(per_problem=per_problem))

    assert strategy.pick(shown, per_problem=per_problem) == strategy.pick(candidates, per_problem=per_problem)


@every_strategy
def test_it_states_its_name_and_version(name: str) -> None:
    assert STRATEGIES[name].name == name
    assert STRATEGIES[name].version >= 1


@every_strategy
def test_it_has_a_heading_in_the_guide(name: str) -> None:
    guide = Path(__file__).parents[2] / "docs" / "strategies.md"

    assert f"## {name}" in guide.read_text(encoding="utf-8").splitlines()


def pick(*candidates: Candidate, per_problem: int = 10) -> list[int]:
    picks: list[Pick] = STRATEGIES["convincing-wrong"].pick(candidates, per_problem=per_problem)
    return [one.candidate.solution_id for one in picks]


WRONG = Candidate(problem_id=1, solution_id=1, verdict="wrong", why="number", score=0.5, first_index=0)


def test_convincing_wrong_takes_the_best_scored_wrong_answers_first() -> None:
    others = [replace(WRONG, solution_id=id_, score=score) for id_, score in ((2, 0.7), (3, 0.6), (4, 0.1))]

    assert pick(WRONG, *others, per_problem=3) == [2, 3, 1]


@pytest.mark.parametrize(
    "other",
    [
        replace(WRONG, verdict="right"),
        replace(WRONG, verdict="undecided", why="percent"),
        replace(WRONG, why="no-answer"),
        replace(WRONG, why="truncated"),
    ],
    ids=["right", "undecided", "no-answer", "truncated"],
)
def test_convincing_wrong_leaves_out_whatever_claims_no_wrong_answer(other: Candidate) -> None:
    assert pick(replace(other, solution_id=2, score=1.0), WRONG) == [1]


def test_convincing_wrong_breaks_ties_by_the_lower_sample_index_then_by_the_lower_id() -> None:
    later = replace(WRONG, solution_id=2, first_index=5)
    earlier = replace(WRONG, solution_id=9, first_index=3)
    twin = replace(WRONG, solution_id=8, first_index=3)

    assert pick(later, earlier, twin, per_problem=2) == [8, 9]


def test_uniform_takes_each_solution_as_often_as_the_others_whatever_its_score() -> None:
    strategy = STRATEGIES["uniform"]
    taken = [0, 0, 0, 0]
    for problem in range(800):
        few = [replace(WRONG, solution_id=4 * problem + at, score=at / 4) for at in range(4)]
        (one,) = strategy.pick(few, per_problem=1)
        taken[one.candidate.solution_id % 4] += 1
    assert all(150 < times < 250 for times in taken), taken
