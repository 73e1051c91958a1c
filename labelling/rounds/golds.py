"""Gold: making it, retiring it, and the items that a round or the screening serves of it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q

from labelling.corpus.models import VerdictValue
from labelling.prm.models import Score
from labelling.rounds.models import (
    UNLIMITED,
    Campaign,
    Gold,
    GoldUse,
    Item,
    ItemKind,
    Round,
)

SCREENING_STRATEGY = "screening"  # what screening items name instead of a round's strategy
SCREENING_VERSION = 1


def items_of_golds(*, opened: Round) -> list[Item]:
    """Make the gold items of a round that opens: of the active golds those that fewest rounds have served.

    At most ``campaign.gold_per_round``. They stand behind the queue; when each rater meets them is decided as they
    are served. Gold that was never served comes first, then the oldest.
    """
    golds = (
        Gold.objects.filter(campaign=opened.campaign_id, use=GoldUse.GOLD, active=True)
        .annotate(used=Count("items", filter=Q(items__completed__gt=0)))
        .select_related("solution")
        .order_by("used", "pk")[: opened.campaign.gold_per_round]
    )
    chosen = list(golds)
    scores = _scores(opened, chosen)
    behind = opened.items.count()
    return Item.objects.bulk_create(
        Item(
            round=opened,
            gold=gold,
            campaign_id=opened.campaign_id,
            solution_id=gold.solution_id,
            kind=ItemKind.GOLD,
            position=behind + place,
            strategy=opened.strategy,
            strategy_version=opened.strategy_version,
            verdict=gold.solution.verdict or VerdictValue.UNDECIDED,
            score=scores.get(gold.solution_id),
            rank=1,
            overlap=UNLIMITED,
        )
        for place, gold in enumerate(chosen)
    )


def _scores(opened: Round, golds: Sequence[Gold]) -> dict[int, float]:
    found = Score.objects.filter(
        version=opened.model_version_id, solution__in=[gold.solution_id for gold in golds]
    ).values_list("solution_id", "solution_score")
    return dict(found)


@transaction.atomic
def items_of_screening(*, campaign: Campaign) -> list[Item]:
    """The campaign's screening items in their line (by gold), made where there are none yet."""
    active = {"gold__use": GoldUse.SCREENING, "gold__active": True}
    items = Item.objects.filter(campaign=campaign, kind=ItemKind.SCREENING)
    new = campaign.golds.filter(use=GoldUse.SCREENING, active=True).exclude(items__kind=ItemKind.SCREENING)
    made = [
        Item(
            round=None,
            gold=gold,
            campaign=campaign,
            solution_id=gold.solution_id,
            kind=ItemKind.SCREENING,
            position=0,
            strategy=SCREENING_STRATEGY,
            strategy_version=SCREENING_VERSION,
            verdict=gold.solution.verdict or VerdictValue.UNDECIDED,
            score=None,
            rank=1,
            overlap=UNLIMITED,
        )
        for gold in new.select_related("solution")
    ]
    if made:
        Item.objects.bulk_create(made, ignore_conflicts=True)  # another claim may be making them as well
    return list(items.filter(**active).order_by("gold"))
