"""Telling the apps above what happened: a row in the transaction of what happened, and a word to Celery after it."""

import logging
from collections.abc import Iterable

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from labelling.rating.models import Outbox, OutboxKind

logger = logging.getLogger(__name__)

DRAIN = "labelling.review.tasks.drain"  # a name: nothing here imports what stands above


def items_changed(item_ids: Iterable[int]) -> None:
    """Annotations of these items were corrected, voided or restored. In a transaction."""
    Outbox.objects.bulk_create([Outbox(kind=OutboxKind.CHANGED, item_id=item_id) for item_id in sorted(item_ids)])
    drain_soon()


def drain_soon() -> None:
    """Have the outbox drained once the transaction is through. With Redis away the sweep does it."""
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    try:
        current_app.send_task(DRAIN)
    except OperationalError:
        logger.warning("Redis is away: the outbox waits for the sweep.")
