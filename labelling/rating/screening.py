"""Screening: who wants work in a campaign that asks for it first answers items whose first error is known.

The active screening golds stand in one line, by id. A try asks for the first ``screening_items`` of them that the rater
has not met: a second try is thus made of the next ones, as nobody meets a solution twice. The try's seed shuffles
them, or they come in that line for everybody.
"""

import random
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.rating.models import Admission, Assignment, AssignmentState, ScreeningTry, Standing
from labelling.rounds.golds import items_of_screening
from labelling.rounds.models import Campaign, GoldUse, Item

FAILED: Final = "screening-failed"
MISSING: Final = "screening-missing"
# A lease that ran out, or was passed over, comes again: the try asks for an answer to it.
UNANSWERED: Final = (AssignmentState.EXPIRED, AssignmentState.SKIPPED)
SEEDS: Final = 2**31


class ScreeningRefused(Exception):
    """No further try; the message says why."""


@transaction.atomic
def screening_claim(
    *, rater_id: int, campaign: Mapping[str, Any], guideline_id: int | None
) -> tuple[uuids.UUID | None, str | None]:
    """The rater's lease on a screening item, else the next one of the try; or None and why there is none.

    Of ``campaign`` only its ``id`` is read. A first claim begins a try. Raises IntegrityError where the same rater's
    second tab was faster.
    """
    now = timezone.now()
    found = Campaign.objects.get(pk=campaign["id"])
    held = Assignment.objects.filter(rater_id=rater_id, campaign=found, state=AssignmentState.LEASED)
    lease = held.select_for_update().first()  # leases are locked before standings, and these before items
    if lease is not None and lease.expires_at > now:
        return lease.pk, None
    standing = _standing(rater_id, found.pk)
    if lease is not None:
        _expire(lease, now)
    if standing.admission == Admission.FAILED:
        return None, FAILED
    line = _line(rater_id, found)
    running = _open_try(rater_id, found.pk) or _begin(standing, found, line)
    wanted = running.total - running.answered if running else 0
    if running is None or len(line) < wanted:  # golds were retired: better told now than at the try's last item
        return None, MISSING
    item = _next(line[:wanted], running, shuffled=found.screening_shuffled)
    return _lease(item, rater_id=rater_id, campaign=found, guideline_id=guideline_id, now=now), None


def _next(left: Sequence[Item], running: ScreeningTry, *, shuffled: bool) -> Item:
    """The same one each time until it is answered, as the number of answers is part of the seed."""
    if not shuffled:
        return left[0]
    return random.Random(f"{running.seed}/{running.answered}").choice(left)  # noqa: S311  an order, not a secret


def _standing(rater_id: int, campaign_id: int) -> Standing:
    Standing.objects.get_or_create(rater_id=rater_id, campaign_id=campaign_id)
    return Standing.objects.select_for_update(no_key=True).get(rater_id=rater_id, campaign_id=campaign_id)


def _open_try(rater_id: int, campaign_id: int) -> ScreeningTry | None:
    return ScreeningTry.objects.filter(rater_id=rater_id, campaign_id=campaign_id, passed=None).first()


def _line(rater_id: int, campaign: Campaign) -> list[Item]:
    """The screening items that the rater has not met, in their line."""
    return _unmet(rater_id, campaign.pk, items_of_screening(campaign=campaign))


def _unmet(rater_id: int, campaign_id: int, items: Sequence[Item]) -> list[Item]:
    own = Assignment.objects.filter(rater_id=rater_id, campaign_id=campaign_id).exclude(state__in=UNANSWERED)
    met = set(own.filter(solution__in=[item.solution_id for item in items]).values_list("solution_id", flat=True))
    return [item for item in items if item.solution_id not in met]


def _begin(standing: Standing, campaign: Campaign, line: Sequence[Item]) -> ScreeningTry | None:
    """The next try, where there is enough for it."""
    if len(line) < campaign.screening_items:
        return None
    begun = ScreeningTry.objects.create(
        rater_id=standing.rater_id,
        campaign=campaign,
        number=1 + ScreeningTry.objects.filter(rater_id=standing.rater_id, campaign=campaign).count(),
        seed=random.randrange(SEEDS),  # noqa: S311  an order, not a secret
        total=campaign.screening_items,
    )
    _admission(standing, Admission.SCREENING)
    return begun


def _admission(standing: Standing, admission: Admission) -> None:
    standing.admission = admission
    standing.save(update_fields=["admission"])


def _lease(item: Item, *, rater_id: int, campaign: Campaign, guideline_id: int | None, now: datetime) -> uuids.UUID:
    Item.objects.filter(pk=item.pk).update(held=F("held") + 1)
    values = {
        "item": item,
        "guideline_id": guideline_id,
        "state": AssignmentState.LEASED,
        "slot": 0,
        "leased_at": now,
        "expires_at": now + timedelta(minutes=campaign.lease_minutes),
        "finished_at": None,
    }
    lease, _made = Assignment.objects.update_or_create(
        rater_id=rater_id, campaign=campaign, solution_id=item.solution_id, defaults=values
    )
    return lease.pk


