"""Draining the outbox: soon after what happened, and by a sweep."""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from labelling.review.selectors import outbox_waiting
from labelling.review.services import outbox_act

logger = logging.getLogger(__name__)


@shared_task
def drain() -> int:
    """Act on everything in the outbox that nobody else is at. Returns how many rows it was.

    A row that cannot be acted on is logged, and does not keep back those after it; the next sweep tries it again.
    """
    acted, last = 0, 0
    while waiting := outbox_waiting(after=last):
        for row_id in waiting:
            acted += _act(row_id)
        last = waiting[-1]
    return acted


def _act(row_id: int) -> int:
    try:
        return outbox_act(row_id=row_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away, or two met: the sweep comes again
    except Exception:
        logger.exception("Outbox row %s could not be acted on; the next sweep tries it again.", row_id)
        return 0
