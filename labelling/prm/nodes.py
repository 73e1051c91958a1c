"""The worker nodes of the queue ``prm``: who scores, who may help, and who can't do a job that another one can."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final
from zlib import crc32

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from labelling.jobs.locks import lock_held
from labelling.jobs.models import Job
from labelling.jobs.services import JobPassedOn, Progress, job_run
from labelling.prm.backends import BadConfig, NotHere

logger = logging.getLogger(__name__)

QUEUE: Final = "prm"
NODE_CLASS: Final = 7304  # any constant: keeps nodes apart from other advisory locks
REFUSED: Final = "refused"  # of a job's parameters: nodes that can't do it, and why
CALL_SECONDS: Final = 5.0  # between two calls for help
CALL_KEPT: Final = 60  # seconds for which a call stands
REPLY_SECONDS: Final = 1.5
HANDED_ON: Final = 3  # times that a message is, where other nodes are busy; then the sweep's next one is waited for
REST_SECONDS: Final = 1.0  # in which this node takes nothing, so that another one does

_AWAY: Final = (OperationalError, RedisError)


def node_held(task: Any) -> AbstractContextManager[bool]:
    """One process of a node scores at a time, as it has one GPU. False where another one does."""
    return lock_held(NODE_CLASS, crc32(_node(task).encode()) - 2**31)


def _node(task: Any) -> str:
    return str(task.request.hostname or "this process")


def caller(task: Any, job_id: int) -> Callable[[], None]:
    """A function that calls other nodes to the task, now and then; a call that nobody hears waits behind other work."""
    due = 0.0

    def call() -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        try:
            if not _queue_length():
                task.apply_async((job_id,), expires=CALL_KEPT)
            due = time.monotonic() + CALL_SECONDS
        except _AWAY:
            logger.warning("Redis is away: job %s is not told to other nodes.", job_id)
            due = time.monotonic() + CALL_KEPT

    return call


def _queue_length() -> int:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0)  # else it is asked for seconds, while a GPU waits
        channel: Any = broker.default_channel  # typed as a channel that only some transports have
        return int(channel.queue_declare(queue=QUEUE).message_count)


@contextmanager
def job_run_here(task: Any, job_id: int) -> Iterator[Progress | None]:
    """``job_run`` for a bound task of the queue, some of whose nodes may lack what a job needs.

    Where this node does (NotHere) and another one may have it, the job waits for that one; else it fails, and says why.
    """
    node = _node(task)
    if _is_for_others(node, job_id):
        _hand_on(task, job_id)
        yield None
        return
    with job_run(job_id=job_id) as progress, _left_to_others(node, progress):
        yield progress
    if _is_for_others(node, job_id):
        _hand_on(task, job_id)


def _hand_on(task: Any, job_id: int) -> None:
    """Back into the queue at once: the sweep alone would send it now and then, and to this node as likely as not."""
    if task.request.retries < HANDED_ON:
        with suppress(*_AWAY):
            task.apply_async((job_id,), retries=task.request.retries + 1, expires=CALL_KEPT)
            time.sleep(REST_SECONDS)


@contextmanager
def _left_to_others(node: str, progress: Progress | None) -> Iterator[None]:
    """Raises JobPassedOn, and BadConfig with what each node lacks where none is left."""
    try:
        yield
    except NotHere as error:
        if progress is None:
            raise
        job = progress.job
        job.params = {**job.params, REFUSED: {**job.params.get(REFUSED, {}), node: str(error)}}
        Job.objects.filter(pk=job.pk).update(params=job.params)
        if not _others(job):
            raise BadConfig("; ".join(f"{name}: {why}" for name, why in job.params[REFUSED].items())) from error
        raise JobPassedOn(f"{node} can't do it, another node may: {error}") from error


def _is_for_others(node: str, job_id: int) -> bool:
    """Whether this node has found that it can't do the job, and there are nodes that have not."""
    job = Job.objects.filter(pk=job_id).first()
    refused = job is not None and job.unfinished and node in job.params.get(REFUSED, {})
    return job is not None and refused and bool(_others(job))


def _others(job: Job) -> set[str]:
    """Nodes of the queue that are up and have not found that they can't do the job."""
    try:
        replies = current_app.control.inspect(timeout=REPLY_SECONDS).active_queues() or {}
    except _AWAY:
        logger.warning("Redis is away: the other nodes are not known.")
        return set()
    nodes = {node for node, queues in replies.items() if any(queue.get("name") == QUEUE for queue in queues)}
    return nodes - set(job.params[REFUSED])
