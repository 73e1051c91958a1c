"""Long work on the corpus, each by its job's id."""

import logging
from collections import Counter
from functools import partial

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from labelling.corpus.requests import request_work, requests_reclaim_lost
from labelling.corpus.selectors import Share, ungraded_count
from labelling.corpus.services import verdicts_add
from labelling.jobs.services import Progress, job_run

logger = logging.getLogger(__name__)


@shared_task
def grade(job_id: int) -> None:
    """Grade what is ungraded. Killed at any moment, the next run goes on where the rows end."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            _grade(progress)


def _grade(progress: Progress) -> None:
    params = progress.job.params
    share = Share(params.get("slot", 0), params.get("slots", 1))
    done, left, after = progress.job.done, ungraded_count(share=share), 0
    total, values = done + left, Counter[str]()
    progress.report(done=done, total=total)
    while (graded := verdicts_add(after=after, share=share)) is not None:
        after = graded.last
        values += graded.values
        done += graded.values.total()
        progress.report(done=done, total=max(done, total), message=_message(values))
    progress.report(done=done, total=done, message=_message(values))


def _message(values: Counter[str]) -> str:
    return ", ".join(f"{count:,} {value}" for value, count in sorted(values.items())) or "nothing was left to grade"


@shared_task
def ask_generator(request_id: int) -> None:
    """One try at asking a generator for candidates; the next one, if it takes one, is sent for later."""
    wait = request_work(request_id=request_id)
    if wait is not None:
        _send(request_id, wait)


@shared_task
def sweep_requests() -> int:
    """Send again what was asked of a generator and got lost. Returns how many."""
    lost = requests_reclaim_lost()
    for request_id in lost:
        _send(request_id)
    return len(lost)


def ask_soon(request_id: int) -> None:
    """Have a worker ask, once the transaction is through. With Redis away the sweep sends it later."""
    transaction.on_commit(partial(_send, request_id), robust=True)


def _send(request_id: int, wait: float = 0) -> None:
    try:
        ask_generator.apply_async(args=(request_id,), countdown=wait)
    except OperationalError:
        logger.warning("Redis is away: request %s to the generator waits for the sweep.", request_id)
