"""Raters at work, for tests: claims and submits through the services."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from labelling.people.models import User
from labelling.rating.models import Assignment
from labelling.rating.services import annotation_submit, lease_claim
from labelling.rounds.models import Campaign, Item


def judgement(first_error: int | None = 2, *, steps: int = 3, finish_reason: str = "") -> dict[str, Any]:
    """A submit's body: all steps good up to the first error (0-based), or all of ``steps``; or an abstention."""
    client_id = str(uuid.uuid4())
    if finish_reason:
        return {"uuid": client_id, "steps": [], "finish_reason": finish_reason, "reason": "Why.", "total_time": 4200}
    ratings = [1] * steps if first_error is None else [*([1] * first_error), -1]
    return {
        "uuid": client_id,
        "steps": [{"rating": rating, "flagged": False} for rating in ratings],
        "finish_reason": "solution" if first_error is None else "found_error",
        "total_time": 4200,
    }


def judge(rater: User, campaign: Campaign, first_error: int | None = 2, *, finish_reason: str = "") -> Item:
    """Claim the next item, which there must be, and submit; returns the item as it stands then."""
    lease = lease_claim(rater=rater, campaign=campaign.slug).lease
    assert lease is not None
    body = judgement(first_error, finish_reason=finish_reason)
    annotation_submit(rater=rater, campaign=campaign.slug, lease=lease, data=body)
    return Assignment.objects.select_related("item").get(pk=lease).item


def judge_all(raters: Sequence[User], campaign: Campaign, first_error: int | None = 2) -> None:
    for rater in raters:
        judge(rater, campaign, first_error)


COUNTS_WRONG = """
SELECT i.id, i.held, i.completed, count(a.id) FILTER (WHERE a.state = 'leased') AS leases,
       count(a.id) FILTER (WHERE a.state = 'completed') AS submits
FROM rounds_item i LEFT JOIN rating_assignment a ON a.item_id = i.id
GROUP BY i.id
HAVING i.held <> count(a.id) FILTER (WHERE a.state = 'leased')
    OR i.completed <> count(a.id) FILTER (WHERE a.state = 'completed')
    OR i.held + i.completed > i.overlap
"""


def counts_that_are_wrong() -> list[tuple[Any, ...]]:
    """Items whose ``held`` and ``completed`` are not what their leases say, or are beyond the overlap."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_WRONG)
        return list(cursor.fetchall())
