"""Training: logistic regression while labels are few, a calibrated stack of it and boosted trees once they are many.

scikit-learn is loaded here alone. All folds are by problem: steps of one problem never stand on both sides.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.corpus.text import problem_key
from labelling.prm.embedded.examples import Example, data_hash, examples_looked, merged
from labelling.prm.embedded.features import FEATURE_VERSION
from labelling.prm.embedded.grams import BUCKETS, Lit
from labelling.prm.embedded.metrics import auc, ece
from labelling.prm.embedded.model import (
    Blocks,
    Floats,
    Grams,
    Linear,
    Model,
    grams_joined,
    grams_of,
    stacked,
    standardised,
)
from labelling.prm.embedded.trees import Trees, trees_of

FEW: Final = 2000  # labelled steps below which the stack would only learn them by heart
LEAST_PROBLEMS: Final = 4
PARTS: Final = 3  # of the stack: linear in words, linear in formulas, trees
CHUNK: Final = 2500  # examples looked at together
HEADS: Final = 8
FOLDS: Final = 3
THREADS: Final = 2  # models trained at once; one on two threads is no faster, and far slower on a busy machine
_DENSE_C, _WORDS_C, _ROLES_C = 0.02, 0.1, 5.0
_DENSE_BY_WORDS, _DENSE_BY_ROLES = 0.3, 0.1
_STACK_C: Final = 100.0
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
    grams: Grams
    target: NDArray[np.bool_]
    problem: NDArray[np.int64]
    words: NDArray[np.int64]

    def part(self, mask: NDArray[np.bool_]) -> "Table":
        at = np.flatnonzero(mask)
        return Table(self.rows[at], self.grams.part(at), self.target[at], self.problem[at], self.words[at])


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def table_of(examples: Sequence[Example], report: Report = quiet) -> Table:
    """Look at merged examples. An example is right where its target is at least one half."""
    rows, grams = _looked_at(examples, report)
    # Texts that differ in white space alone are one problem: never on both sides of a fold.
    numbers: dict[str, int] = {}
    problem = [numbers.setdefault(problem_key(one.problem), len(numbers)) for one in examples]
    return Table(
        rows,
        grams,
        np.array([one.target >= _HALF for one in examples]),
        np.array(problem),
        np.array([len(one.text.split()) for one in examples]),
    )


def _looked_at(examples: Sequence[Example], report: Report) -> tuple[Floats, Grams]:
    """Features and grams, a row each; many examples are looked at by some processes at once."""
    from joblib import Parallel, delayed

    chunks = _chunks(examples)
    parallel = Parallel(n_jobs=THREADS if len(chunks) > 1 else 1, return_as="generator")
    found = []
    report("features", 0, len(examples))
    for looked in parallel(delayed(_look)(chunk) for chunk in chunks):
        found.append(looked)
        report("features", sum(len(rows) for rows, _ in found), len(examples))
    return np.concatenate([rows for rows, _ in found]), grams_joined([grams for _, grams in found])


def _chunks(examples: Sequence[Example]) -> list[Sequence[Example]]:
    """Some thousand examples each, a problem's together: they share contexts."""
    cuts = [0]
    for at in range(1, len(examples)):
        if at - cuts[-1] >= CHUNK and examples[at].problem != examples[at - 1].problem:
            cuts.append(at)
    return [examples[start:end] for start, end in pairwise([*cuts, len(examples)])]


def _look(examples: Sequence[Example]) -> tuple[Floats, Grams]:
    looked = list(examples_looked(examples))
    return np.array([step.features for step in looked]), grams_of(looked)


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
    return replace(model, facts=facts)


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
    whole, *folds = _all_parts(table, fold, few=few, seed=seed, report=report)
    raw = np.zeros((len(table.target), 1 if few else PARTS))
    for at, parts in enumerate(folds):
        held = fold == at
        raw[held] = parts.raw(table.rows[held], table.grams.part(np.flatnonzero(held)))
    stack = _stack(raw, table.target)
    limit = max(_LEAST_PIECE, int(np.percentile(table.words, _PIECE_SHARE)))
    facts = _facts(table, raw, stack, few=few)
    return replace(whole, heads=_heads(table, whole.linear, seed), stack=stack, limit=limit, facts=facts)


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


