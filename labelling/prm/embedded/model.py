"""The trained model: arrays in, P(step is not an error) out. NumPy alone; scikit-learn only trains."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.embedded.examples import Places
from labelling.prm.embedded.features import Step
from labelling.prm.embedded.grams import columns
from labelling.prm.embedded.trees import Trees

Floats = NDArray[np.float64]
CLIP: Final = 4.0  # standard deviations
_SURE: Final = 30.0  # log-odds beyond which nothing changes
_PIECES: Final = 64  # of one step that are looked at by the model at most


@dataclass(frozen=True, slots=True)
class Linear:
    """Log-odds linear in the standardised features, and in the grams where ``grams`` isn't empty."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    grams: NDArray[np.float32]

    def log_odds(self, rows: Floats, lit: Sequence[NDArray[np.int64]]) -> Floats:
        dense = standardised(rows, self.mean, self.scale)
        total = (dense * self.weights).sum(axis=1) + self.bias
        if len(self.grams):
            total += np.array([float(self.grams[one].sum(dtype=np.float64)) / len(one) ** 0.5 for one in lit])
        return np.asarray(total, dtype=np.float64)


def standardised(rows: Floats, mean: Floats, scale: Floats) -> Floats:
    """Rows by the training rows' mean and deviation, cut at CLIP so that no odd text runs away with the score."""
    return np.clip((rows - mean) / scale, -CLIP, CLIP)


@dataclass(frozen=True, slots=True)
class Model:
    """``calibration``: (slope, offset) on the mean log-odds of the parts. ``heads``: a row each, weights and bias.

    ``facts``: what is told of its training. ``limit``: words of a piece (see ``examples.pieces``).
    """

    linear: Linear
    trees: Trees | None
    heads: Floats
    calibration: tuple[float, float]
    limit: int
    facts: dict[str, Any] = field(default_factory=dict)

    def score(self, solutions: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[float, ...]]:
        """For each (problem, steps) one probability a step."""
        return [tuple(scores.tolist()) for scores in self._by_step(solutions, self._log_probability, np.add, np.exp)]

    def spread(self, solutions: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[float, ...]]:
        """How far the bootstrap heads lie apart on each step: their probabilities' standard deviation, in [0, .5].

        A step's most doubtful piece counts.
        """
        return [tuple(found.tolist()) for found in self._by_step(solutions, self._deviation, np.maximum, np.asarray)]

    def _by_step(self, solutions: Any, figure: Any, gather: Any, finish: Any) -> list[Floats]:
        looked = [_looked(problem, steps, self.limit) for problem, steps in solutions]
        parts = [step for solution in looked for step_pieces in solution for step in step_pieces]
        if not parts:
            return [np.zeros(0) for _ in looked]
        figures = figure(parts)
        sizes = [len(step_pieces) for solution in looked for step_pieces in solution]
        steps = finish(gather.reduceat(figures, np.cumsum([0, *sizes[:-1]])))
        return np.split(steps, np.cumsum([len(solution) for solution in looked])[:-1])

    def _log_probability(self, parts: Sequence[Step]) -> Floats:
        return np.asarray(-np.logaddexp(0, -self.log_odds(parts)), dtype=np.float64)

    def log_odds(self, parts: Sequence[Step]) -> Floats:
        """Calibrated log-odds of pieces looked at."""
        rows = np.array([step.features for step in parts])
        lit = [columns(step.read.words) for step in parts] if len(self.linear.grams) else []
        return self.log_odds_of(rows, lit)

    def log_odds_of(self, rows: Floats, lit: Sequence[NDArray[np.int64]]) -> Floats:
        """Calibrated log-odds of features (a row each) and lit columns."""
        return calibrated(self.raw(rows, lit), self.calibration)

    def raw(self, rows: Floats, lit: Sequence[NDArray[np.int64]]) -> Floats:
        """The mean of the parts' log-odds, before calibration."""
        linear = self.linear.log_odds(rows, lit)
        return linear if self.trees is None else (linear + self.trees.log_odds(rows)) / 2

    def _deviation(self, parts: Sequence[Step]) -> Floats:
        rows = standardised(np.array([step.features for step in parts]), self.linear.mean, self.linear.scale)
        each = np.array([(rows * head[:-1]).sum(axis=1) + head[-1] for head in self.heads])
        return np.asarray((1 / (1 + np.exp(-np.clip(each, -_SURE, _SURE)))).std(axis=0), dtype=np.float64)


def calibrated(raw: Floats, calibration: tuple[float, float]) -> Floats:
    """Log-odds after calibration, kept within what a float tells from certainty."""
    return np.clip(calibration[0] * raw + calibration[1], -_SURE, _SURE)


def _looked(problem: str, steps: Sequence[str], limit: int) -> list[list[Step]]:
    places, found = Places(problem, limit), []
    context = places.after(())
    for text in steps:
        looked, context = places.look(text, context)
        found.append(looked[:_PIECES])
    return found
