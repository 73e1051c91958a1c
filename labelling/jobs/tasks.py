"""Sending jobs to Celery, and the sweep that sends again what Redis has forgotten."""

import logging
from functools import partial

from celery import current_app, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from labelling.jobs.models import Job
from labelling.jobs.services import jobs_reclaim_lost

logger = logging.getLogger(__name__)


def job_enqueue(job: Job) -> None:
    """Send the job to its task once the transaction is through. With Redis away the sweep sends it later."""
    transaction.on_commit(partial(_send, job.pk, job.task), robust=True)


def _send(job_id: int, task: str) -> None:
    try:
        current_app.send_task(task, args=[job_id])
    except OperationalError:
        logger.warning("Redis is away: job %s waits for the sweep.", job_id)


@shared_task
def sweep() -> int:
    """Re-enqueue unfinished jobs that nobody runs. Returns how many."""
    lost = jobs_reclaim_lost()
    for job_id, task in lost:
        _send(job_id, task)
    return len(lost)
