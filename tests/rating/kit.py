"""What several tests of claims and submits need."""

import uuid
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.models import Assignment, Standing
from labelling.rating.services import annotation_submit, lease_claim
from labelling.rounds.models import UNLIMITED, Gold, GoldUse, Item, ItemKind, Round
from tests.factories import ItemFactory, SolutionFactory

SLUG = "maths"


def body(*, first_error: int | None = 1, steps: int = 3, **changes: Any) -> dict[str, Any]:
    """A submit for an item of the factories' three steps."""
    ratings = [1] * steps if first_error is None else [*[1] * first_error, -1]
    judged = [{"rating": rating, "flagged": False} for rating in ratings]
    finish = "solution" if first_error is None else "found_error"
    return {"uuid": str(uuid.uuid4()), "steps": judged, "finish_reason": finish, "total_time": 9000} | changes


def post(client: Client, name: str, lease: Any, data: Any = None) -> Any:
    return client.post(reverse(name, args=[SLUG, lease]), data or {}, content_type="application/json")


def claimed(rater: User) -> Any:
    return lease_claim(rater=rater, campaign=SLUG).lease


def item_of(lease: Any) -> Item:
    return Assignment.objects.get(pk=lease).item


def submitted(rater: User, lease: Any, **changes: Any) -> dict[str, Any]:
    sent = body(**changes)
    annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=sent)
    return sent


def let_run_out(lease: Any) -> None:
    Assignment.objects.filter(pk=lease).update(expires_at=timezone.now() - timedelta(seconds=1))


def gold_item(round_: Round, *, acceptable: tuple[int, ...] = (1,)) -> Item:
    gold = Gold.objects.create(
        campaign=round_.campaign, solution=SolutionFactory.create(), use=GoldUse.GOLD, acceptable=list(acceptable)
    )
    made: Item = ItemFactory.create(
        round=round_,
        position=round_.items.count(),
        solution=gold.solution,
        gold=gold,
        kind=ItemKind.GOLD,
        overlap=UNLIMITED,
    )
    return made


def standing_of(rater: User) -> Standing:
    return Standing.objects.get(rater=rater, campaign__slug=SLUG)
