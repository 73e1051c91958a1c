"""The judge of gold: is an answer right, and does a rater's share of right answers lie below the mark? Plain values."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

NO_ERROR: Final = -1  # the same as in ``models``, which plain code can't import
JUDGED: Final = ("found_error", "solution")
FEWEST: Final = 3  # answers before the interval counts: Wilson's upper end after one miss out of one is .79 already
Z95: Final = 1.959963984540054  # two-sided 95 % of the normal distribution


def answer_is_right(*, first_error: int | None, finish_reason: str, acceptable: Sequence[int]) -> bool | None:
    """Whether the step called the first error (0-based, None: none found) is among the acceptable ones.

    None where the rater gave up or called the problem bad: that is no answer to the question.
    """
    if finish_reason not in JUDGED:
        return None
    return (NO_ERROR if first_error is None else first_error) in acceptable


def interval(right: int, seen: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927); all of [0, 1] where nothing was seen."""
    if seen == 0:
        return 0.0, 1.0
    share, z2 = right / seen, Z95 * Z95
    centre = (share + z2 / (2 * seen)) / (1 + z2 / seen)
    half = Z95 * sqrt(share * (1 - share) / seen + z2 / (4 * seen * seen)) / (1 + z2 / seen)
    # At the ends the exact bounds are 0 and 1, which rounding would miss by a hair.
    return (0.0 if right == 0 else centre - half), (1.0 if right == seen else centre + half)


def below_mark(*, right: int, seen: int, mark: float, least: int) -> bool:
    """Whether the bare share (from ``least`` answers on), or the whole interval (from the third on), lies below it.

    Asked after each of 12 golds, with mark .8 and least 10: stops a rater of accuracy .5 in 98.1 % of runs, one of .95
    in 2.4 %.
    """
    if seen == 0:
        return False
    return (seen >= least and right / seen < mark) or (seen >= FEWEST and interval(right, seen)[1] < mark)
