"""The scoring worker (queue ``prm``, for the machine with the GPU)."""

from celery import shared_task

from labelling.jobs.services import Progress, job_run
from labelling.prm.models import ModelVersion
from labelling.prm.services import solutions_score
from labelling.prm.tuning import tuning_run


@shared_task
def score(job_id: int) -> None:
    """Score every solution that waits for the job's model version. Safe to run twice, and after a kill."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            _score(progress)


@shared_task
def train(job_id: int) -> None:
    """Fine-tune a transformer and register it. Killed, it goes on from its last checkpoint."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            tuning_run(progress)


def _score(progress: Progress) -> None:
    def report(done: int, total: int, message: str) -> None:
        progress.report(done=done, total=total, message=message)

    params = progress.job.params
    version = ModelVersion.objects.select_related("model").get(pk=params["version"])
    solutions_score(version=version, campaign=params["campaign"], report=report)
