"""Finding the first error, as ProcessBench asks for it (Zheng et al. 2024, arXiv 2412.06559, section 4).

The first step that scores below a threshold is called the error; none, and the solution is called right. F1 is the
harmonic mean of both accuracies: on solutions with an error (the very step) and on those without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.evaluation.intervals import figure

THRESHOLDS: Final = tuple(round(at / 200, 3) for at in range(1, 200))
SPLIT: Final = 0.5  # of the problems choose the threshold


class TooFewSolutions(ValueError):
    """A split has no solution of one kind; the message says which."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A solution's step scores and its first error (0-based; None: no error). ``problem``: its key."""

    problem: str
    scores: tuple[float, ...]
    first_error: int | None


def found_error(scores: Sequence[float], threshold: float) -> int | None:
    """The first step below the threshold."""
    return next((at for at, score in enumerate(scores) if score < threshold), None)


def chooses_threshold(problem: str) -> bool:
    """Whether a problem is of the part that chooses the threshold: by its key alone, the same for every model."""
    return int.from_bytes(sha256(f"threshold {problem}".encode()).digest()[:8]) < SPLIT * 2**64


def first_error_figures(solutions: Sequence[Judged], *, seed: int = 0) -> dict[str, Any]:
    """F1 and both accuracies of the problems that did not choose the threshold. Raises TooFewSolutions."""
    choosing = [one for one in solutions if chooses_threshold(one.problem)]
    told = [one for one in solutions if not chooses_threshold(one.problem)]
    for part, name in ((choosing, "choose the threshold"), (told, "are told of")):
        kinds = {one.first_error is None for one in part}
        if len(kinds) < len((True, False)):
            raise TooFewSolutions(f"Solutions with an error and without one are needed among those that {name}.")
    threshold = best_threshold(choosing)
    hits = np.array([found_error(one.scores, threshold) == one.first_error for one in told])
    clean = np.array([one.first_error is None for one in told])
    problems = [one.problem for one in told]
    return {
        "threshold": threshold,
        "chosen_on": len(choosing),
        "solutions": len(told),
        "with_error": int((~clean).sum()),
        "f1": figure(problems, lambda at: _f1(hits[at], clean[at]), seed=seed),
        "error_accuracy": figure(problems, lambda at: _share(hits[at], ~clean[at]), seed=seed),
        "correct_accuracy": figure(problems, lambda at: _share(hits[at], clean[at]), seed=seed),
    }


def best_threshold(solutions: Sequence[Judged]) -> float:
    """The threshold with the highest F1; the middle one of several."""
    clean = np.array([one.first_error is None for one in solutions])
    scored = []
    for threshold in THRESHOLDS:
        hits = np.array([found_error(one.scores, threshold) == one.first_error for one in solutions])
        scored.append(_f1(hits, clean))
    best = [at for at, f1 in enumerate(scored) if f1 == max(scored)]
    return THRESHOLDS[best[len(best) // 2]]


def _f1(hits: NDArray[np.bool_], clean: NDArray[np.bool_]) -> float:
    error, correct = _share(hits, ~clean), _share(hits, clean)
    return 2 * error * correct / (error + correct) if error + correct else 0.0


def _share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(hits[among].mean()) if among.any() else float("nan")
