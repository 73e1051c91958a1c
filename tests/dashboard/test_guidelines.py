"""The lead's page of guidelines: preview, publishing, what raters accepted; for whom, and at what cost."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import Role, User
from labelling.rating.services import guideline_acknowledge
from labelling.rounds.models import Campaign
from labelling.rounds.publishing import guideline_publish
from tests.conftest import person

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/gsm/guidelines/"
NEXT = {"newest": "1", "body": "# Judge\n\nFrom the very top.", "summary": "Where to begin.", "change": "rules"}


@pytest.fixture
def campaign(campaign: Campaign) -> Campaign:
    guideline_publish(campaign=campaign, body="# Judge\n\nFrom the top.")
    return campaign


def post(client: Client, act: str = "publish", **changes: str) -> Any:
    return client.post(PAGE, NEXT | {"act": act} | changes, follow=True)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_it_publishes_the_next_version_with_kind_summary_and_name(
    as_owner: Client, owner: User, campaign: Campaign
) -> None:
    assert "Version 2 is published." in text_of(post(as_owner))
    made = campaign.guidelines.get(number=2)
    assert (made.body, made.change, made.summary, made.published_by) == (NEXT["body"], "rules", NEXT["summary"], owner)


def test_a_preview_shows_the_text_and_what_differs_and_publishes_nothing(as_owner: Client, campaign: Campaign) -> None:
    response = post(as_owner, "preview", summary="", body="# Judge\n\nFrom the *very* top. <script>alert(1)</script>")
    page = response.content.decode()
    assert "<em>very</em>" in page
    assert "<script>alert" not in page
    assert "<ins>" in page
    assert "From the *very* top." in page  # the draft stays in the form
    assert campaign.guidelines.count() == 1


def test_the_kind_of_change_must_be_chosen(as_owner: Client, campaign: Campaign) -> None:
    for changes in ({"change": ""}, {"change": "huge"}, {"summary": " "}, {"body": " "}, {"newest": "x"}):
        assert "Version 2 is published" not in text_of(post(as_owner, **changes))
    assert campaign.guidelines.count() == 1


def test_the_text_in_force_is_nothing_to_publish(as_owner: Client, campaign: Campaign) -> None:
    assert "nothing to publish" in text_of(post(as_owner, body="# Judge\r\n\r\nFrom the top."))
    assert campaign.guidelines.count() == 1


def test_of_two_leads_at_once_the_second_is_told(as_owner: Client, campaign: Campaign) -> None:
    post(as_owner)
    assert "Another version was published meanwhile." in text_of(post(as_owner, body="# Judge\n\nOtherwise."))
    assert campaign.guidelines.count() == 2


def test_a_campaign_without_guidelines_gets_its_first(as_owner: Client, campaign: Campaign) -> None:
    Campaign.objects.get().guidelines.all().delete()
    assert "The first version" in text_of(as_owner.get(PAGE))
    post(as_owner, newest="0", summary="", change="")
    assert campaign.guidelines.get().change == "rules"


def test_it_counts_the_raters_who_have_accepted_each_version(
    as_owner: Client, campaign: Campaign, worker: User
) -> None:
    person("ruth", Role.RATER, campaign.slug)
    first = campaign.guidelines.get()
    for one in (worker, person("gone")):  # who rates here no more does not count
        guideline_acknowledge(rater=one, guideline=first)
    post(as_owner)
    page = text_of(as_owner.get(PAGE))
    assert "0 of 2" in page
    assert "1 of 2" in page


def test_an_earlier_version_can_be_looked_at(as_owner: Client, campaign: Campaign) -> None:
    post(as_owner)
    assert "From the top." in text_of(as_owner.get(PAGE, {"version": "1"}))
    for number in ("3", "0", "x", "9" * 30):
        assert as_owner.get(PAGE, {"version": number}).status_code == 200


def test_colleagues_raters_and_strangers_are_refused(
    client: Client, campaign: Campaign, colleague: User, worker: User
) -> None:
    for one in (colleague, worker, person("sam")):
        client.force_login(one)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, NEXT | {"act": "publish"}).status_code == 403
    assert campaign.guidelines.count() == 1


@pytest.mark.parametrize("versions", [1, 9])
def test_it_costs_the_same_with_many_versions(
    as_owner: Client, campaign: Campaign, versions: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(versions):
        guideline_publish(campaign=campaign, body=f"# Judge {number}", summary="Again.")
    as_owner.get(PAGE)
    with django_assert_num_queries(2 + 4):  # session and person; campaign, newest, versions, raters
        as_owner.get(PAGE)
