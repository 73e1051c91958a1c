"""Acting on what happened in rating: adaptive overlap, until enough raters agree or no more may be asked."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from labelling.rating.models import Outbox
from labelling.review.agreement import METHODS, Outcome
from labelling.review.selectors import item_answers
from labelling.rounds.models import Gold, Item, ItemKind, ItemState

METHOD: Final = METHODS["first-error"]
REASON_LIMIT: Final = 200  # characters, as the column has


@transaction.atomic
def outbox_act(*, row_id: int) -> int:
    """Act on one row of the outbox, and on all others of its item. Returns how many: 0 where somebody else has them.

    Each row is locked, acted on and marked in one transaction. What is done follows from how the item stands now, not
    from how often or in which order rows come: a row that comes twice changes nothing. Pauses need nothing done: the
    lead's page reads the standings.
    """
    free = Outbox.objects.select_for_update(skip_locked=True).filter(drained_at=None)
    row = free.filter(pk=row_id).first()
    if row is None:
        return 0
    taken = [row.pk]
    if row.item_id is not None:
        taken = [one.pk for one in free.filter(item=row.item_id).order_by("pk")]
        item_settle(item_id=row.item_id)
    return Outbox.objects.filter(pk__in=taken).update(drained_at=timezone.now())


@dataclass(frozen=True)
class Decision:
    """How an item goes on."""

    state: str
    overlap: int
    reason: str = ""


@transaction.atomic
def item_settle(*, item_id: int) -> None:
    """Add a rater to an item of an adaptive campaign, or be content with it, or drop it. Others are left alone."""
    locked = Item.objects.select_for_update(of=("self",), no_key=True).select_related("campaign", "round")
    item = locked.filter(pk=item_id, kind=ItemKind.NORMAL).exclude(state=ItemState.WITHDRAWN).first()
    if item is None or item.campaign.overlap_most is None or _is_gold_now(item):
        return
    outcome = METHOD.outcome(item_answers(item.pk), agree=item.campaign.agree)
    now = Decision(item.state, item.overlap, item.state_reason)
    then = _decision(item, outcome, now)
    if then != now:
        item.state, item.overlap, item.state_reason = then.state, then.overlap, then.reason
        item.save(update_fields=["state", "overlap", "state_reason"])


def _is_gold_now(item: Item) -> bool:
    """Whether the solution was promoted: as a normal item it is closed for good."""
    return Gold.objects.filter(campaign=item.campaign_id, solution=item.solution_id).exists()


def _decision(item: Item, outcome: Outcome, now: Decision) -> Decision:
    # Kinds other than screening have a round, and an adaptive campaign its most; said for the type checker.
    most, opened = item.campaign.overlap_most or item.overlap, item.round is not None and item.round.state == "open"
    if not opened:
        return _decision_when_closed(item, outcome, now)
    least = _asked_for(item)
    if outcome.agreed and item.completed >= least:
        return Decision(ItemState.DONE, item.overlap)
    if item.completed < item.overlap:
        return Decision(ItemState.QUEUED, item.overlap)
    if item.overlap < most:
        return Decision(ItemState.QUEUED, item.overlap + 1)
    return Decision(ItemState.DROPPED, item.overlap, _why(item, outcome))


def _decision_when_closed(item: Item, outcome: Outcome, now: Decision) -> Decision:
    """Nobody can be added any more. What was never filled stays as it is."""
    if item.state == ItemState.QUEUED:
        return now
    if outcome.agreed:
        return Decision(ItemState.DONE, item.overlap)
    return Decision(ItemState.DROPPED, item.overlap, _why(item, outcome, closed=True))


def _asked_for(item: Item) -> int:
    """Raters who judge an item in any case: the overlap that its round was opened with."""
    params = item.round.params if item.round is not None else {}
    return int(params.get("overlap") or item.campaign.overlap)


def _why(item: Item, outcome: Outcome, *, closed: bool = False) -> str:
    end = " when the round closed" if closed else ""
    said = f"Of {item.completed} raters fewer than {item.campaign.agree} agreed{end}: {outcome.tally or 'none is left'}"
    return f"{said} ({METHOD.name} {METHOD.version})."[:REASON_LIMIT]
