"""What a person finds on the home page. None of its figures tells a rater whether the item in hand is gold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import QuerySet

from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role
from labelling.rating import sql
from labelling.rating.coaching import lesson_count, streak
from labelling.rating.database import rows
from labelling.rating.guidelines import GuidelineNews, guideline_news
from labelling.rating.models import Admission, Assignment, AssignmentState, Standing
from labelling.rating.progress import Own, Today, own_by_campaign
from labelling.rating.screening import ScreeningView, screening_view
from labelling.rounds.models import Campaign

MOST_COUNTED: Final = 1_000  # waiting items; beyond it the page says "more than"
# States in which an item can be had, by going to the labelling page.
OPEN: Final = ("begun", "screening", "ready")


@dataclass(frozen=True)
class Quota:
    """Items a day (UTC), and how many of today's are done."""

    most: int
    done: int

    @property
    def is_used_up(self) -> bool:
        return self.done >= self.most


@dataclass(frozen=True)
class CampaignCard:
    """One campaign as its rater sees it.

    ``waiting``: items this rater has or may get, up to ``MOST_COUNTED``; ``begun``: one has ratings already.
    ``paused``: the reason, empty where the rater may work. ``lessons``: explanations of missed golds to read;
    ``streak``: of checks out of use.
    """

    campaign: Campaign
    waiting: int
    begun: bool
    own: Today
    paused: str
    quota: Quota | None
    screening: ScreeningView | None
    news: GuidelineNews | None
    lessons: int
    streak: int

    @property
    def state(self) -> str:
        """What a claim would find, in the server's own order: the first thing that stands before the next item."""
        screening = self.screening if self.screening and self.screening.state != Admission.ADMITTED else None
        if self.paused:
            return "paused"
        if self.begun:
            return "screening" if screening else "begun"
        if self.news is not None and self.news.must_read:
            return "guidelines"
        if screening:
            return _screening_state(screening)
        if self.quota is not None and self.quota.is_used_up:
            return "quota"
        return "ready" if self.waiting else "empty"

    @property
    def may_work(self) -> bool:
        return self.state in OPEN

    @property
    def many(self) -> bool:
        return self.waiting >= MOST_COUNTED

    @property
    def submitted(self) -> int:
        return self.own.all.items


def _screening_state(screening: ScreeningView) -> str:
    if screening.state == Admission.FAILED:
        return "screening-failed"
    if screening.missing:
        return "screening-missing"
    return "screening" if screening.state == Admission.SCREENING else "screening-new"


def campaigns_of(user: User) -> list[CampaignCard]:
    """The user's campaigns as a rater, those with work first; few queries, more with screening or coaching."""
    campaigns = list(_rated(user))
    ids = [campaign.pk for campaign in campaigns]
    own = own_by_campaign(rater=user, campaigns=campaigns)
    waiting = _waiting(user, ids)
    begun = set(
        Assignment.objects.filter(
            rater=user, campaign__in=ids, state=AssignmentState.LEASED, draft__isnull=False
        ).values_list("campaign_id", flat=True)
    )
    standings = {one.campaign_id: one for one in Standing.objects.filter(rater=user, campaign__in=ids)}
    news = guideline_news(rater=user, campaigns=campaigns)
    cards = [
        CampaignCard(
            campaign=campaign,
            waiting=waiting.get(campaign.pk, 0),
            begun=campaign.pk in begun,
            own=own.get(campaign.pk, Today(Own(), Own())),
            paused=_pause_reason(standings.get(campaign.pk)),
            quota=_quota(campaign, standings.get(campaign.pk)),
            screening=screening_view(rater_id=user.pk, campaign=campaign, standing=standings.get(campaign.pk)),
            news=news.get(campaign.pk),
            lessons=lesson_count(rater=user, campaign=campaign) if campaign.gold_coaching else 0,
            streak=streak(rater=user, campaign=campaign) if campaign.gold_coaching else 0,
        )
        for campaign in campaigns
    ]
    return sorted(cards, key=lambda card: card.state in ("paused", "quota", "empty", "screening-failed"))


def _pause_reason(standing: Standing | None) -> str:
    return standing.pause_reason if standing is not None and standing.paused_at is not None else ""


def _quota(campaign: Campaign, standing: Standing | None) -> Quota | None:
    own = standing.items_per_day if standing is not None else None
    most = campaign.items_per_day if own is None else own
    if most is None:
        return None
    is_today = standing is not None and standing.day == datetime.now(UTC).date()
    return Quota(most=most, done=standing.day_count if standing is not None and is_today else 0)


def _rated(user: User) -> QuerySet[Campaign]:
    slugs = campaigns_with_role(user, [Role.RATER])
    return Campaign.objects.all() if EVERY_CAMPAIGN in slugs else Campaign.objects.filter(slug__in=slugs)


def _waiting(user: User, campaigns: Sequence[int]) -> Mapping[int, int]:
    """Items by campaign that the rater holds or has not met; gold alone is not served, so it does not wait alone."""
    counted = rows(sql.WAITING, {"rater": user.pk, "campaigns": list(campaigns), "most": MOST_COUNTED})
    return {
        row["campaign"]: min(row["held"] + (row["normal"] + row["gold"] if row["normal"] else 0), MOST_COUNTED)
        for row in counted
    }
