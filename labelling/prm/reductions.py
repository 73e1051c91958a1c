"""From step scores to a solution score. A model stores the name of its rule, so a rule under a name never changes."""

import math
from collections.abc import Callable, Sequence

Reduce = Callable[[Sequence[float]], float]


def product(step_scores: Sequence[float]) -> float:
    """P(no step is an error) if steps err independently: Lightman et al. 2023 (arXiv 2305.20050), appendix F."""
    return math.prod(step_scores)


def minimum(step_scores: Sequence[float]) -> float:
    """The weakest step's score."""
    return min(step_scores)


def last(step_scores: Sequence[float]) -> float:
    """The last step's score: how an outcome model, which judges the whole solution so far, is read."""
    return step_scores[-1]


def mean(step_scores: Sequence[float]) -> float:
    """The steps' mean: blind to a solution's length."""
    return math.fsum(step_scores) / len(step_scores)


# A changed rule is a new line under a new name ("product-2").
REDUCTIONS: dict[str, Reduce] = {"product": product, "min": minimum, "last": last, "mean": mean}
