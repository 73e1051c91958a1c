"""Long work on datasets, by its job's id."""

from celery import shared_task

from exports.snapshots.building import snapshot_job_run


@shared_task
def build_snapshot(job_id: int) -> None:
    snapshot_job_run(job_id=job_id)
