"""Gold: making it, retiring it, and the items that a round or the screening serves of it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Max, Q

from labelling.corpus.models import Solution, VerdictValue
from labelling.people.models import User
from labelling.prm.models import Score
from labelling.rounds.models import (
    NO_ERROR,
    UNLIMITED,
    Campaign,
    Gold,
    GoldUse,
    Item,
    ItemKind,
    ItemState,
    Mode,
    Round,
)

SCREENING_STRATEGY = "screening"  # what screening items name instead of a round's strategy
SCREENING_VERSION = 1
SOURCE_LIMIT = 200  # characters, as the column has
BECAME_GOLD = "Its solution became gold."
RETIRED = "The gold was retired."


class GoldRefused(Exception):
    """This can't be gold, or not so; the message says why."""


@transaction.atomic
def gold_add(
    *,
    campaign: Campaign,
    solution: Solution,
    acceptable: Sequence[int],
    use: GoldUse = GoldUse.GOLD,
    explanation: str = "",
    source: str = "",
    person: User | None = None,
) -> tuple[Gold, bool]:
    """Make a solution gold of the campaign; True where it was none yet, else nothing changes. Raises GoldRefused.

    A normal item of it is served to nobody else from now on: it keeps its annotations, or is withdrawn without any.
    """
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)  # no round opens meanwhile
    if locked.mode == Mode.ALTERNATIVES:
        raise GoldRefused(
            "Its campaign is in alternatives mode: gold is judged by the first error of a given solution."
        )
    gold, made = Gold.objects.get_or_create(
        campaign=campaign,
        solution=solution,
        defaults={
            "use": use,
            "acceptable": acceptable_checked(acceptable, steps=len(solution.steps)),
            "explanation": explanation.strip(),
            "source": source[:SOURCE_LIMIT],
            "created_by": person,
        },
    )
    if made:
        _close_places(gold)
    return gold, made


def _close_places(gold: Gold) -> None:
    open_items = Item.objects.filter(
        campaign=gold.campaign_id, solution=gold.solution_id, kind=ItemKind.NORMAL, state=ItemState.QUEUED
    )
    open_items.filter(completed__gt=0).update(state=ItemState.DONE, state_reason=BECAME_GOLD)
    open_items.update(state=ItemState.WITHDRAWN, state_reason=BECAME_GOLD)  # whoever holds it may still submit


def acceptable_checked(acceptable: Sequence[int], *, steps: int) -> list[int]:
    """The acceptable first errors, sorted, each once. Raises GoldRefused for none, or one outside the steps."""
    if not acceptable:
        raise GoldRefused("acceptable: at least one step is needed, or -1 for no error.")
    outside = [step for step in acceptable if not NO_ERROR <= step < steps]
    if outside:
        raise GoldRefused(f"acceptable: {outside[0]} is no step; there are 0 to {steps - 1}, and -1 for no error.")
    return sorted(set(acceptable))


@transaction.atomic
def gold_edit(*, gold: Gold, acceptable: Sequence[int], explanation: str | None) -> bool:
    """Change what is right, or the explanation; answers judged before keep their result. False: nothing was new.

    ``explanation``: None leaves the one that is there.
    """
    told = gold.explanation if explanation is None else explanation.strip()
    new = acceptable_checked(acceptable, steps=len(gold.solution.steps)), told
    if new == (sorted(gold.acceptable), gold.explanation):
        return False
    gold.acceptable, gold.explanation = new
    gold.save(update_fields=["acceptable", "explanation"])
    return True


@transaction.atomic
def gold_retire(*, gold: Gold) -> None:
    """Serve a gold to nobody from now on, for good: its explanation may then be told to those who missed it."""
    gold.active = False
    gold.save(update_fields=["active"])
    gold.items.filter(state=ItemState.QUEUED).update(state=ItemState.WITHDRAWN, state_reason=RETIRED)


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
    last = opened.items.aggregate(last=Max("position"))["last"]
    behind = 0 if last is None else last + 1
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
