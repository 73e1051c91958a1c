"""What a person finds on the home page. None of its figures tells a rater whether the item in hand is gold."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role
from labelling.rating.coaching import lesson_count
from labelling.rating.models import Admission, Annotation, Assignment, AssignmentState, Standing
from labelling.rating.screening import ScreeningView, screening_view
from labelling.rounds.models import Campaign, Item, ItemKind, ItemState, RoundState


@dataclass(frozen=True)
class CampaignCard:
    """One campaign as its rater sees it. ``minutes``: own active time; ``waiting``: items this rater has or may get.

    ``paused``: the reason, empty where the rater may work; ``lessons``: explanations of missed golds to read.
    """

    campaign: Campaign
    waiting: int
    submitted: int
    minutes: int
    paused: str
    screening: ScreeningView | None
    lessons: int

    @property
    def may_work(self) -> bool:
        """Whether going to the labelling page can bring an item."""
        stopped = self.screening is not None and (self.screening.state == Admission.FAILED or self.screening.missing)
        return not self.paused and not stopped


def campaigns_of(user: User) -> list[CampaignCard]:
    """The user's campaigns as a rater, with their own figures: few queries, more with screening or coaching."""
    campaigns = list(_rated(user))
    own: dict[int, tuple[int, int]] = {
        row["campaign_id"]: (row["submitted"], row["time"])
        for row in Annotation.objects.filter(rater=user, campaign__in=campaigns)
        .values("campaign_id")
        .annotate(submitted=Count("id", filter=Q(version=1)), time=Sum("total_time"))
    }
    waiting = _waiting(user, campaigns)
    standings = {one.campaign_id: one for one in Standing.objects.filter(rater=user, campaign__in=campaigns)}
    return [
        CampaignCard(
            campaign=campaign,
            waiting=waiting.get(campaign.pk, 0),
            submitted=own.get(campaign.pk, (0, 0))[0],
            minutes=own.get(campaign.pk, (0, 0))[1] // 60_000,
            paused=_pause_reason(standings.get(campaign.pk)),
            screening=screening_view(rater_id=user.pk, campaign=campaign, standing=standings.get(campaign.pk)),
            lessons=lesson_count(rater=user, campaign=campaign) if campaign.gold_coaching else 0,
        )
        for campaign in campaigns
    ]


def _pause_reason(standing: Standing | None) -> str:
    return standing.pause_reason if standing is not None and standing.paused_at is not None else ""


def _rated(user: User) -> QuerySet[Campaign]:
    slugs = campaigns_with_role(user, [Role.RATER])
    return Campaign.objects.all() if EVERY_CAMPAIGN in slugs else Campaign.objects.filter(slug__in=slugs)


def _waiting(user: User, campaigns: Sequence[Campaign]) -> dict[int, int]:
    """Items by campaign that the rater holds or has not met. Gold counts as well: each submit takes one off."""
    own_pool = Standing.objects.filter(rater=user, campaign=OuterRef("campaign"), pool=OuterRef("round__pool"))
    met = Assignment.objects.filter(rater=user, campaign=OuterRef("campaign"), solution=OuterRef("solution"))
    counts = (
        Item.objects.filter(
            Q(round__pool="") | Exists(own_pool),
            ~Exists(met.exclude(state=AssignmentState.EXPIRED)),
            campaign__in=campaigns,
            kind__in=[ItemKind.NORMAL, ItemKind.GOLD],
            state=ItemState.QUEUED,
            round__state=RoundState.OPEN,
            overlap__gt=F("held") + F("completed"),
        )
        .order_by()
        .values("campaign_id")
        .annotate(all=Count("id"), normal=Count("id", filter=Q(kind=ItemKind.NORMAL)))
    )
    held = Assignment.objects.filter(
        rater=user,
        campaign__in=campaigns,
        state=AssignmentState.LEASED,
        item__kind__in=[ItemKind.NORMAL, ItemKind.GOLD],
    )
    waiting = {row["campaign_id"]: row["all"] if row["normal"] else 0 for row in counts}
    for campaign in held.values_list("campaign_id", flat=True):
        waiting[campaign] = waiting.get(campaign, 0) + 1
    return waiting
