"""Claiming: who gets which item, exactly once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.models import Assignment
from labelling.rating.services import lease_claim, leases_expire
from labelling.rounds.models import Campaign, Item, Round, RoundState
from tests.factories import GuidelineVersionFactory, ItemFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug="maths")


def item_of(lease: Any) -> Item:
    return Assignment.objects.get(pk=lease).item


def let_run_out(lease: Any) -> None:
    Assignment.objects.filter(pk=lease).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_it_hands_out_the_first_item_in_line(round_: Round, rater: User) -> None:
    last, first = (ItemFactory.create(round=round_, position=position) for position in (7, 3))
    assert item_of(lease_claim(rater=rater, campaign="maths").lease) == first
    assert last.held == 0


def test_a_second_claim_returns_the_same_lease(round_: Round, rater: User) -> None:
    ItemFactory.create_batch(2, round=round_)
    assert lease_claim(rater=rater, campaign="maths") == lease_claim(rater=rater, campaign="maths")


def test_two_raters_never_hold_one_item_of_overlap_one(round_: Round, rater: User) -> None:
    ItemFactory.create(round=round_)
    assert lease_claim(rater=rater, campaign="maths").lease
    assert lease_claim(rater=UserFactory.create(), campaign="maths").reason == "queue-empty"


def test_an_item_of_overlap_two_goes_to_two_raters_and_to_no_third(round_: Round) -> None:
    item = ItemFactory.create(round=round_, overlap=2)
    leases = [lease_claim(rater=UserFactory.create(), campaign="maths").lease for _ in range(3)]
    assert [lease and item_of(lease) for lease in leases] == [item, item, None]


def test_a_lease_that_ran_out_goes_to_the_next_rater_first(round_: Round, rater: User) -> None:
    first, _ = (ItemFactory.create(round=round_, position=position) for position in (0, 1))
    let_run_out(lease_claim(rater=rater, campaign="maths").lease)
    assert leases_expire() == 1
    assert item_of(lease_claim(rater=UserFactory.create(), campaign="maths").lease) == first


def test_a_rater_whose_lease_ran_out_gets_the_item_back_if_it_is_free(round_: Round, rater: User) -> None:
    item = ItemFactory.create(round=round_)
    old = lease_claim(rater=rater, campaign="maths").lease
    let_run_out(old)
    assert lease_claim(rater=rater, campaign="maths").lease == old
    item.refresh_from_db()
    assert item.held == 1


def test_closed_rounds_and_other_campaigns_give_nothing(rater: User) -> None:
    ItemFactory.create(round=RoundFactory.create(campaign__slug="maths", state=RoundState.CLOSED))
    ItemFactory.create()
    assert lease_claim(rater=rater, campaign="maths").reason == "queue-empty"


def test_guidelines_come_before_the_first_item(round_: Round, rater: User) -> None:
    ItemFactory.create(round=round_)
    GuidelineVersionFactory.create(campaign=round_.campaign)
    assert lease_claim(rater=rater, campaign="maths").reason == "guidelines"


def test_a_campaign_that_is_not_there_is_said_so(rater: User) -> None:
    assert lease_claim(rater=rater, campaign="nowhere").reason == "no-campaign"


def test_the_database_itself_refuses_more_than_the_overlap(round_: Round) -> None:
    item = ItemFactory.create(round=round_, overlap=1, held=1)
    with pytest.raises(IntegrityError, match="item_within_overlap"):
        Item.objects.filter(pk=item.pk).update(completed=1)


@pytest.mark.django_db(transaction=True)
def test_eight_raters_at_once_share_a_queue_without_a_double() -> None:
    campaign: Campaign = RoundFactory.create(campaign__slug="maths", campaign__lease_ahead=0).campaign
    ItemFactory.create_batch(12, round=Round.objects.get(campaign=campaign), overlap=2)
    raters = UserFactory.create_batch(24)

    def claim(rater: User) -> Any:
        try:
            return lease_claim(rater=rater, campaign="maths").lease
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        leases = list(pool.map(claim, raters))
    held = Counter(Assignment.objects.filter(pk__in=leases).values_list("item_id", flat=True))
    assert set(held.values()) == {2}
    assert len(held) == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ahead", [0, 3])
def test_two_tabs_of_one_rater_get_the_same_leases(ahead: int) -> None:
    ItemFactory.create_batch(8, round=RoundFactory.create(campaign__slug="maths", campaign__lease_ahead=ahead))
    rater = UserFactory.create()

    def claim(_: int) -> Any:
        try:
            return lease_claim(rater=rater, campaign="maths").held
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        leases = set(pool.map(claim, range(12)))
    assert len(leases) == 1
    assert sum(Item.objects.values_list("held", flat=True)) == len(*leases) == 1 + ahead
