"""The raw tables of campaigns and rounds, as an operator sees them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.people.models import User
from labelling.rounds.models import Campaign
from tests.factories import GuidelineVersionFactory, ItemFactory, ReferenceHoldFactory, RoundFactory

HISTORY = ["rounds_round", "rounds_item", "rounds_referencehold", "rounds_guidelineversion"]


@pytest.fixture
def admin(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def make_rows(count: int) -> list[int]:
    """So many of each table, each in a campaign of its own; the ids of the last ones in HISTORY's order."""
    for _ in range(count):
        round_ = RoundFactory.create()
        item = ItemFactory.create(round=round_)
        hold = ReferenceHoldFactory.create(round=round_)
        guideline = GuidelineVersionFactory.create(campaign=round_.campaign)
    return [round_.pk, item.pk, hold.pk, guideline.pk]


def queries(admin: Client, name: str) -> int:
    page = reverse(f"admin:{name}_changelist")
    assert admin.get(page).status_code == 200  # the first page of a session stores its CSRF token, too
    with CaptureQueriesContext(connection) as captured:
        admin.get(page)
    return len(captured)


@pytest.mark.parametrize("name", ["rounds_campaign", *HISTORY])
def test_a_list_of_many_rows_takes_no_more_queries_than_one_of_few(admin: Client, name: str) -> None:
    make_rows(2)
    few = queries(admin, name)
    make_rows(8)

    assert queries(admin, name) == few


def test_history_can_be_looked_at_but_not_changed_or_deleted(admin: Client) -> None:
    for name, pk in zip(HISTORY, make_rows(1), strict=True):
        page = reverse(f"admin:{name}_change", args=[pk])

        assert admin.get(page).status_code == 200
        assert admin.post(page, {}).status_code == 403
        assert admin.post(reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", HISTORY)
def test_rounds_and_guidelines_come_from_commands_and_are_not_added_here(admin: Client, name: str) -> None:
    assert admin.get(reverse(f"admin:{name}_add")).status_code == 403


def test_a_campaign_made_here_has_guidelines_and_keeps_its_slug(admin: Client) -> None:
    numbers = ["skips_per_round", "gold_per_round", "gold_least", "screening_items", "screening_tries", "lease_minutes"]
    numbers += ["candidates_per_turn"]
    fields = {"name": "Algebra", "mode": "first_error", "purpose": "training", "overlap": "1", "agree": "3"}
    fields |= {"gold_mark": "0.8", "screening_mark": "0.75", **dict.fromkeys(numbers, "9")}
    fields |= {"answer_shown": "shown", "error_notes": "off", "lease_ahead": "5"}
    assert admin.post(reverse("admin:rounds_campaign_add"), fields | {"slug": "algebra"}).status_code == 302
    campaign = Campaign.objects.get()
    assert campaign.guidelines.get().number == 1

    page = reverse("admin:rounds_campaign_change", args=[campaign.pk])
    assert admin.post(page, fields | {"slug": "geometry", "overlap": "3"}).status_code == 302

    campaign.refresh_from_db()
    assert (campaign.slug, campaign.overlap) == ("algebra", 3)
    assert campaign.guidelines.count() == 1
