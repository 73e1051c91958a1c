"""What a person finds on the home page."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role
from labelling.rating.models import Annotation
from labelling.rounds.models import Campaign


@dataclass(frozen=True)
class CampaignCard:
    """One campaign as its rater sees it. ``minutes``: own active time; ``waiting``: items that still need raters."""

    campaign: Campaign
    waiting: int
    submitted: int
    minutes: int


def campaigns_of(user: User) -> list[CampaignCard]:
    """The campaigns in which the user is a rater, with their own figures: three queries, however many there are."""
    campaigns = list(_rated(user))
    own: dict[int, tuple[int, int]] = {
        row["campaign_id"]: (row["submitted"], row["time"])
        for row in Annotation.objects.filter(rater=user, campaign__in=campaigns)
        .values("campaign_id")
        .annotate(submitted=Count("id"), time=Sum("total_time"))
    }
    return [
        CampaignCard(
            campaign=campaign,
            waiting=campaign.waiting,  # type: ignore[attr-defined]
            submitted=own.get(campaign.pk, (0, 0))[0],
            minutes=own.get(campaign.pk, (0, 0))[1] // 60_000,
        )
        for campaign in campaigns
    ]


def _rated(user: User) -> QuerySet[Campaign]:
    slugs = campaigns_with_role(user, [Role.RATER])
    chosen = Campaign.objects.all() if EVERY_CAMPAIGN in slugs else Campaign.objects.filter(slug__in=slugs)
    claimable = Q(
        item__state="queued", item__round__state="open", item__overlap__gt=F("item__held") + F("item__completed")
    )
    return chosen.annotate(waiting=Count("item", filter=claimable))
