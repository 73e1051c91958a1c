"""What every way to settle several raters' answers takes and gives."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

#: An answer that finds no error; others are the first error's 0-based step.
NO_ERROR: Final = -1
#: In place of an answer: the raters' answers decide nothing.
UNSETTLED: Final = -2


@dataclass(frozen=True)
class Votes:
    """Raters' answers, one an entry (arrays of equal length): on which item, by whom, and the item's number of steps.

    Who gave up, or called the problem bad, casts no vote.
    """

    item: Whole
    rater: Whole
    answer: Whole
    steps: Whole


@dataclass(frozen=True)
class Settled:
    """Each item once, in rising order: the answer or ``UNSETTLED``, and the share of the vote behind it."""

    item: Whole
    answer: Whole
    support: NDArray[np.float64]


class Method(Protocol):
    """An algorithm that is in use is never edited: a better one gets the next ``version``."""

    name: str
    version: int
    description: str

    def settle(self, votes: Votes) -> Settled:
        """One answer an item. The order of the votes makes no difference beyond rounding."""
        ...


@dataclass(frozen=True)
class Options:
    """The different answers that an item's raters gave. ``of_vote``: which option each vote is for.

    ``start``: where each item's options begin (they lie together).
    """

    item: Whole
    answer: Whole
    of_vote: Whole
    start: Whole


def options_of(votes: Votes) -> Options:
    """Group the votes by item and answer."""
    pairs = np.stack([votes.item, votes.answer])
    (item, answer), of_vote = np.unique(pairs, axis=1, return_inverse=True)
    _, start = np.unique(item, return_index=True)
    return Options(item, answer, of_vote.reshape(-1), start)


def most_supported(options: Options, support: NDArray[np.float64]) -> Settled:
    """Of each item the option with more than half of the support; where there is none, the item stays unsettled."""
    winning = support > 0.5 + 1e-9
    items = options.item[options.start]
    answer = np.full(len(items), UNSETTLED, dtype=np.int64)
    best = np.maximum.reduceat(support, options.start) if len(items) else np.zeros(0)
    answer[np.searchsorted(items, options.item[winning])] = options.answer[winning]
    return Settled(items, answer, best)
