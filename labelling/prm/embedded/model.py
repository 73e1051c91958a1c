"""The trained model: arrays in, P(step is not an error) out. NumPy alone; scikit-learn only trains."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.embedded.examples import Places
from labelling.prm.embedded.features import Step
from labelling.prm.embedded.grams import Lit, joined, lit, word_hashes
from labelling.prm.embedded.trees import Trees

Floats = NDArray[np.float64]
Blocks = Sequence[tuple[float, Lit]]
_FORMULA_WEIGHT: Final = 2.0  # beside runs of words: what the penalty sees of a formula
CLIP: Final = 4.0  # standard deviations
_SURE: Final = 30.0  # log-odds beyond which nothing changes
_PIECES: Final = 64  # of one step that are looked at by the model at most


@dataclass(frozen=True, slots=True)
class Grams:
    """What steps light, a row each: ``words`` by their text; ``runs`` and ``formulas`` by their numbers' roles."""

    words: Lit
    runs: Lit
    formulas: Lit

    def part(self, at: NDArray[np.int64]) -> "Grams":
        """These rows alone."""
        return Grams(self.words.part(at), self.runs.part(at), self.formulas.part(at))

    @property
    def by_words(self) -> Blocks:
        return [(1.0, self.words)]

    @property
    def by_roles(self) -> Blocks:
        return [(1.0, self.runs), (_FORMULA_WEIGHT, self.formulas)]


def grams_of(steps: Sequence[Step]) -> Grams:
    """What steps that were looked at light."""
    return Grams(
        lit([word_hashes(step.read.words) for step in steps], longest=2),
        lit([step.roles.words for step in steps], longest=3),
        lit([step.roles.formulas for step in steps]),
    )


NO_GRAMS: Final = grams_of(())


def grams_joined(parts: Sequence[Grams]) -> Grams:
    """One after another."""
    return Grams(*(joined([getattr(part, name) for part in parts]) for name in ("words", "runs", "formulas")))


@dataclass(frozen=True, slots=True)
class Linear:
    """Log-odds linear in the standardised features, and in the grams where ``grams`` isn't empty."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    grams: NDArray[np.float32]

    def log_odds(self, rows: Floats, blocks: Blocks) -> Floats:
        """Shape (rows,). ``blocks``: weight and grams, a row each."""
        total = (standardised(rows, self.mean, self.scale) * self.weights).sum(axis=1) + self.bias
        if len(self.grams):
            for weight, block in blocks:
                total += weight * block.sums(self.grams)
        return np.asarray(total, dtype=np.float64)


def standardised(rows: Floats, mean: Floats, scale: Floats) -> Floats:
    """Rows by the training rows' mean and deviation, cut at CLIP so that no odd text runs away with the score."""
    return np.clip((rows - mean) / scale, -CLIP, CLIP)


@dataclass(frozen=True, slots=True)
class Model:
    """``linear``: features and words. ``roles``: features and formulas by their numbers' roles, or None as ``trees``.

    ``stack``: a weight for each part's log-odds, then the offset. ``heads``: a row each, weights and bias.

    ``facts``: what is told of its training. ``limit``: words of a piece (see ``examples.pieces``).
    """

    linear: Linear
    roles: Linear | None
    trees: Trees | None
    heads: Floats
    stack: tuple[float, ...]
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
        grams = grams_of(parts) if len(self.linear.grams) else NO_GRAMS  # few labels: a model of features alone
        return self.log_odds_of(np.array([step.features for step in parts]), grams)

    def log_odds_of(self, rows: Floats, grams: Grams) -> Floats:
        """Calibrated log-odds of features (a row each) and grams."""
        return stacked(self.raw(rows, grams), self.stack)

    def raw(self, rows: Floats, grams: Grams) -> Floats:
        """The parts' log-odds before they are stacked, shape (rows, parts)."""
        found = [self.linear.log_odds(rows, grams.by_words)]
        if self.roles is not None:
            found.append(self.roles.log_odds(rows, grams.by_roles))
        if self.trees is not None:
            found.append(self.trees.log_odds(rows))
        return np.stack(found, axis=1)

    def _deviation(self, parts: Sequence[Step]) -> Floats:
        rows = standardised(np.array([step.features for step in parts]), self.linear.mean, self.linear.scale)
        each = np.array([(rows * head[:-1]).sum(axis=1) + head[-1] for head in self.heads])
        return np.asarray((1 / (1 + np.exp(-np.clip(each, -_SURE, _SURE)))).std(axis=0), dtype=np.float64)


def stacked(raw: Floats, stack: Sequence[float]) -> Floats:
    """Log-odds of the parts (rows, parts) as one calibrated figure, kept within what a float tells from certainty."""
    total = stack[-1] + sum(weight * raw[:, at] for at, weight in enumerate(stack[:-1]))
    return np.clip(np.asarray(total, dtype=np.float64), -_SURE, _SURE)


def _looked(problem: str, steps: Sequence[str], limit: int) -> list[list[Step]]:
    places, found = Places(problem, limit), []
    context = places.after(())
    for text in steps:
        looked, context = places.look(text, context)
        found.append(looked[:_PIECES])
    return found
