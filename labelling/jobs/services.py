"""Making, running and finding again jobs. A running job holds an advisory lock: the kernel's word that it lives."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from labelling.jobs.locks import HELD_SQL, lock_held
from labelling.jobs.models import UNFINISHED, Job, JobState
from labelling.people.models import User

logger = logging.getLogger(__name__)

MOST_STARTS = 20  # a job that kills its worker each time must not come back for ever
LOCK_CLASS = 7301  # any constant: keeps job ids apart from other advisory locks


class JobStopped(Exception):
    """A person stopped the job, or deleted its row: whatever runs it leaves off. What is committed stays."""


class JobPassedOn(Exception):
    """This process can't do the job, another may: it waits again, and says why."""


def job_create(
    *,
    kind: str,
    task: str,
    params: Mapping[str, object],
    total: int | None = None,
    user: User | None = None,
    stoppable: bool = False,
) -> Job:
    """``stoppable``: a person may stop it, at its next report of progress; for work that is committed bit by bit."""
    return Job.objects.create(
        kind=kind, task=task, params=dict(params), total=total, created_by=user, stoppable=stoppable
    )


def job_stop(*, job_id: int, kind: str | None = None) -> bool:
    """Stop a job (of that kind) that waits or runs; False where there is no such one that may be stopped."""
    stoppable = Job.objects.filter(pk=job_id, stoppable=True, state__in=UNFINISHED)
    if kind is not None:
        stoppable = stoppable.filter(kind=kind)
    return stoppable.update(state=JobState.STOPPED, finished_at=timezone.now()) > 0


@dataclass
class Progress:
    """A running job's handle: its parameters, and where it says how far it has come."""

    job: Job

    def report(self, *, done: int, total: int | None = None, message: str = "") -> None:
        """Set the figures; ``done`` never passes ``total`` (the total grows with it). Raises JobStopped."""
        self.job.done = done
        self.job.total = None if total is None else max(done, total)
        self.job.message = message
        going_on = Job.objects.filter(pk=self.job.pk).exclude(state=JobState.STOPPED)
        if not going_on.update(done=done, total=self.job.total, message=message):
            raise JobStopped(f"Job {self.job.pk} was stopped.")

    def tell(self, done: int, total: int, message: str) -> None:
        """``report`` for those who are handed a function to tell their progress by."""
        self.report(done=done, total=total, message=message)


@contextmanager
def job_run(*, job_id: int) -> Iterator[Progress | None]:
    """Run a job's body. Yields None where there is nothing to do: finished, unknown, or running elsewhere.

    A lost database leaves the job unfinished for the sweep; a stop ends it quietly; passed on it waits; any other error
    marks it failed, and goes on up.
    """
    with lock_held(LOCK_CLASS, job_id) as got:
        if not got:
            yield None
            return
        job = Job.objects.filter(pk=job_id, state__in=UNFINISHED).first()
        if job is None:
            yield None
            return
        if job.starts >= MOST_STARTS:
            _finished(job, JobState.FAILED, error=f"Started {job.starts} times and never ended: see the worker's log.")
            yield None
            return
        if not _started(job):
            yield None
            return
        try:
            yield Progress(job)
        except (OperationalError, InterfaceError):
            raise
        except JobStopped:
            logger.info("Job %s (%s) was stopped at %s.", job.pk, job.kind, job.done)
            return
        except JobPassedOn as reason:
            logger.warning("Job %s (%s) waits for another node: %s", job.pk, job.kind, reason)
            _waiting_again(job, str(reason))
            return
        except Exception as error:
            _finished(job, JobState.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        _finished(job, JobState.DONE)


def _started(job: Job) -> bool:
    """False where somebody has stopped it meanwhile."""
    job.state = JobState.RUNNING
    job.starts += 1
    job.started_at = job.started_at or timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state__in=UNFINISHED)
    return waiting.update(state=job.state, starts=job.starts, started_at=job.started_at) > 0


def _waiting_again(job: Job, why: str) -> None:
    """The sweep sends it again."""
    running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
    running.update(state=JobState.QUEUED, message=why)


def _finished(job: Job, state: JobState, *, error: str = "") -> None:
    """A stopped job stays so."""
    job.state, job.error, job.finished_at = state, error[:10_000], timezone.now()
    unfinished = Job.objects.filter(pk=job.pk, state__in=UNFINISHED)
    unfinished.update(state=job.state, error=job.error, finished_at=job.finished_at)


ALIVE_SQL = f"""
SELECT EXISTS (SELECT 1 FROM jobs_job WHERE id = %(id)s AND state = 'running') AND {HELD_SQL.format(id="%(id)s")}
"""


def job_is_alive(*, job_id: int) -> bool:
    """Whether somebody runs it at this moment; a killed job is not alive before it has been sent again."""
    with connection.cursor() as cursor:
        cursor.execute(ALIVE_SQL, {"id": job_id, "lock_class": LOCK_CLASS})
        return bool(cursor.fetchone()[0])


LOST_SQL = f"""
UPDATE jobs_job SET enqueued_at = now()
WHERE state IN ('queued', 'running') AND enqueued_at < now() - make_interval(secs => %(seconds)s)
  AND NOT {HELD_SQL.format(id="jobs_job.id")}
RETURNING id, task
"""


def jobs_reclaim_lost() -> list[tuple[int, str]]:
    """(id, task) of unfinished jobs that nobody runs and that were queued long enough ago; they count as queued now."""
    with connection.cursor() as cursor:
        cursor.execute(LOST_SQL, {"seconds": settings.SWEEP_SECONDS, "lock_class": LOCK_CLASS})
        return [(row[0], row[1]) for row in cursor.fetchall()]


TOLD_SECONDS = 0.5


@contextmanager
def progress_beside(job_id: int) -> Iterator[Callable[[int, int], None]]:
    """Gives (done, total) → None for work inside one long transaction, or a COPY: told by a connection of its own."""
    other, told = connections.create_connection("default"), 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < TOLD_SECONDS and done < total:
            return
        told = time.monotonic()
        with other.cursor() as cursor:
            cursor.execute("UPDATE jobs_job SET done = %s, total = %s WHERE id = %s", [done, max(done, total), job_id])

    try:
        yield tell
    finally:
        other.close()
