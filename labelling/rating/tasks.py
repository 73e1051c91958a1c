import logging

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from labelling.rating.services import leases_expire
from labelling.rounds.withdrawals import items_withdraw_untouched

logger = logging.getLogger(__name__)
DRAIN = "labelling.review.tasks.drain"  # by name: nothing calls upward


@shared_task
def sweep_leases() -> int:
    """Take back leases that ran out. Returns how many. What so comes back to a closed round is withdrawn."""
    gone = leases_expire()
    items_withdraw_untouched()
    return gone


def drain_soon() -> None:
    """Have the outbox drained, now that the transaction is through. With Redis away its sweep does it later."""
    try:
        current_app.send_task(DRAIN)
    except OperationalError:
        logger.warning("Redis is away: the outbox waits for the sweep.")
