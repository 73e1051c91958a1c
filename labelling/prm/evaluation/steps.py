"""Scores of labelled steps: do right steps come first (AUC), is a score a probability (Brier, ECE, curve)?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from labelling.prm.embedded.metrics import BINS, auc, ece
from labelling.prm.evaluation.intervals import figure

CURVE_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class ScoredStep:
    """A labelled step with its score; ``problem``: what the bootstrap draws."""

    problem: str
    is_right: bool
    score: float


def step_figures(steps: Sequence[ScoredStep], *, seed: int = 0) -> dict[str, Any]:
    """AUC, Brier score and ECE with intervals, and the calibration curve over bins of equal mass."""
    target = np.array([one.is_right for one in steps])
    score = np.array([one.score for one in steps])
    problems = [one.problem for one in steps]
    return {
        "steps": len(steps),
        "problems": len(set(problems)),
        "right_share": round(float(target.mean()), 4),
        "auc": figure(problems, lambda at: auc(target[at], score[at]), seed=seed),
        "brier": figure(problems, lambda at: float(((score[at] - target[at]) ** 2).mean()), seed=seed),
        "ece": figure(problems, lambda at: ece(target[at].astype(float), score[at], bins=BINS), seed=seed),
        "curve": calibration_curve(target.astype(float), score),
    }


def calibration_curve(target: Any, score: Any) -> list[dict[str, float]]:
    """Of each bin the mean score, the share that is right, and how many steps."""
    order = np.argsort(score, kind="stable")
    return [
        {
            "score": round(float(score[part].mean()), 4),
            "right": round(float(target[part].mean()), 4),
            "steps": len(part),
        }
        for part in np.array_split(order, CURVE_BINS)
        if len(part)
    ]
