"""Dawid and Skene's estimate of the true answers and of the raters' accuracy together (1979), in its one-coin form.

Source: Dawid & Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm"; one coin:
Zhang et al., 2014 (arXiv 1406.3824), section 2. Each rater is right with a probability of their own, and errs towards
every other step of the solution alike. The full form has a matrix of step by step for each rater: with the few hundred
answers that a rater gives, most of its cells are guesses (docs/formats/consensus.md has both measured).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from labelling.review.consensus.base import Options, Settled, Votes, Whole, most_supported, options_of

Shares = NDArray[np.float64]

#: What is believed of a rater before any answer: right in two cases out of three.
PRIOR_RIGHT: Final = 2.0
PRIOR_ALL: Final = 3.0
ROUNDS: Final = 200
STILL: Final = 1e-7  # a change of accuracy below which it has settled


class DawidSkene:
    """An answer needs more than half of the probability; answers that nobody gave are not considered."""

    name = "dawid-skene"
    version = 1
    description = "The most probable answer, each rater's accuracy estimated from their agreement with the others."

    def settle(self, votes: Votes) -> Settled:
        options = options_of(votes)
        if not len(options.item):
            return most_supported(options, np.zeros(0))
        _, rater = np.unique(votes.rater, return_inverse=True)
        pairs = _pairs(votes, options)
        accuracy = np.full(rater.max() + 1, PRIOR_RIGHT / PRIOR_ALL)
        probability = np.zeros(len(options.item))
        for _ in range(ROUNDS):
            probability = _probability(votes, options, rater, pairs, accuracy)
            right = np.bincount(rater, weights=probability[options.of_vote])
            then = (right + PRIOR_RIGHT) / (np.bincount(rater) + PRIOR_ALL)
            moved, accuracy = float(np.abs(then - accuracy).max()), then
            if moved < STILL:
                break
        return most_supported(options, probability)


def _pairs(votes: Votes, options: Options) -> tuple[Whole, Whole]:
    """Every vote with every option of its item: (vote, option)."""
    at = np.searchsorted(options.item[options.start], votes.item)
    size = np.diff([*options.start, len(options.item)])
    vote = np.repeat(np.arange(len(votes.item)), size[at])
    first = np.cumsum(size[at]) - size[at]
    return vote, options.start[at[vote]] + np.arange(len(vote)) - first[vote]


def _probability(votes: Votes, options: Options, rater: Whole, pairs: tuple[Whole, Whole], accuracy: Shares) -> Shares:
    """Of each option, given the raters' accuracy; the options of an item are equally likely before the votes."""
    vote, option = pairs
    others = np.maximum(votes.steps, 1)  # with "no error", one answer more than there are steps
    agrees, differs = np.log(accuracy)[rater], np.log((1 - accuracy)[rater] / others)
    said = np.where(options.of_vote[vote] == option, agrees[vote], differs[vote])
    weight = np.bincount(option, weights=said, minlength=len(options.item))
    size = np.diff([*options.start, len(options.item)])
    likely: Shares = np.exp(weight - np.repeat(np.maximum.reduceat(weight, options.start), size))
    shares: Shares = likely / np.repeat(np.add.reduceat(likely, options.start), size)
    return shares