def _facts(table: Table, raw: Floats, stack: tuple[float, ...], *, few: bool) -> dict[str, Any]:
    score = 1 / (1 + np.exp(-stacked(raw, stack)))
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
    """The parts alone, without what makes them one."""
    if few:
        linear, roles, trees = _linear(table, [], dense=1.0, penalty=_DENSE_C), None, None
    else:
        linear = _linear(table, table.grams.by_words, dense=_DENSE_BY_WORDS, penalty=_WORDS_C)
        roles = _linear(table, table.grams.by_roles, dense=_DENSE_BY_ROLES, penalty=_roles_penalty(len(table.target)))
        trees = _trees(table, seed)
    return Model(linear, roles, trees, np.zeros((0, 0)), (), 0)


def _roles_penalty(steps: int) -> float:
    """Made-up labels are few and sure, people's many and doubtful: found on PRM800K's first fold and the demo world."""
    return float(_ROLES_C * np.sqrt(FEW / max(steps, FEW)))


def _scaling(rows: Floats) -> tuple[Floats, Floats]:
    scale = rows.std(axis=0)
    return rows.mean(axis=0), np.where(scale > _STILL, scale, 1.0)


def _linear(table: Table, blocks: Blocks, *, dense: float, penalty: float) -> Linear:
    """``dense``: what the penalty sees of a standard deviation of a feature, beside grams of unit length."""
    from scipy import sparse

    mean, scale = _scaling(table.rows)
    rows = standardised(table.rows, mean, scale) * dense
    if not blocks:
        weights, bias = _regression(rows, table.target, penalty=penalty)
        return Linear(mean, scale, weights * dense, bias, np.zeros(0, dtype=np.float32))
    both = sparse.hstack([sparse.csr_matrix(rows), sum(_sparse(weight, lit) for weight, lit in blocks)]).tocsr()
    weights, bias = _regression(both, table.target, penalty=penalty)
    width = rows.shape[1]
    return Linear(mean, scale, weights[:width] * dense, bias, weights[width:].astype(np.float32))


def _sparse(weight: float, lit: Lit) -> Any:
    from scipy import sparse

    sizes = lit.sizes
    values = np.repeat(weight / np.sqrt(np.maximum(sizes, 1)), sizes)
    return sparse.csr_matrix((values, lit.columns, lit.starts), shape=(len(sizes), BUCKETS))


def _regression(rows: Any, target: NDArray[np.bool_], *, penalty: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression  # here: half a second that scoring does not need

    fitted = LogisticRegression(C=penalty, max_iter=1000, tol=1e-3).fit(rows, target)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _trees(table: Table, seed: int) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=140, max_leaf_nodes=10, learning_rate=0.07, min_samples_leaf=60, l2_regularization=5.0,
        max_features=0.3, early_stopping=False, random_state=seed,
    ).fit(table.rows, table.target)  # fmt: skip
    return trees_of(fitted)


def _stack(raw: Floats, target: NDArray[np.bool_]) -> tuple[float, ...]:
    """Weights and offset that make the parts' log-odds a probability; a part that only misleads gets none."""
    weights, used = np.zeros(raw.shape[1]), np.arange(raw.shape[1])
    offset = 0.0
    while len(used):
        weights[used], offset = _regression(raw[:, used], target, penalty=_STACK_C)
        if (weights >= 0).all():
            break
        used = used[weights[used] >= 0]
        weights = np.where(np.isin(np.arange(len(weights)), used), weights, 0.0)
    return (*weights.tolist(), offset)


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
