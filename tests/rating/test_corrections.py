"""Corrections: a new version that names the old one, while the round is open; and opening an item again."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from labelling.people.models import Role, User
from labelling.rating.models import Annotation, Assignment, Outbox
from labelling.rounds.models import Item, ItemState, Round, RoundState
from tests.conftest import person
from tests.factories import ItemFactory, RoundFactory
from tests.rating.kit import SLUG, body, claimed, gold_item, post, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug=SLUG, campaign__gold_per_round=0)


@pytest.fixture
def answered(round_: Round, rater: User) -> tuple[Any, dict[str, Any]]:
    """A lease whose item the rater has submitted, and what was sent."""
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    return lease, submitted(rater, lease)


def reopened(client: Client, lease: Any) -> Any:
    return client.get(reverse("api-reopen", args=[SLUG, lease]))


def test_a_correction_is_a_new_version_that_names_the_old(answered: Any, signed_in_rater: Client) -> None:
    lease, sent = answered
    new = body(first_error=None, replaces=sent["uuid"])
    assert post(signed_in_rater, "api-submit", lease, new).status_code == 200
    old, corrected = Annotation.objects.order_by("version")
    assert (old.step_ratings, corrected.step_ratings) == ([1, -1], [1, 1, 1])
    assert (corrected.version, corrected.replaces, str(corrected.uuid)) == (2, old, new["uuid"])
    item = Item.objects.get()
    assert (item.completed, item.held, item.state) == (1, 0, "done")


def test_the_same_correction_again_is_the_same_correction(answered: Any, signed_in_rater: Client) -> None:
    lease, sent = answered
    new = body(replaces=sent["uuid"])
    assert [post(signed_in_rater, "api-submit", lease, new).status_code for _ in range(2)] == [200, 200]
    assert Annotation.objects.count() == 2


def test_only_the_newest_version_can_be_corrected(answered: Any, signed_in_rater: Client) -> None:
    lease, sent = answered
    post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"]))
    again = post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"]))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "replaced")
    odd = post(signed_in_rater, "api-submit", lease, body(replaces="x"))
    assert (odd.status_code, odd.json()["error"]["field"]) == (400, "replaces")


def test_a_correction_is_judged_as_strictly_as_a_submit(answered: Any, signed_in_rater: Client) -> None:
    lease, sent = answered
    wrong = post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"], finish_reason="solution"))
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "finish_reason")


def test_nothing_is_corrected_once_the_round_is_closed_or_the_item_dropped(
    answered: Any, signed_in_rater: Client
) -> None:
    lease, sent = answered
    Item.objects.update(state=ItemState.DROPPED)
    dropped = post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"]))
    assert (dropped.status_code, dropped.json()["error"]["code"]) == (409, "item-closed")
    Round.objects.update(state=RoundState.CLOSED)
    closed = post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"]))
    assert (closed.status_code, closed.json()["error"]["code"]) == (409, "round-closed")
    assert Annotation.objects.count() == 1


def test_there_is_nothing_to_correct_before_the_submit(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    early = post(signed_in_rater, "api-submit", claimed(rater), body(replaces=str(uuid.uuid4())))
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not-submitted")


def test_a_gold_keeps_its_first_answer_s_result(round_: Round, rater: User, signed_in_rater: Client) -> None:
    item = gold_item(round_, acceptable=(1,))
    lease = Assignment.objects.create(
        item=item,
        campaign=round_.campaign,
        solution=item.solution,
        rater=rater,
        leased_at=round_.opened_at,
        expires_at=round_.opened_at,
    ).pk
    Item.objects.filter(pk=item.pk).update(held=1)
    sent = submitted(rater, lease, first_error=0)
    post(signed_in_rater, "api-submit", lease, body(first_error=1, replaces=sent["uuid"]))
    assert list(Annotation.objects.order_by("version").values_list("gold_right", flat=True)) == [False, None]
    standing = rater.standings.get()
    assert (standing.gold_seen, standing.gold_right) == (1, 0)


def test_an_adaptive_item_s_correction_is_told(rater: User, signed_in_rater: Client) -> None:
    round_ = RoundFactory.create(campaign__slug=SLUG, campaign__overlap_most=5)
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    sent = submitted(rater, lease)
    post(signed_in_rater, "api-submit", lease, body(replaces=sent["uuid"]))
    assert list(Outbox.objects.order_by("id").values_list("kind", flat=True)) == ["filled", "changed"]


def test_a_submitted_item_can_be_opened_again_with_its_answer(answered: Any, signed_in_rater: Client) -> None:
    lease, sent = answered
    page = reopened(signed_in_rater, lease).json()
    assert page["lease"]["id"] == str(lease)
    assert page["answer"]["uuid"] == sent["uuid"]
    assert page["answer"]["steps"] == sent["steps"]
    assert (page["answer"]["version"], page["correctable"], page["reason"]) == (1, True, None)
    Round.objects.update(state=RoundState.CLOSED)
    page = reopened(signed_in_rater, lease).json()
    assert (page["correctable"], page["reason"]) == (False, "round-closed")


def test_a_lease_in_work_opens_without_an_answer_and_a_colleague_s_not_at_all(
    round_: Round, rater: User, signed_in_rater: Client, client: Client
) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    page = reopened(signed_in_rater, lease).json()
    assert (page["answer"], page["correctable"], page["reason"]) == (None, False, "leased")
    client.force_login(person("rob", Role.RATER))
    assert reopened(client, lease).status_code == 404


def test_a_second_first_version_is_refused_by_the_database(answered: Any) -> None:
    one = Annotation.objects.get()
    one.pk, one.uuid = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="annotation_version_once"), transaction.atomic():
        one.save(force_insert=True)
