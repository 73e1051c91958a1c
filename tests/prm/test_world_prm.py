"""The embedded PRM on the demo world, where every step's truth is known: trained on 500 labelled solutions."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import prod

import numpy as np
import pytest

from labelling.corpus.world import WorldSample, make_world, to_prm800k_row
from labelling.corpus.world.shared import SKIPPED
from labelling.prm.embedded.metrics import auc
from labelling.prm.embedded.training import train
from labelling.prm.rows.prm800k import labelled

SAMPLES = 16
Scored = tuple[WorldSample, tuple[float, ...]]


def is_correct(sample: WorldSample) -> bool:
    """Fully: a right answer by wrong reasoning is none."""
    return sample.first_error is None


@pytest.fixture(scope="module")
def pools() -> list[list[Scored]]:
    """Sixteen scored solutions for each of 200 problems that the model has not seen."""
    taught = list(make_world(seed=101, problems=500, samples=1))
    model = train([one for each in taught for one in labelled(to_prm800k_row(each), neutral="positive").examples])
    known = {each.problem for each in taught}
    unseen = [each for each in make_world(seed=202, problems=200, samples=SAMPLES) if each.problem not in known]
    scores = model.score([(each.problem, each.steps) for each in unseen])
    by_problem = defaultdict(list)
    for each, score in zip(unseen, scores, strict=True):
        by_problem[each.problem].append((each, score))
    assert len(by_problem) > 190
    return list(by_problem.values())


def judged(pools: Sequence[Sequence[Scored]]) -> Iterator[tuple[bool, float]]:
    """The steps up to the first error."""
    for each, scores in (scored for pool in pools for scored in pool):
        for rating, score in zip(each.step_ratings, scores, strict=True):
            if rating is not None:
                yield rating >= 0, score


def best_by(pool: Sequence[Scored], reduction: Callable[[Sequence[float]], float]) -> WorldSample:
    return max(pool, key=lambda scored: reduction(scored[1]))[0]


def majority(pool: Sequence[Scored]) -> WorldSample:
    votes = Counter(each.answer for each, _ in pool)
    return next(each for each, _ in pool if votes[each.answer] == max(votes.values()))


def test_it_tells_right_steps_from_wrong_ones_on_unseen_problems(pools: list[list[Scored]]) -> None:
    right, score = map(np.array, zip(*judged(pools), strict=True))

    assert auc(right, score) >= 0.90


def test_its_best_of_sixteen_beats_the_majority_in_fully_correct_reasoning(pools: list[list[Scored]]) -> None:
    by_prm = np.array([is_correct(best_by(pool, prod)) for pool in pools])
    by_vote = np.array([is_correct(majority(pool)) for pool in pools])
    error = (by_prm.astype(float) - by_vote).std() / len(pools) ** 0.5

    assert by_prm.mean() - by_vote.mean() > 3 * error


def test_the_product_of_its_scores_does_not_prefer_solutions_that_skip_a_quantity(pools: list[list[Scored]]) -> None:
    """They are shorter, so that a model blind to what is missing prefers them; half of the pairs would be chance."""
    wins = []
    for pool in pools:
        skipping = [prod(scores) for each, scores in pool if each.error_kind == SKIPPED]
        correct = [prod(scores) for each, scores in pool if is_correct(each)]
        if skipping and correct:
            wins.append(np.mean([good > bad for good in correct for bad in skipping]))
    chosen = np.mean([best_by(pool, prod).error_kind == SKIPPED for pool in pools])
    offered = np.mean([each.error_kind == SKIPPED for pool in pools for each, _ in pool])

    assert len(wins) > 60
    assert np.mean(wins) > 0.6
    assert chosen < offered
