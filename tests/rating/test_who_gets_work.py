"""Quotas, pools, pause, the give-up rule, and what comes back first in line."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.home import campaigns_of
from labelling.rating.models import Assignment, Standing
from labelling.rating.services import lease_claim, leases_expire
from labelling.rounds.models import Campaign, Item, Round
from tests.factories import ItemFactory, RoundFactory, UserFactory
from tests.rating.kit import SLUG, body, claimed, item_of, let_run_out, post, standing_of, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug=SLUG, campaign__lease_ahead=0)


def reason(rater: User) -> str | None:
    """Why there is no lease; None where there is one."""
    made = lease_claim(rater=rater, campaign=SLUG)
    return None if made.held else made.reason


def test_the_day_s_quota_ends_the_day_and_the_next_begins_anew(round_: Round, rater: User) -> None:
    ItemFactory.create_batch(4, round=round_)
    Campaign.objects.update(items_per_day=2)
    for _ in range(2):
        submitted(rater, claimed(rater))
    assert reason(rater) == "quota"
    Standing.objects.update(day=timezone.now().date() - timedelta(days=1))
    submitted(rater, claimed(rater))
    assert (standing_of(rater).day_count, reason(rater)) == (1, None)


def test_a_rater_s_own_quota_comes_before_the_campaign_s(round_: Round, rater: User) -> None:
    ItemFactory.create_batch(3, round=round_)
    Campaign.objects.update(items_per_day=1)
    submitted(rater, claimed(rater))
    assert reason(rater) == "quota"
    Standing.objects.update(items_per_day=2)
    assert reason(rater) is None


def test_the_last_submit_of_the_day_says_so(round_: Round, signed_in_rater: Client, rater: User) -> None:
    ItemFactory.create_batch(2, round=round_)
    Campaign.objects.update(items_per_day=1)
    answer = post(signed_in_rater, "api-submit", claimed(rater), body()).json()
    assert (answer["held"], answer["reason"]) == ([], "quota")
    assert "tomorrow" in answer["message"]


def test_a_round_for_a_pool_is_served_to_that_pool_alone(round_: Round, rater: User) -> None:
    ItemFactory.create(round=round_)
    Round.objects.update(pool="experts")
    assert (reason(rater), campaigns_of(rater)[0].waiting) == ("queue-empty", 0)
    Standing.objects.update(pool="experts")
    assert campaigns_of(rater)[0].waiting == 1
    assert reason(rater) is None


def test_who_is_paused_gets_nothing_and_is_told_why(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create_batch(2, round=round_)
    lease = claimed(rater)
    Standing.objects.update(paused_at=timezone.now(), pause_reason="Please ring Lena.")
    offer = signed_in_rater.post(reverse("api-claim", args=[SLUG])).json()
    assert (offer["held"], offer["leases"], offer["reason"]) == ([], [], "paused")
    assert offer["message"] == "Please ring Lena."
    kept = post(signed_in_rater, "api-submit", lease, body())
    assert (kept.status_code, kept.json()["held"], kept.json()["reason"]) == (200, [], "paused")


def test_giving_up_needs_the_campaign_s_leave(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    Campaign.objects.update(allow_give_up=False)
    sent = body(finish_reason="give_up", first_error=None, steps=0, reason="Too hard.")
    refused = post(signed_in_rater, "api-submit", claimed(rater), sent)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "finish_reason")


def test_a_rater_far_ahead_still_gets_what_came_back_behind(round_: Round) -> None:
    items = [ItemFactory.create(round=round_, position=position, overlap=2) for position in range(4)]
    fast, slow = UserFactory.create_batch(2)
    submitted(fast, claimed(fast))
    held = claimed(slow)
    assert item_of(held) == items[0]
    submitted(fast, claimed(fast))
    third = claimed(fast)
    let_run_out(third)
    leases_expire()
    submitted(slow, held)
    assert item_of(claimed(fast)) == items[2]
    assert standing_of(fast).cursor == 2


def test_what_came_back_is_marked_by_the_database_whoever_frees_it(round_: Round) -> None:
    untouched, expired, raised = (ItemFactory.create(round=round_, leased=True) for _ in range(3))
    Item.objects.filter(pk=expired.pk).update(held=0)
    Item.objects.filter(pk=raised.pk).update(overlap=2)
    Item.objects.filter(pk=untouched.pk).update(held=0, completed=1)
    assert set(Item.objects.filter(returned=True)) == {expired, raised}


def test_a_reload_renews_a_lease_about_to_end_and_keeps_a_fresh_one(round_: Round, rater: User) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    fresh = Assignment.objects.get(pk=lease).expires_at
    claimed(rater)
    assert Assignment.objects.get(pk=lease).expires_at == fresh
    Assignment.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert claimed(rater) == lease
    assert Assignment.objects.get(pk=lease).expires_at > fresh - timedelta(minutes=1)


def test_an_empty_queue_takes_back_what_ran_out_without_waiting_for_the_sweep(round_: Round, rater: User) -> None:
    item = ItemFactory.create(round=round_)
    let_run_out(claimed(rater))
    assert item_of(claimed(UserFactory.create())) == item


def test_a_late_submit_of_one_lease_leaves_the_other_one_held(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    ItemFactory.create_batch(3, round=round_)
    late = claimed(rater)
    let_run_out(late)
    leases_expire()
    claimed(UserFactory.create())  # takes the place
    now: Any = claimed(rater)
    answer = post(signed_in_rater, "api-submit", late, body()).json()
    assert answer["held"] == [str(now)]
