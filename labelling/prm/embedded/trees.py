"""Gradient-boosted trees as plain arrays: taken from scikit-learn once trained, worked out by NumPy alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trees:
    """Arrays of shape (trees, nodes). A leaf is its own child, so that a row rests there; ``depth``: of the deepest.

    ``base`` is the log-odds that the trees' values are added to.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    base: float
    depth: int

    def log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (rows,): one row's figure doesn't depend on the others of the batch, to the last bit."""
        count, width = self.value.shape
        first = np.arange(count) * width  # of each tree's nodes, in the arrays laid flat: take() there is the fastest
        begins = np.arange(len(rows))[:, None] * rows.shape[1]
        at = np.broadcast_to(first, (len(rows), count))
        for _ in range(self.depth):
            goes_left = rows.take(begins + self.feature.take(at)) <= self.threshold.take(at)
            at = first + np.where(goes_left, self.left.take(at), self.right.take(at))
        total: NDArray[np.float64] = self.base + self.value.take(at).sum(axis=1)
        return total


def trees_of(fitted: Any) -> Trees:
    """Export a fitted HistGradientBoostingClassifier for two classes, without missing values or categories.

    scikit-learn has no public way to its nodes; a test holds this equal to its own ``predict_proba``.
    """
    nodes = [predictors[0].nodes for predictors in fitted._predictors]
    width = max(map(len, nodes))
    stay = np.tile(np.arange(width, dtype=np.int32), (len(nodes), 1))
    feature, left, right = np.zeros_like(stay), stay.copy(), stay.copy()
    threshold, value = np.zeros(stay.shape), np.zeros(stay.shape)
    for at, tree in enumerate(nodes):
        inner = np.flatnonzero(tree["is_leaf"] == 0)
        feature[at, inner] = tree["feature_idx"][inner]
        threshold[at, inner] = tree["num_threshold"][inner]
        left[at, inner], right[at, inner] = tree["left"][inner], tree["right"][inner]
        value[at, : len(tree)] = tree["value"]
    depth = max(int(tree["depth"].max()) for tree in nodes)
    base = float(np.ravel(fitted._baseline_prediction)[0])
    return Trees(feature, threshold, left, right, value, base, depth)
