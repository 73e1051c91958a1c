"""What a person finds on the home page."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role
from labelling.rating.coaching import lesson_count
from labelling.rating.models import Admission, Annotation, Standing
from labelling.rating.screening import ScreeningView, screening_view
from labelling.rounds.models import Campaign


@dataclass(frozen=True)
class CampaignCard:
    """One campaign as its rater sees it. ``minutes``: own active time; ``waiting``: items that still need raters.

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
        .annotate(submitted=Count("id"), time=Sum("total_time"))
    }
    standings = {one.campaign_id: one for one in Standing.objects.filter(rater=user, campaign__in=campaigns)}
    return [
        CampaignCard(
            campaign=campaign,
            waiting=campaign.waiting,  # type: ignore[attr-defined]
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
    chosen = Campaign.objects.all() if EVERY_CAMPAIGN in slugs else Campaign.objects.filter(slug__in=slugs)
    claimable = Q(
        item__kind="normal",
        item__state="queued",
        item__round__state="open",
        item__overlap__gt=F("item__held") + F("item__completed"),
    )
    return chosen.annotate(waiting=Count("item", filter=claimable))
