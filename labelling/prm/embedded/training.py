"""Training: logistic regression while labels are few, a calibrated stack of it and boosted trees once they are many.

scikit-learn is loaded here alone. All folds are by problem: steps of one problem never stand on both sides.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.embedded.examples import Example, data_hash, examples_looked, merged
from labelling.prm.embedded.features import FEATURE_VERSION
from labelling.prm.embedded.grams import BUCKETS, columns
from labelling.prm.embedded.metrics import auc, ece
from labelling.prm.embedded.model import Floats, Linear, Model, calibrated, standardised
from labelling.prm.embedded.trees import Trees, trees_of

FEW: Final = 2000  # labelled steps below which the stack would only learn them by heart
LEAST_PROBLEMS: Final = 4
HEADS: Final = 8
FOLDS: Final = 3
DENSE_SHARE: Final = 0.3  # of a standard deviation, beside grams of unit length: what the penalty sees of a feature
THREADS: Final = 2  # models trained at once; one on two threads is no faster, and far slower on a busy machine
_PIECE_SHARE: Final = 98  # per cent of training steps that stay whole
_LEAST_PIECE: Final = 12  # words
_HALF: Final = 0.5
_STILL: Final = 1e-9  # a deviation below it is none

Report = Callable[[str, int, int], None]  # stage, done, of how many


class TooFewLabels(ValueError):
    """There is not enough to train on; the message says what is missing."""


@dataclass(frozen=True)
class Table:
    """The examples as arrays, a row each. ``problem``: the number of its problem."""

    rows: Floats
    lit: list[NDArray[np.int64]]
    target: NDArray[np.bool_]
    problem: NDArray[np.int64]
    words: NDArray[np.int64]

    def part(self, mask: NDArray[np.bool_]) -> "Table":
        at = np.flatnonzero(mask)
        return Table(self.rows[at], [self.lit[one] for one in at], self.target[at], self.problem[at], self.words[at])


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def table_of(examples: Sequence[Example], report: Report = quiet) -> Table:
    """Look at merged examples. An example is right where its target is at least one half."""
    looked = list(examples_looked(examples, lambda done, total: report("features", done, total)))
    _, problem = np.unique([one.problem for one in examples], return_inverse=True)
    return Table(
        np.array([step.features for step in looked]),
        [columns(step.read.words) for step in looked],
        np.array([one.target >= _HALF for one in examples]),
        problem,
        np.array([len(one.text.split()) for one in examples]),
    )


def train(examples: Sequence[Example], *, seed: int = 0, report: Report = quiet) -> Model:
    """Train on labelled steps. Raises TooFewLabels. ``facts`` tells the data, and AUC and ECE out of fold by problem.

    The same examples, in any order, and the same seed and code give the same model.
    """
    data = merged(examples)
    if not data:
        raise TooFewLabels("There is no labelled step to train on.")
    table = table_of(data, report)
    _check(table)
    model = fit(table, seed=seed, report=report)
    facts = model.facts | {
        "data_sha256": data_hash(data),
        "feature_version": FEATURE_VERSION,
        "code_version": code_version(),
        "seed": seed,
    }
    return Model(model.linear, model.trees, model.heads, model.calibration, model.limit, facts)


def _check(table: Table) -> None:
    problems = table.problem.max() + 1
    if problems < LEAST_PROBLEMS:
        raise TooFewLabels(f"Labels of {problems} problems are too few: {LEAST_PROBLEMS} at least, to hold some back.")
    for value, what in ((True, "right"), (False, "wrong")):
        if len(np.unique(table.problem[table.target == value])) < FOLDS:
            raise TooFewLabels(f"Steps labelled {what} are needed in at least {FOLDS} problems.")


def code_version() -> str:
    """A hash of this package's own source: what features and training were."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def fit(table: Table, *, seed: int, report: Report = quiet) -> Model:
    """Train on a table; calibrated by predictions for problems that the parts had not seen."""
    few = len(table.target) < FEW
    fold = _folds(table.problem, seed)
    raw = np.zeros(len(table.target))
    whole, *folds = _all_parts(table, fold, few=few, seed=seed, report=report)
    for at, parts in enumerate(folds):
        held = fold == at
        raw[held] = parts.raw(table.rows[held], [table.lit[one] for one in np.flatnonzero(held)])
    calibration = _calibration(raw, table.target)
    heads = _heads(table, whole.linear, seed)
    limit = max(_LEAST_PIECE, int(np.percentile(table.words, _PIECE_SHARE)))
    return Model(whole.linear, whole.trees, heads, calibration, limit, _facts(table, raw, calibration, few=few))


