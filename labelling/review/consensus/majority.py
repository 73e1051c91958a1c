"""The first error that more than half of an item's raters name, as ProcessBench's three of five (arXiv 2412.06559)."""

import numpy as np

from labelling.review.consensus.base import Settled, Votes, most_supported, options_of


class Majority:
    """A tie settles nothing, and neither does the largest of many small camps. One rater's answer is a majority."""

    name = "majority"
    version = 1
    description = "The answer of more than half of the raters; a tie settles nothing."

    def settle(self, votes: Votes) -> Settled:
        options = options_of(votes)
        count = np.bincount(options.of_vote, minlength=len(options.item)).astype(np.float64)
        total = np.add.reduceat(count, options.start) if len(options.start) else count
        per_item = np.repeat(total, np.diff([*options.start, len(options.item)]))
        return most_supported(options, count / per_item)
