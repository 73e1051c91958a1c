"""Every way to settle answers, and which answer each settles on."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest

from labelling.review.consensus import METHODS, NO_ERROR, UNSETTLED, Method, Votes

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats" / "consensus.md"
Vote = tuple[int, int, int]  # item, rater, answer


def settled(method: Method | str, votes: Sequence[Vote], *, steps: int = 5) -> dict[int, int]:
    by = METHODS[method] if isinstance(method, str) else method
    item, rater, answer = (
        (np.array(column, dtype=np.int64) for column in zip(*votes, strict=True))
        if votes
        else [np.zeros(0, dtype=np.int64)] * 3
    )
    found = by.settle(Votes(item, rater, answer, np.full(len(item), steps)))
    return dict(zip(found.item.tolist(), found.answer.tolist(), strict=True))


def crowd(seed: int, *, items: int = 300, overlap: int = 3) -> tuple[list[Vote], dict[int, int]]:
    """Votes of three good raters and three bad ones, and the truth."""
    rng, accuracy = Random(seed), (0.95, 0.9, 0.9, 0.35, 0.3, 0.3)
    truth = {item: rng.choice((NO_ERROR, 0, 1, 2, 3, 4)) for item in range(items)}
    votes = [
        (item, rater, right if rng.random() < accuracy[rater] else rng.choice((NO_ERROR, 0, 1, 2, 3, 4)))
        for item, right in truth.items()
        for rater in rng.sample(range(6), overlap)
    ]
    return votes, truth


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
class TestEveryMethod:
    def test_it_says_who_it_is(self, method: Method) -> None:
        assert METHODS[method.name] is method
        assert f"## `{method.name}`\nVersion {method.version}." in DOCS.read_text()

    def test_one_voice_settles_it(self, method: Method) -> None:
        assert settled(method, [(7, 1, 2), (3, 1, NO_ERROR)]) == {3: NO_ERROR, 7: 2}

    def test_agreement_settles_it(self, method: Method) -> None:
        votes = [(1, rater, 2) for rater in range(3)] + [(2, rater, NO_ERROR) for rater in range(3)]
        assert settled(method, votes) == {1: 2, 2: NO_ERROR}

    def test_a_tie_of_strangers_settles_nothing(self, method: Method) -> None:
        assert settled(method, [(1, 1, 0), (1, 2, 3)]) == {1: UNSETTLED}

    def test_no_votes_settle_nothing(self, method: Method) -> None:
        assert settled(method, []) == {}

    def test_the_order_of_votes_makes_no_difference(self, method: Method) -> None:
        votes, _ = crowd(1)
        assert settled(method, votes) == settled(method, sorted(votes, reverse=True))

    def test_only_answers_that_somebody_gave_come_out(self, method: Method) -> None:
        votes, _ = crowd(2)
        given = {item: {answer for one, _, answer in votes if one == item} for item in range(300)}
        assert all(answer in {*given[item], UNSETTLED} for item, answer in settled(method, votes).items())

    def test_it_finds_most_of_the_truth(self, method: Method) -> None:
        votes, truth = crowd(3, overlap=5)
        found = settled(method, votes)
        assert sum(found[item] == answer for item, answer in truth.items()) > 0.75 * len(truth)


def test_a_majority_is_more_than_half() -> None:
    assert settled("majority", [(1, 1, 0), (1, 2, 0), (1, 3, 4), (1, 4, 2)]) == {1: UNSETTLED}
    assert settled("majority", [(1, 1, 0), (1, 2, 0), (1, 3, 4)]) == {1: 0}


@pytest.mark.parametrize("seed", range(5))
def test_dawid_skene_knows_whom_to_believe(seed: int) -> None:
    votes, truth = crowd(seed)
    right = {name: sum(settled(name, votes)[item] == answer for item, answer in truth.items()) for name in METHODS}
    assert right["dawid-skene"] > right["majority"]


def test_dawid_skene_believes_who_agrees_with_others_against_who_does_not() -> None:
    votes = [(item, rater, item % 4) for item in range(40) for rater in (1, 2)]
    votes += [(item, 3, (item + 1) % 4) for item in range(40)]
    assert settled("dawid-skene", [*votes, (99, 1, 0), (99, 3, 3)])[99] == 0