def _all_parts(table: Table, fold: NDArray[np.int64], *, few: bool, seed: int, report: Report) -> list[Model]:
    """The parts trained on everything, then those that did not see a fold: two at a time, each on one core."""
    from threadpoolctl import threadpool_limits

    found = []
    with threadpool_limits(1), ThreadPoolExecutor(THREADS) as pool:
        tables = [table, *(table.part(fold != at) for at in range(FOLDS))]
        for parts in pool.map(lambda one: _parts(one, few=few, seed=seed), tables):
            found.append(parts)
            report("fitting", len(found), len(tables))
    return found


def _facts(table: Table, raw: Floats, calibration: tuple[float, float], *, few: bool) -> dict[str, Any]:
    score = 1 / (1 + np.exp(-calibrated(raw, calibration)))
    return {
        "kind": "logistic regression" if few else "stack",
        "steps": len(table.target),
        "problems": int(table.problem.max()) + 1,
        "right_share": round(float(table.target.mean()), 4),
        "auc": round(auc(table.target, score), 4),
        "ece": round(ece(table.target.astype(float), score), 4),
        "measured": f"out of fold by problem, {FOLDS} folds",
    }


def _folds(problem: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(problem.max() + 1)[problem] % FOLDS


def _parts(table: Table, *, few: bool, seed: int) -> Model:
    linear = _dense(table) if few else _with_grams(table)
    return Model(linear, None if few else _trees(table, seed), np.zeros((0, 0)), (1.0, 0.0), 0)


def _scaling(rows: Floats) -> tuple[Floats, Floats]:
    scale = rows.std(axis=0)
    return rows.mean(axis=0), np.where(scale > _STILL, scale, 1.0)


def _dense(table: Table) -> Linear:
    mean, scale = _scaling(table.rows)
    weights, bias = _regression(standardised(table.rows, mean, scale), table.target, penalty=_DENSE_C)
    return Linear(mean, scale, weights, bias, np.zeros(0, dtype=np.float32))


_DENSE_C: Final = 0.02
_GRAMS_C: Final = 0.1


def _regression(rows: Any, target: NDArray[np.bool_], *, penalty: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression  # here: half a second that scoring does not need

    fitted = LogisticRegression(C=penalty, max_iter=1000, tol=1e-3).fit(rows, target)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _with_grams(table: Table) -> Linear:
    from scipy import sparse

    mean, scale = _scaling(table.rows)
    dense = standardised(table.rows, mean, scale) * DENSE_SHARE
    sizes = np.array([len(one) for one in table.lit])
    values = np.repeat(1 / np.sqrt(sizes), sizes)
    lit = sparse.csr_matrix(
        (values, np.concatenate(table.lit), np.concatenate([[0], np.cumsum(sizes)])), shape=(len(sizes), BUCKETS)
    )
    both = sparse.hstack([sparse.csr_matrix(dense), lit]).tocsr()
    weights, bias = _regression(both, table.target, penalty=_GRAMS_C)
    width = dense.shape[1]
    return Linear(mean, scale, weights[:width] * DENSE_SHARE, bias, weights[width:].astype(np.float32))


def _trees(table: Table, seed: int) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=140, max_leaf_nodes=10, learning_rate=0.07, min_samples_leaf=60, l2_regularization=5.0,
        max_features=0.3, early_stopping=False, random_state=seed,
    ).fit(table.rows, table.target)  # fmt: skip
    return trees_of(fitted)


def _calibration(raw: Floats, target: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's: slope and offset that make the parts' mean log-odds a probability."""
    weights, offset = _regression(raw[:, None], target, penalty=100.0)
    return max(0.0, float(weights[0])), offset


def _heads(table: Table, linear: Linear, seed: int) -> Floats:
    """Logistic regressions on draws of whole problems; their disagreement is the spread."""
    random = np.random.default_rng(seed)
    rows = standardised(table.rows, linear.mean, linear.scale)
    problems = table.problem.max() + 1
    heads: list[list[float]] = []
    while len(heads) < HEADS:
        drawn = np.bincount(random.integers(problems, size=problems), minlength=problems)
        at = np.repeat(np.arange(len(rows)), drawn[table.problem])
        if table.target[at].all() or not table.target[at].any():
            continue
        weights, bias = _regression(rows[at], table.target[at], penalty=_DENSE_C)
        heads.append([*weights, bias])
    return np.array(heads)
