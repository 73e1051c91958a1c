"""The embedded PRM on people's labels: PRM800K phase 1 five-fold by problem, then ProcessBench GSM8K unseen.

Positive: rating ≥ 0; null ratings dropped; a step rated more than once counts once, by its mean.
"""

import ast
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.kit import needs, run, say
from labelling.prm.embedded.examples import Example, Places, merged
from labelling.prm.embedded.metrics import auc, bootstrap, ece
from labelling.prm.embedded.model import Floats, Model
from labelling.prm.embedded.training import Table, fit, table_of

FOLDS = 5
SEED = 0


@dataclass
class Scored:
    """Labelled steps with their scores; ``problem``: what the bootstrap draws."""

    target: NDArray[np.bool_]
    score: Floats
    problem: NDArray[Any]

    def auc(self) -> float:
        return auc(self.target, self.score)

    def ece(self) -> float:
        return ece(self.target.astype(float), self.score)

    def intervals(self) -> dict[str, list[float]]:
        """95 %, by bootstrap over problems."""
        found = {
            "auc": bootstrap(self.problem, lambda at: auc(self.target[at], self.score[at]), seed=SEED),
            "ece": bootstrap(self.problem, lambda at: ece(self.target[at].astype(float), self.score[at]), seed=SEED),
        }
        return {name: [round(low, 4), round(high, 4)] for name, (low, high) in found.items()}


def prm800k(path: Path, *, problems: int | None = None) -> list[Example]:
    """PRM800K phase 1 as merged examples, of the first so many problems."""
    import pyarrow.parquet as pq

    columns = ["instruction", "responses", "next_response", "rating"]
    rows = pq.read_table(path, columns=columns).to_pylist()
    keep = set(list(dict.fromkeys(row["instruction"] for row in rows))[:problems])
    return merged(
        [
            Example(row["instruction"], _before(row["responses"]), row["next_response"], float(row["rating"] >= 0))
            for row in rows
            if row["rating"] is not None and row["instruction"] in keep
        ]
    )


def _before(responses: Any) -> tuple[str, ...]:
    return tuple(ast.literal_eval(responses) if isinstance(responses, str) else responses)


def cross_validated(
    table: Table, examples: Sequence[Example], *, folds: int = FOLDS
) -> tuple[Scored, list[float], list[float]]:
    """Scores of each fold's problems by a model that never saw them; each fold's AUC and ECE."""
    fold = np.random.default_rng(SEED).permutation(table.problem.max() + 1)[table.problem] % folds
    score = np.zeros(len(examples))
    aucs, eces = [], []
    for at in range(folds):
        held = fold == at
        model = fit(table.part(~held), seed=SEED)
        score[held] = _scores(
            model, table.part(held), [one for one, is_held in zip(examples, held, strict=True) if is_held]
        )
        part = Scored(table.target[held], score[held], table.problem[held])
        aucs.append(part.auc())
        eces.append(part.ece())
        say(f"fold {at + 1}: AUC {aucs[-1]:.4f}, ECE {eces[-1]:.4f}")
    return Scored(table.target, score, table.problem), aucs, eces


def _scores(model: Model, table: Table, examples: Sequence[Example]) -> Floats:
    """As scoring does: steps longer than a piece are looked at anew, in pieces."""
    log_odds = model.log_odds_of(table.rows, table.grams)
    scores = 1 / (1 + np.exp(-log_odds))
    for at in np.flatnonzero(table.words > model.limit):
        one = examples[int(at)]
        places = Places(one.problem, model.limit)
        looked, _ = places.look(one.text, places.after(one.before))
        scores[at] = np.exp(-np.logaddexp(0, -model.log_odds(looked)).sum())
    return np.asarray(scores, dtype=np.float64)


def process_bench(path: Path, model: Model) -> tuple[Scored, float, float]:
    """Steps up to the first error, scored; steps a second, by the clock and by processor time."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    began, used = time.perf_counter(), time.process_time()
    answers = model.score([(row["problem"], row["steps"]) for row in rows])
    seconds, used = time.perf_counter() - began, time.process_time() - used
    steps = sum(map(len, answers))
    target: list[bool] = []
    score: list[float] = []
    problem: list[str] = []
    for row, answer in zip(rows, answers, strict=True):
        end = row["label"] + 1 if row["label"] >= 0 else len(answer)
        target += [at != row["label"] for at in range(end)]
        score += answer[:end]
        problem += [row["problem"]] * end
    return Scored(np.array(target), np.array(score), np.array(problem)), steps / seconds, steps / used


def processor_seconds() -> float:
    """Used by this process and those that work for it."""
    here = psutil.Process()
    times = [one.cpu_times() for one in (here, *here.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def measure() -> dict[str, Any]:
    """Every figure. ``auc``: the mean of the folds. ``ece``: of all held-out scores together; a fold's own is larger by
    its noise: 180 problems are right more or less often than the others, which no calibration can foresee."""
    examples = prm800k(needs("prm800k_phase1", "phase1_train_plus.stepwise-critic.parquet"))
    bench = needs("processbench", "gsm8k.json")
    say(f"{len(examples):,} steps; features …")
    began, used = time.perf_counter(), processor_seconds()
    table = table_of(examples)
    model = fit(table, seed=SEED)
    seconds, used = time.perf_counter() - began, processor_seconds() - used
    say(f"trained in {seconds:.0f} s ({used:.0f} s of processor time)")
    unseen, rate, processor_rate = process_bench(bench, model)
    known, aucs, eces = cross_validated(table, examples)
    inside, outside = known.intervals(), unseen.intervals()
    return {
        "steps": len(examples),
        "problems": len(set(table.problem.tolist())),
        "auc": round(float(np.mean(aucs)), 4),
        "auc_interval": inside["auc"],
        "ece": round(known.ece(), 4),
        "ece_interval": inside["ece"],
        "ece_mean_of_folds": round(float(np.mean(eces)), 4),
        "auc_of_folds": [round(one, 4) for one in aucs],
        "ece_of_folds": [round(one, 4) for one in eces],
        "processbench_gsm8k_auc": round(unseen.auc(), 4),
        "processbench_gsm8k_auc_interval": outside["auc"],
        "processbench_gsm8k_ece": round(unseen.ece(), 4),
        "processbench_gsm8k_ece_interval": outside["ece"],
        "train_seconds": round(seconds, 1),
        "train_processor_seconds": round(used, 1),
        "steps_per_second": round(rate),
        "steps_per_processor_second": round(processor_rate),
    }


if __name__ == "__main__":
    run("embedded_prm", lambda _: measure())
