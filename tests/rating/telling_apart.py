"""Can somebody who sees everything that a rater's browser receives tell gold from normal items? A classifier tries.

Features are made by rule out of every response that has to do with an item (the one that brings it, the answers to its
draft and its submit): each header, each leaf of the JSON, sizes, times, the item's place; each of them raw, against the
item before, and as a rank within the session. Nothing is chosen by hand, so nothing is left out by hand either.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import GroupKFold

FOLDS = 3
TREES = 100
BINS = 48  # of words, by their hash
DRAWS = range(2_000)
ABSENT = -1.0
LARGEST = 1e12

Floats = NDArray[np.float64]
Features = dict[str, float]


@dataclass
class Response:
    """What came back from one request. ``at``: the wall clock when it did; ``body``: the JSON, {} for none."""

    status: int
    headers: list[tuple[str, str]]
    body: dict[str, Any]
    size: int
    seconds: float
    at: float


@dataclass
class Seen:
    """One item in the order in which a rater met it. ``submitted`` without the next item, which is seen by itself."""

    is_gold: bool
    lease: dict[str, Any]
    brought: Response
    drafted: Response
    submitted: Response


@dataclass
class Session:
    """A rater's items, in order. ``group``: no campaign may be both learned from and tested on, nor a rater."""

    group: int
    items: list[Seen]


@dataclass(frozen=True)
class Told:
    """How well the classifier tells gold from normal among raters it has not learned from; 95 % by bootstrap."""

    auc: float
    low: float
    high: float

    @property
    def is_guessing(self) -> bool:
        return self.low <= 0.5 <= self.high


def tell_apart(sessions: Sequence[Session]) -> Told:
    """Cross-validated by group; scores count by their rank within a session, as a rater would use them."""
    rows = [row for session in sessions for row in session_features(session)]
    names = sorted({name for row in rows for name in row})
    table = np.array([[row.get(name, ABSENT) for name in names] for row in rows])
    target = np.array([item.is_gold for session in sessions for item in session.items])
    group = np.array([session.group for session in sessions for _ in session.items])
    owner = np.array([at for at, session in enumerate(sessions) for _ in session.items])
    score = np.zeros(len(rows))
    for learn, test in GroupKFold(FOLDS).split(table, target, group):
        trees = ExtraTreesClassifier(TREES, max_features=0.4, class_weight="balanced", random_state=0)
        score[test] = trees.fit(table[learn], target[learn]).predict_proba(table[test])[:, 1]
    parts = [owner == at for at in range(len(sessions))]
    return _judged([target[part] for part in parts], [score[part] for part in parts])


def _judged(targets: Sequence[NDArray[np.bool_]], scores: Sequence[Floats]) -> Told:
    """The mean of the sessions' AUCs; for the interval sessions are drawn again, and golds and normal items in each."""
    chance = np.random.default_rng(0)
    wins = [_wins(target, score) for target, score in zip(targets, scores, strict=True)]
    drawn = [np.mean([_redrawn(wins[at], chance) for at in chance.integers(len(wins), size=len(wins))]) for _ in DRAWS]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Told(float(np.mean([one.mean() for one in wins])), float(low), float(high))


def _wins(target: NDArray[np.bool_], score: Floats) -> Floats:
    """For each gold and each normal item, whether the gold scores higher: their mean is the AUC."""
    gold, normal = score[target][:, None], score[~target][None, :]
    return np.asarray((gold > normal) + 0.5 * (gold == normal))


def _redrawn(wins: Floats, chance: np.random.Generator) -> float:
    golds, normal = (chance.integers(size, size=size) for size in wins.shape)
    return float(wins[np.ix_(golds, normal)].mean())


def session_features(session: Session) -> list[Features]:
    """One row an item: each raw feature, its change since the item before, its rank among the session's items."""
    raw = [dict(_item_features(item, place)) for place, item in enumerate(session.items)]
    names = sorted({name for row in raw for name in row})
    table = np.array([[row.get(name, ABSENT) for name in names] for row in raw])
    ranks = rankdata(table, axis=0) / len(raw)
    changes = np.vstack([np.zeros(len(names)), *(after - before for before, after in pairwise(table))])
    made = []
    for row, change, rank in zip(raw, changes, ranks, strict=True):
        changed = {f"{name} (change)": value for name, value in zip(names, change, strict=True)}
        ranked = {f"{name} (rank)": value for name, value in zip(names, rank, strict=True)}
        made.append(row | changed | ranked)
    return made


def _item_features(item: Seen, place: int) -> Iterator[tuple[str, float]]:
    yield "place", place
    yield f"place {place}", 1.0
    yield from _leaves("lease", item.lease, item.brought.at)
    words = Counter(zlib.crc32(word.encode()) % BINS for word in json.dumps(item.lease).split())
    for word, count in words.items():
        yield f"words {word}", count
    for name, response in (("brought", item.brought), ("drafted", item.drafted), ("submitted", item.submitted)):
        yield f"{name}: status", response.status
        yield f"{name}: size", response.size
        yield f"{name}: seconds", response.seconds
        yield from _leaves(f"{name}: body", response.body, response.at)
        for at, (header, value) in enumerate(response.headers):
            yield f"{name}: place of {header}", at
            yield from _leaves(f"{name}: {header}", value, response.at)


def _leaves(path: str, value: Any, at: float) -> Iterator[tuple[str, float]]:
    """Every leaf of a JSON value in numbers: what it says where that is a number, time or id; its length and hash."""
    if isinstance(value, Mapping):
        yield f"{path}: keys", len(value)
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner, at)
    elif isinstance(value, list):
        yield f"{path}: entries", len(value)
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner, at)
    elif isinstance(value, str):
        yield from _text(path, value, at)
    else:
        yield path, ABSENT - 1 if value is None else float(value)


def _text(path: str, text: str, at: float) -> Iterator[tuple[str, float]]:
    yield f"{path}: length", len(text)
    yield f"{path}: hash", zlib.crc32(text.encode()) % 1009
    for read in (_number, _identifier, lambda value: [datetime.fromisoformat(value).timestamp() - at]):
        try:
            values = read(text)
        except ValueError:
            continue
        yield from ((f"{path}: value {place}", value) for place, value in enumerate(values))
        return


def _number(text: str) -> list[float]:
    value = float(text)
    if abs(value) > LARGEST:  # what looks like 9e999 is text
        raise ValueError
    return [value]


def _identifier(text: str) -> list[float]:
    """In four parts: the whole would be too large a number to keep all of its digits."""
    whole = UUID(text).int
    return [float(whole >> shift & 0xFFFFFFFF) for shift in (96, 64, 32, 0)]
