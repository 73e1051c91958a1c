"""Long work that spans stations, each by its job's id."""

from typing import Any

from celery import shared_task

from labelling.jobs.services import job_run
from labelling.pipeline.looping import loop_run
from labelling.pipeline.services import reference_settle
from labelling.prm.nodes import job_run_here, node_held


@shared_task
def regrade(job_id: int) -> None:
    """After a person's decision on a problem: its verdicts again, and the queues rid of what is no longer wrong."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            params = progress.job.params
            graded, withdrawn = reference_settle(
                problem=params["problem"],
                reason=params["reason"],
                watch=lambda done, total: progress.report(done=done, total=total),
            )
            progress.report(done=graded, total=graded, message=f"{graded:,} graded, {withdrawn:,} items withdrawn")


@shared_task(bind=True)
def next_round(self: Any, job_id: int) -> None:
    """Train on what is labelled, score the pool, evaluate, open the next round. Safe to run again after a kill."""
    with job_run_here(self, job_id) as progress, node_held(self):
        if progress is not None:
            loop_run(progress)