def _expire(lease: Assignment, now: datetime) -> None:
    lease.state, lease.finished_at = AssignmentState.EXPIRED, now
    lease.save(update_fields=["state", "finished_at"])
    Item.objects.filter(pk=lease.item_id).update(held=F("held") - 1)


@transaction.atomic
def screening_answered(*, rater_id: int, campaign_id: int, right: bool | None) -> None:
    """Count an answer, and decide the try where it was the last one. To be called in the submit's transaction."""
    standing = _standing(rater_id, campaign_id)
    running = _open_try(rater_id, campaign_id)
    if running is None:  # an answer that came late, after the try
        return
    running.answered += 1
    running.right += right is True
    if running.answered == running.total:
        mark = Campaign.objects.values_list("screening_mark", flat=True).get(pk=campaign_id)
        running.passed = running.right / running.total >= mark
        running.finished_at = timezone.now()
        if standing.admission == Admission.SCREENING:  # a lead's word stands
            _admission(standing, Admission.ADMITTED if running.passed else Admission.FAILED)
    running.save(update_fields=["answered", "right", "passed", "finished_at"])


@transaction.atomic
def screening_retry(*, rater_id: int, campaign: Campaign, granted: bool = False) -> None:
    """Let a rater who failed try again, with the next items of the line; ``granted`` by a lead: past the allowance.

    Raises ScreeningRefused. The try itself begins with the next claim.
    """
    standing = _standing(rater_id, campaign.pk)
    if standing.admission != Admission.FAILED:
        raise ScreeningRefused(_("Only who has failed the screening can try again."))
    tries = ScreeningTry.objects.filter(rater_id=rater_id, campaign=campaign).count()
    if not granted and tries >= campaign.screening_tries:
        raise ScreeningRefused(_("All tries of the screening have been used."))
    if len(_line(rater_id, campaign)) < campaign.screening_items:
        raise ScreeningRefused(_("There are too few screening items left that this rater has not met."))
    _admission(standing, Admission.NEW)


@dataclass(frozen=True)
class ScreeningView:
    """What a rater is told of the own screening: never which answers were right while a try goes on.

    ``state``: ``new``, ``screening``, ``admitted`` or ``failed``. ``answered`` of ``total`` in the last try;
    ``right`` is None until it is decided. ``may_retry``: further tries are left (or granted), and items for one.
    ``tries_left``: of the setting's, this one included where it has not begun. ``missing``: too few items are there to
    begin or go on.
    """

    state: str
    answered: int
    total: int
    right: int | None
    mark: float
    may_retry: bool
    tries_left: int
    missing: bool

    @property
    def percent(self) -> int | None:
        return None if self.right is None else 100 * self.right // self.total

    @property
    def mark_percent(self) -> int:
        return round(100 * self.mark)

    @property
    def needed(self) -> int:
        """Right answers that the mark asks for."""
        return next(right for right in range(self.total + 1) if right / self.total >= self.mark)


def screening_view(*, rater_id: int, campaign: Campaign, standing: Standing | None) -> ScreeningView | None:
    """The rater's screening in the campaign (``standing``: theirs there); None where it asks for none."""
    if not campaign.screening_required:
        return None
    state = Admission(standing.admission) if standing else Admission.NEW
    tries = list(ScreeningTry.objects.filter(rater_id=rater_id, campaign=campaign).order_by("-number"))
    last = tries[0] if tries and state != Admission.NEW else None
    total = last.total if last else campaign.screening_items
    wanted = total - last.answered if last and last.passed is None else campaign.screening_items
    enough = True if state == Admission.ADMITTED else _left(rater_id, campaign) >= wanted
    return ScreeningView(
        state=state.value,
        answered=last.answered if last else 0,
        total=total,
        right=last.right if last and _told(last, state) else None,
        mark=campaign.screening_mark,
        tries_left=max(campaign.screening_tries - len(tries), int(state == Admission.NEW)),  # a lead may grant one
        may_retry=state == Admission.FAILED and len(tries) < campaign.screening_tries and enough,
        missing=state in (Admission.NEW, Admission.SCREENING) and not enough,
    )


def _told(last: ScreeningTry, state: Admission) -> bool:
    """Whether the try's result is the rater's: not while it goes on, nor where a lead admitted them in spite of it."""
    return last.passed is not None and (last.passed or state != Admission.ADMITTED)


def _left(rater_id: int, campaign: Campaign) -> int:
    """Screening golds that the rater has not answered, without making items of them."""
    golds = campaign.golds.filter(use=GoldUse.SCREENING, active=True)
    unanswered = (*UNANSWERED, AssignmentState.LEASED)  # the one in hand is still to be answered
    own = Assignment.objects.filter(rater_id=rater_id, campaign=campaign).exclude(state__in=unanswered)
    return golds.exclude(solution__in=own.values("solution")).count()
