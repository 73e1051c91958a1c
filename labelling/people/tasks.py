from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions() -> None:
    """Remove sign-in sessions that have run out: each visit of the sign-in page leaves one."""
    call_command("clearsessions")
