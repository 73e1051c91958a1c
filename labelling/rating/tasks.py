from celery import shared_task

from labelling.rating.services import leases_expire


@shared_task
def sweep_leases() -> int:
    """Take back leases that ran out. Returns how many."""
    return leases_expire()
