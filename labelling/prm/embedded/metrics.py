"""How good scores are: whether right steps come before wrong ones (AUC), and whether a score is a probability (ECE)."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS: Final = 15


def auc(target: NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve; ties count one half. NaN where there is one class only."""
    right, wrong = int(target.sum()), int((~target).sum())
    if not right or not wrong:
        return float("nan")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return float((rank[place[target]].sum() - right * (right + 1) / 2) / (right * wrong))


def ece(target: Floats, score: Floats, *, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass: the mean distance of score and share that is right."""
    order = np.argsort(score, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(part) * abs(score[part].mean() - target[part].mean()) for part in parts) / len(score))


def bootstrap(
    problems: Sequence[str] | NDArray[np.int64],
    figure: Callable[[NDArray[np.int64]], float],
    *,
    seed: int,
    draws: int = 500,
) -> tuple[float, float]:
    """The 95 % interval of ``figure(rows)`` over draws of whole problems, as steps of one problem are alike."""
    _, group = np.unique(np.asarray(problems), return_inverse=True)
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group))[:-1])
    random = np.random.default_rng(seed)
    found = [
        figure(np.concatenate([members[at] for at in random.integers(len(members), size=len(members))]))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)
