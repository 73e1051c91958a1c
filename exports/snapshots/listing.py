"""Which snapshots, and which builds of them, a person may see."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import QuerySet

from exports.models import Snapshot
from exports.snapshots.building import KIND
from labelling.jobs.models import Job
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role, has_role
from labelling.rounds.models import Campaign

RECENT: Final = 5


def snapshots_for(user: User, campaign: str) -> QuerySet[Snapshot, Snapshot]:
    """Of a campaign, newest first. Names as other tools had them are for leads: others get pseudonyms only."""
    rows = Snapshot.objects.filter(campaign=campaign).select_related("created_by").defer("manifest")
    return rows if has_role(user, Role.LEAD, campaign=campaign) else rows.filter(raters="pseudonym")


def builds_of(campaign: str) -> Sequence[Job]:
    """Those that are not done: at work, waiting, and the newest that failed."""
    rows = Job.objects.filter(kind=KIND, params__campaign=campaign).exclude(state="done").order_by("-pk")
    return list(rows[:RECENT])


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
