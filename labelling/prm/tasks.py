"""The scoring worker (queue ``prm``, for the machines with the GPUs)."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any
from zlib import crc32

from celery import Task, current_app, shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from labelling.jobs.locks import lock_held
from labelling.jobs.models import Job
from labelling.jobs.services import JobStopped, Progress, job_is_alive, job_run
from labelling.prm.backends import BadConfig
from labelling.prm.models import ModelVersion
from labelling.prm.scoring import CHUNK, Report, Run
from labelling.prm.tuning import tuning_run

logger = logging.getLogger(__name__)

QUEUE = "prm"
NODE_CLASS = 7304  # advisory locks: a worker node that scores
CALL_SECONDS = 5.0  # between two calls for help
CALL_KEPT = 60  # seconds for which a call stands


@shared_task(bind=True)
def score(self: "Task[[int], None]", job_id: int) -> None:
    """Score every solution that waits for the job's model version. Safe to run twice, and after a kill."""
    with job_run(job_id=job_id) as progress, _node_held(self):
        if progress is not None:
            _run(progress.job, _telling(progress)).work(stay=True)


@shared_task(bind=True)
def assist(self: "Task[[int], None]", job_id: int) -> None:
    """Take part in a scoring job that another node runs: one process a node, which has one GPU."""
    job = Job.objects.filter(pk=job_id).first()
    with _node_held(self) as free:
        if job is None or not free:
            return
        try:
            tally = _run(job, lambda *_: _raise_unless_alive(job_id)).work(stay=False)
        except JobStopped:
            logger.info("Nobody runs job %s any more: this node takes no part in it.", job_id)
        except BadConfig as error:
            logger.warning("This node can't take part in job %s: %s", job_id, error)
        else:
            logger.info("This node scored %s solutions of job %s.", tally.fresh, job_id)


@shared_task
def train(job_id: int) -> None:
    """Fine-tune a transformer and register it. Killed, it goes on from its last checkpoint."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            tuning_run(progress)


def _run(job: Job, report: Report) -> Run:
    version = ModelVersion.objects.select_related("model").get(pk=job.params["version"])
    return Run(version, job.params["campaign"], report)


def _telling(progress: Progress) -> Report:
    """Tells the job's row, and calls for help while there is enough to do for others."""
    call = _caller(progress.job.pk)

    def report(done: int, total: int, message: str) -> None:
        progress.report(done=done, total=total, message=message)
        if total - done > CHUNK:
            call()

    return report


def _caller(job_id: int) -> Callable[[], None]:
    called = 0.0

    def call() -> None:
        """One call at a time: an unheard one waits in the queue, behind work of its own right."""
        nonlocal called
        if time.monotonic() - called < CALL_SECONDS:
            return
        called = time.monotonic()
        with suppress(OperationalError, RedisError):  # Redis is away: it is scored by this node alone
            if not _queue_length():
                assist.apply_async((job_id,), expires=CALL_KEPT)

    return call


def _queue_length() -> int:
    with current_app.connection_for_write() as broker:
        channel: Any = broker.default_channel  # typed as a channel that only some transports have
        return int(channel.queue_declare(queue=QUEUE).message_count)


def _raise_unless_alive(job_id: int) -> None:
    """Where the node that runs the job is gone, this one must be free to be given it."""
    if not job_is_alive(job_id=job_id):
        raise JobStopped(f"Job {job_id} is not running any more.")


def _node_held(task: "Task[[int], None]") -> AbstractContextManager[bool]:
    return lock_held(NODE_CLASS, crc32(str(task.request.hostname).encode()) - 2**31)
