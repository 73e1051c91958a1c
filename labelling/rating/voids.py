"""Voids: a lead takes a rater's annotations out, with the consequences for the queue; and puts them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.people.models import User
from labelling.rating.database import again_on_clash
from labelling.rating.models import Annotation, Assignment, AssignmentState, Outbox, OutboxKind, Void, VoidedAnnotation
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import Campaign, Gold, Item, ItemKind, ItemState, Round, RoundState
from labelling.rounds.withdrawals import items_withdraw_unfit

FINISHED = (AssignmentState.COMPLETED, AssignmentState.LATE)
LONGEST_REASON = 2_000


class VoidRefused(Exception):
    """A void can't be made or reversed; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which annotations: a rater's in a campaign, all or a round's, stored from ``since`` up to before ``until``.

    A corrected one is of the time of its correction, as that is the version which stands.
    """

    campaign: Campaign
    rater: User
    round: Round | None = None
    since: datetime | None = None
    until: datetime | None = None

    def annotations(self) -> QuerySet[Annotation, Annotation]:
        found = annotations_current().filter(campaign=self.campaign, rater=self.rater)
        if self.round is not None:
            found = found.filter(round=self.round)
        if self.since is not None:
            found = found.filter(created_at__gte=self.since)
        return found if self.until is None else found.filter(created_at__lt=self.until)


@dataclass(frozen=True)
class Preview:
    """What a void would do. ``back``: items that return to the queue; ``closed``: whose round is over.

    ``late``: annotations beyond an item's overlap, which leave no place; ``control``: of gold and screening items.
    """

    annotations: int
    back: int
    closed: int
    late: int
    control: int


def void_preview(span: Span) -> Preview:
    """One query, and nothing changes."""
    late, normal = Q(assignment__state=AssignmentState.LATE), Q(item__kind=ItemKind.NORMAL)
    opened = Q(round__state=RoundState.OPEN)
    promoted = Gold.objects.filter(campaign=span.campaign, solution=OuterRef("solution"))
    counts = (
        span.annotations()
        .annotate(promoted=Exists(promoted))
        .aggregate(
            annotations=Count("pk"),
            back=Count("pk", filter=normal & ~late & opened & Q(promoted=False) & ~Q(item__state=ItemState.WITHDRAWN)),
            closed=Count("pk", filter=normal & ~late & ~opened),
            late=Count("pk", filter=normal & late),
            control=Count("pk", filter=~normal),
        )
    )
    return Preview(**counts)


def annotations_void(
    *,
    campaign: Campaign,
    rater: User,
    by: User,
    reason: str,
    round: Round | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Void:
    """Take annotations out, in one transaction. Raises ``VoidRefused`` without a reason, or where none is there.

    Their items go back to the queue while the round is open, but never to this rater; of a closed round, items that
    nobody has judged any more are withdrawn, so that a later round may pick them. Exports leave the annotations out,
    and consensus is worked out anew. The rater's gold score and admission stay: they are a record of what happened.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise VoidRefused(
            _("A void needs its reason, of at most %(most)s characters.") % {"most": f"{LONGEST_REASON:,}"}
        )
    span = Span(campaign=campaign, rater=rater, round=round, since=since, until=until)
    return again_on_clash(lambda: _void(span, by=by, reason=reason))


def _void(span: Span, *, by: User, reason: str) -> Void:
    leases = _locked(Assignment.objects.filter(pk__in=span.annotations().values("assignment"), state__in=FINISHED))
    # Read again now that they are locked: a correction may have come between, or another void.
    found = list(span.annotations().filter(assignment__in=leases).values_list("pk", "assignment_id"))
    if not found:
        raise VoidRefused(_("There is nothing to void: no annotation of this rater stands in that span."))
    void = Void.objects.create(
        rater=span.rater,
        campaign=span.campaign,
        round=span.round,
        since=span.since,
        until=span.until,
        reason=reason,
        made_by=by,
    )
    VoidedAnnotation.objects.bulk_create(VoidedAnnotation(void=void, annotation_id=pk) for pk, _lease in found)
    taken = [leases[lease] for _pk, lease in found]
    _items_take_back([lease.item_id for lease in taken if lease.state == AssignmentState.COMPLETED])
    Assignment.objects.filter(pk__in=[lease.pk for lease in taken]).update(state=AssignmentState.VOIDED)
    _settle_anew(lease.item_id for lease in taken)
    return void


def void_reverse(*, void: Void, by: User) -> Void:
    """Put a void's annotations back, in one transaction. Raises ``VoidRefused`` where that was done before.

    Where others have filled the place meanwhile, or a later round has picked the solution, the annotation is kept as
    late: stored, but beyond what the item asks for.
    """
    return again_on_clash(lambda: _reverse(void.pk, by=by))


