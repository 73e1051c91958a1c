"""One batch, one transaction: a killed import leaves whole batches, and importing again adds just the rest."""

import logging
import random
import time
from collections.abc import Callable
from typing import Protocol, Self, TypeVar

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from labelling.corpus.importers.records import Record
from labelling.corpus.services.batches import Batch, Entry, Outcome, Placed
from labelling.corpus.services.problems import problems_store
from labelling.corpus.services.samples import alternatives_store, samples_store
from labelling.corpus.services.scores import scores_store

logger = logging.getLogger(__name__)

LOCK_CLASS = 7302  # any constant: keeps importers apart from other advisory locks
ATTEMPTS = 5
PASSING = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation)

# Importers take turns, a batch each: so what is not known stays unknown until it is added, and nobody waits in a ring.
TURN_SQL = "SELECT pg_advisory_xact_lock(%s, 0)"
# New tables have no statistics, and the planner would read them whole for every batch.
PLANS_SQL = ";".join(f"SET LOCAL enable_{way} = off" for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"))
POOL_SQL = """
INSERT INTO corpus_poolentry (campaign, problem_id) SELECT %s, * FROM unnest(%s::bigint[])
ON CONFLICT (campaign, problem_id) DO NOTHING
"""
PROGRESS_SQL = """
UPDATE corpus_importbatch
SET lines = lines + %s, samples_added = samples_added + %s, samples_known = samples_known + %s WHERE id = %s
"""
FILLED = ("corpus_problem", "corpus_solution", "corpus_sample", "corpus_recordedscore", "corpus_poolentry")


def statistics_refresh(*others: str) -> None:
    """Let the planner know of many new rows now, in ``others`` too: whoever comes next does not wait for autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join((*FILLED, *others))}")


class HasHalves(Protocol):
    """A batch that can be stored in parts."""

    @property
    def records(self) -> int: ...

    def halves(self) -> tuple[Self, Self]: ...


class AddsUp(Protocol):
    def add(self, other: Self) -> None: ...


AnyBatch = TypeVar("AnyBatch", bound=HasHalves)
Total = TypeVar("Total", bound=AddsUp)


def batch_store(*, batch: Batch, import_id: int, campaign: str) -> Outcome:
    """Store a batch whole. Records that the database will not have are refused alone, with its reason."""

    def store(part: Batch) -> Outcome:
        return _store(part, import_id, campaign)

    return store_whole_or_halves(batch, store, _refused)


def store_whole_or_halves(
    batch: AnyBatch, store: Callable[[AnyBatch], Total], refuse: Callable[[AnyBatch, str], Total]
) -> Total:
    """``store`` a batch in one transaction, or where the database refuses that its halves; ``refuse`` what is one."""
    try:
        return _with_retries(lambda: store(batch))
    except (DataError, IntegrityError, OperationalError, UnicodeEncodeError) as error:
        if _is_lost(error):
            raise
        if batch.records == 1:
            return refuse(batch, f"the database refuses it: {str(error).splitlines()[0]}")
    first, second = (store_whole_or_halves(half, store, refuse) for half in batch.halves())
    first.add(second)
    return first


def _is_lost(error: Exception) -> bool:
    """Say whether the database, not a record, is the reason; a record over one of its limits is operational too."""
    return isinstance(error, OperationalError) and not isinstance(error.__cause__, errors.ProgramLimitExceeded)


def _refused(batch: Batch, reason: str) -> Outcome:
    outcome = Outcome()
    entries: list[Entry[Record]] = [*batch.samples, *batch.scores]
    for entry in entries:
        outcome.refuse(entry, reason)
    return outcome


def _with_retries(store: Callable[[], Total]) -> Total:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return store()
        except (IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, PASSING):
                raise
            logger.info("A batch of an import is tried again: %s", error)
            time.sleep(random.uniform(0, 0.1 * attempt))  # noqa: S311  apart in time, not secret
    raise AssertionError("the last attempt returns or raises")


@transaction.atomic
def _store(batch: Batch, import_id: int, campaign: str) -> Outcome:
    outcome, now = Outcome(), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(PLANS_SQL)
        cursor.execute(TURN_SQL, [LOCK_CLASS])
    placed = problems_store(batch.samples, outcome, now)
    samples = samples_store(placed, import_id, outcome, now)
    alternatives_store(samples, outcome)
    scores_store(samples, batch.scores, outcome)
    if campaign:
        _pool(samples, campaign, outcome)
    counts = outcome.counts
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS_SQL, [batch.lines, counts.samples_added, counts.samples_known, import_id])
    return outcome


def _pool(samples: list[Placed], campaign: str, outcome: Outcome) -> None:
    with connection.cursor() as cursor:
        cursor.execute(POOL_SQL, [campaign, sorted({sample.problem_id for sample in samples})])
        outcome.counts.pool_added += cursor.rowcount
