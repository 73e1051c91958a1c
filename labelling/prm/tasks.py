"""The scoring worker (queue ``prm``, for the machines with the GPUs)."""

import logging
from typing import Any

from celery import shared_task

from labelling.jobs.models import Job
from labelling.jobs.services import JobStopped, job_is_alive
from labelling.prm.backends import BadConfig
from labelling.prm.models import ModelVersion
from labelling.prm.nodes import caller, job_run_here, node_held
from labelling.prm.scoring import CHUNK, Report, Run
from labelling.prm.tuning import tuning_run

logger = logging.getLogger(__name__)


@shared_task(bind=True)
def score(self: Any, job_id: int) -> None:
    """Score every solution that waits for the job's model version. Safe to run twice, and after a kill."""
    with job_run_here(self, job_id) as progress, node_held(self):
        if progress is not None:
            _scoring(progress.job, calling(job_id, progress.tell)).work(stay=True)


@shared_task(bind=True)
def assist(self: Any, job_id: int) -> None:
    """Take part in a scoring job that another node runs, as long as there is something to take."""
    job = Job.objects.filter(pk=job_id).first()
    with node_held(self) as free:
        if job is None or not free:
            return
        try:
            tally = _scoring(job, lambda *_: _raise_unless_alive(job_id)).work(stay=False)
        except JobStopped:
            logger.info("Nobody runs job %s any more: this node takes no part in it.", job_id)
        except BadConfig as error:
            logger.warning("This node can't take part in job %s: %s", job_id, error)
        else:
            logger.info("This node scored %s solutions of job %s.", tally.fresh, job_id)


@shared_task(bind=True)
def train(self: Any, job_id: int) -> None:
    """Fine-tune a transformer and register it. Killed, it goes on from its last checkpoint."""
    with job_run_here(self, job_id) as progress, node_held(self):
        if progress is not None:
            tuning_run(progress)


def _scoring(job: Job, report: Report) -> Run:
    version = ModelVersion.objects.select_related("model").get(pk=job.params["version"])
    return Run(version, job.params["campaign"], report)


def calling(job_id: int, report: Report) -> Report:
    """The report, and a call for help while there is enough to do for others. The job's parameters name the version."""
    call = caller(assist, job_id)

    def told(done: int, total: int, message: str) -> None:
        report(done, total, message)
        if total - done > CHUNK:
            call()

    return told


def _raise_unless_alive(job_id: int) -> None:
    """Where the node that runs the job is gone, this one must be free to be given it."""
    if not job_is_alive(job_id=job_id):
        raise JobStopped(f"Job {job_id} is not running any more.")