def _reverse(void_id: int, *, by: User) -> Void:
    void = Void.objects.select_for_update(no_key=True).get(pk=void_id)
    if void.reversed_at is not None:
        raise VoidRefused(_("This void has been reversed already."))
    late = dict(void.annotations.values_list("annotation__assignment_id", "annotation__late"))
    leases = _locked(Assignment.objects.filter(pk__in=late, state=AssignmentState.VOIDED))
    counted = _items_give_back([lease.item_id for lease in leases.values() if not late[lease.pk]])
    completed = [lease.pk for lease in leases.values() if not late[lease.pk] and lease.item_id in counted]
    finished = Assignment.objects.filter(pk__in=leases)
    finished.filter(pk__in=completed).update(state=AssignmentState.COMPLETED)
    finished.exclude(pk__in=completed).update(state=AssignmentState.LATE)
    void.annotations.update(restored=True)
    void.reversed_by, void.reversed_at = by, timezone.now()
    void.save(update_fields=["reversed_by", "reversed_at"])
    _settle_anew(lease.item_id for lease in leases.values())
    return void


def _locked(leases: QuerySet[Assignment, Assignment]) -> dict[UUID, Assignment]:
    """The leases before their items, as a submit locks them; in order, so that two voids wait and never in a ring."""
    return {lease.pk: lease for lease in leases.select_for_update(no_key=True).order_by("pk")}


# A round that is being closed either waits for this transaction or is seen closed by it: SHARE keeps it from changing.
LOCK_ROUNDS = """
SELECT id FROM rounds_round WHERE id IN (SELECT round_id FROM rounds_item WHERE id = ANY(%(items)s))
ORDER BY id FOR SHARE
"""
LOCK_ITEMS = "SELECT id FROM rounds_item WHERE id = ANY(%(items)s) ORDER BY id FOR NO KEY UPDATE"

# What was imported belongs to no queue: it counts as a closed round's, also in screening, which has no round.
TAKE_BACK = """
UPDATE rounds_item item SET completed = item.completed - 1, state = fresh.state, state_reason = reason.text
FROM rounds_item one
LEFT JOIN rounds_round r ON r.id = one.round_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN one.state = 'withdrawn' THEN 'withdrawn'
                WHEN one.kind = 'normal' AND EXISTS (
                    SELECT 1 FROM rounds_gold g WHERE g.campaign_id = one.campaign_id
                    AND g.solution_id = one.solution_id) THEN one.state  -- promoted: no normal item any more
                WHEN r.state IS DISTINCT FROM 'closed' AND one.strategy <> 'imported' THEN 'queued'
                WHEN one.held = 0 AND one.completed = 1 THEN 'withdrawn' ELSE one.state END AS state) fresh
CROSS JOIN LATERAL (
    SELECT CASE WHEN fresh.state = one.state THEN one.state_reason
                WHEN fresh.state = 'withdrawn' THEN 'Its annotations were voided after the round had closed.'
                ELSE '' END AS text) reason
WHERE one.id = item.id AND item.id = ANY(%(items)s)
"""

# A place is left while the overlap has one, and while no later round has picked the solution again. What a closed round
# had given up is done with what it has: else a later round would pick it in spite of the annotation that stands.
GIVE_BACK = """
UPDATE rounds_item item SET completed = completed + 1,
    state = CASE WHEN fresh.done THEN 'done' ELSE state END,
    state_reason = CASE WHEN fresh.done THEN '' ELSE state_reason END
FROM (SELECT one.id, one.completed + 1 >= one.overlap
                     OR (one.state = 'withdrawn' AND (r.state = 'closed' OR one.strategy = 'imported')) AS done
      FROM rounds_item one LEFT JOIN rounds_round r ON r.id = one.round_id) fresh
WHERE fresh.id = item.id AND item.id = ANY(%(items)s) AND held + completed < overlap
  AND NOT (state = 'withdrawn' AND kind = 'normal' AND EXISTS (
      SELECT 1 FROM rounds_item other
      WHERE other.campaign_id = item.campaign_id AND other.solution_id = item.solution_id AND other.id <> item.id
        AND other.kind = 'normal' AND other.state <> 'withdrawn'))
RETURNING item.id
"""


def _items_take_back(item_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        for statement in (LOCK_ROUNDS, LOCK_ITEMS, TAKE_BACK):
            cursor.execute(statement, {"items": list(item_ids)})
    items_withdraw_unfit(item_ids=item_ids, reason="Its annotations were voided, and it is not graded wrong any more.")


def _items_give_back(item_ids: Sequence[int]) -> set[int]:
    """Count a completion more on each item that has a place for it; returns those."""
    with connection.cursor() as cursor:
        for statement in (LOCK_ROUNDS, LOCK_ITEMS, GIVE_BACK):
            cursor.execute(statement, {"items": list(item_ids)})
        return {row[0] for row in cursor.fetchall()}


def _settle_anew(item_ids: Iterable[int]) -> None:
    """Tell the apps above, which work out agreement, where raters are added until they agree. Who called drains."""
    adaptive = Item.objects.filter(pk__in=set(item_ids), kind=ItemKind.NORMAL, campaign__overlap_most__isnull=False)
    changed = adaptive.order_by("pk").values_list("pk", flat=True)
    Outbox.objects.bulk_create(Outbox(kind=OutboxKind.CHANGED, item_id=item_id) for item_id in changed)
