"""Which snapshots, and which builds of them, a person may see."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from exports.models import Snapshot
from exports.snapshots.building import KIND
from labelling.jobs.models import UNFINISHED, Job, JobState
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role, has_role
from labelling.rounds.models import Campaign

SHOWN: Final = 20


def snapshots_for(user: User, campaign: str) -> QuerySet[Snapshot, Snapshot]:
    """Of a campaign, newest first. Names as other tools had them are for leads: others get pseudonyms only."""
    rows = Snapshot.objects.filter(campaign=campaign).select_related("created_by").defer("manifest")
    return rows if has_role(user, Role.LEAD, campaign=campaign) else rows.filter(raters="pseudonym")


def builds_of(campaign: str) -> Sequence[Job]:
    """Those at work or waiting, and what failed within a day."""
    rows = Job.objects.filter(kind=KIND, params__campaign=campaign)
    failed = Q(state=JobState.FAILED, finished_at__gt=timezone.now() - timedelta(days=1))
    return list(rows.filter(Q(state__in=UNFINISHED) | failed).order_by("-pk")[:SHOWN])


def campaigns_for(user: User) -> Sequence[tuple[Campaign, int]]:
    """The campaigns whose datasets the person works with, each with how many snapshots it has."""
    slugs = campaigns_with_role(user, (Role.LEAD, Role.RESEARCHER))
    rows: Any = Campaign.objects.all()
    if EVERY_CAMPAIGN not in slugs:
        rows = rows.filter(slug__in=slugs)
    found = list(rows)
    counts: dict[str, int] = {}
    for slug in Snapshot.objects.filter(campaign__in=[one.slug for one in found]).values_list("campaign", flat=True):
        counts[slug] = counts.get(slug, 0) + 1
    return [(one, counts.get(one.slug, 0)) for one in found]
