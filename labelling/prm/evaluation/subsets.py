"""What is chosen from N samples of a pool, as the exact mean over all subsets of N: nothing is drawn at random.

A pool is a sequence in the order of its samples, of at most ``MOST``: beyond it, counting votes takes too long. Counts
of subsets are binomials, kept as floats: exact enough, as all terms are positive and nothing cancels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST: Final = 256


def first_ranked(right: Sequence[bool], scores: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """How often the sample with the highest score is right; ties go to the earlier sample.

    The sample at rank r is the best of a subset of it and samples ranked behind it: C(M-1-r, N-1) of C(M, N).
    """
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    ranks = [rank for rank, at in enumerate(order) if right[at]]
    pool = len(right)
    return [sum(comb(pool - 1 - rank, size - 1) for rank in ranks) / comb(pool, size) for size in sizes]


def any_right(right: Sequence[bool], sizes: Sequence[int]) -> list[float]:
    """How often one of them is right: what a perfect choice would reach."""
    pool, wrong = len(right), sum(not one for one in right)
    return [1 - comb(wrong, size) / comb(pool, size) for size in sizes]


def mean_right(right: Sequence[bool], sizes: Sequence[int]) -> list[float]:
    """How often a sample taken blindly is right: the same for each N."""
    return [sum(right) / len(right)] * len(sizes)


def voted(answers: Sequence[str | None], chosen: str, weights: Sequence[int], sizes: Sequence[int]) -> list[float]:
    """How often ``chosen`` wins the vote; ties go to the answer whose earliest sample in the subset comes first.

    ``answers``: None votes for nothing. ``weights``: whole numbers, as sums of them are counted one by one; 1 each is
    the majority. An answer wins with weight 0, too, where nothing outweighs it.
    """
    pool, most = len(answers), max(sizes)
    names = [name for name in dict.fromkeys(answers) if name is not None]
    if chosen not in names:
        return [0.0] * len(sizes)
    rivals = {name: _Rival.of(_weights_of(name, answers, weights), most) for name in names if name != chosen}
    mute = sum(answer is None for answer in answers)
    top = min(sum(_weights_of(chosen, answers, weights)), 10**9)
    behind = _empty(top, most)  # subsets of the chosen answer's samples behind the one in hand
    ways = np.zeros(most + 1)
    for at in range(pool - 1, -1, -1):
        name = answers[at]
        if name == chosen:
            ways += _wins(_with(behind, weights[at]), list(rivals.values()))
            behind = behind + _with(behind, weights[at])
        elif name is not None:
            rivals[name].take(weights[at])
    ways = _times(ways, np.array([float(comb(mute, count)) for count in range(most + 1)]))
    return [float(ways[size] / comb(pool, size)) for size in sizes]


def _weights_of(name: str, answers: Sequence[str | None], weights: Sequence[int]) -> list[int]:
    return [weight for answer, weight in zip(answers, weights, strict=True) if answer == name]


def _empty(top: int, most: int) -> Floats:
    """Subsets by weight (a row each, up to ``top``) and number of samples: only the empty one so far."""
    table = np.zeros((top + 1, most + 1))
    table[0, 0] = 1
    return table


def _with(table: Floats, weight: int) -> Floats:
    """The same subsets with one sample more in each."""
    out = np.zeros_like(table)
    out[weight:, 1:] = table[: len(table) - weight, :-1]
    return out


@dataclass
class _Rival:
    """Another answer. ``below``: subsets of all its samples of less weight than the row's number.

    ``behind``: subsets by weight of those of its samples that come later than the one in hand: only they may tie.
    """

    below: Floats
    behind: Floats
    samples: int

    @classmethod
    def of(cls, weights: Sequence[int], most: int) -> "_Rival":
        table = _empty(sum(weights), most)
        for weight in weights:
            table = table + _with(table, weight)
        below = np.vstack([np.zeros(most + 1), np.cumsum(table, axis=0)])
        return cls(below, _empty(sum(weights), most), len(weights))

    def take(self, weight: int) -> None:
        """One more of its samples now lies behind."""
        self.behind = self.behind + _with(self.behind, weight)

    def beaten_by(self, totals: NDArray[np.int64]) -> Floats:
        """Its subsets (by number of samples) that lose against each of these weights."""
        out = self.below[np.minimum(totals, len(self.below) - 1)]
        tied = totals < len(self.behind)
        out[tied] += self.behind[totals[tied]]
        return out


def _wins(table: Floats, rivals: Sequence[_Rival]) -> Floats:
    """Ways by number of samples in which a subset of the chosen answer beats all its rivals."""
    totals = np.flatnonzero(table.any(axis=1))
    ways = table[totals]
    for rival in rivals:
        beaten = rival.beaten_by(totals)
        product = np.zeros_like(ways)
        for count in range(min(rival.samples, ways.shape[1] - 1) + 1):
            product[:, count:] += beaten[:, count, None] * ways[:, : ways.shape[1] - count]
        ways = product
    return np.asarray(ways.sum(axis=0))


def _times(left: Floats, right: Floats) -> Floats:
    return np.convolve(left, right)[: len(left)]
