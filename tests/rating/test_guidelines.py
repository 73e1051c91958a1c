"""Guidelines and raters: accepted before the first item and when the rules change, told when little changes."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import Role, User
from labelling.rating.guidelines import guideline_news, rendered
from labelling.rating.models import Annotation, GuidelineAcknowledgement
from labelling.rating.services import draft_save, guideline_acknowledge, lease_claim
from labelling.rounds.models import Campaign, Round
from labelling.rounds.publishing import guideline_publish
from tests.conftest import person
from tests.factories import CampaignFactory, ItemFactory, RoundFactory
from tests.rating.kit import SLUG, body, claimed, submitted

pytestmark = pytest.mark.django_db
PAGE = "/guidelines/maths/"


@pytest.fixture
def round_() -> Round:
    made = RoundFactory.create(campaign__slug=SLUG)
    guideline_publish(campaign=made.campaign, body="# Judge\n\nTop down.")
    ItemFactory.create_batch(5, round=made)
    return made


@pytest.fixture
def campaign(round_: Round) -> Campaign:
    return round_.campaign


def publish(campaign: Campaign, change: str, body: str = "# Judge\n\nFrom the top.") -> None:
    number = campaign.guidelines.count() + 1
    guideline_publish(campaign=campaign, body=f"{body} {number}", change=change, summary=f"Change {number}.")


def accept(rater: User, campaign: Campaign) -> None:
    newest = campaign.guidelines.first()
    assert newest is not None
    guideline_acknowledge(rater=rater, guideline=newest)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


class TestClaims:
    def test_a_rater_who_has_read_nothing_is_sent_to_the_guidelines_first(self, round_: Round, rater: User) -> None:
        claim = lease_claim(rater=rater, campaign=SLUG)
        assert (claim.reason, claim.detail) == ("guidelines", "")

    def test_changed_rules_come_before_the_next_item(self, campaign: Campaign, rater: User) -> None:
        accept(rater, campaign)
        submitted(rater, claimed(rater))
        publish(campaign, "rules")
        claim = lease_claim(rater=rater, campaign=SLUG)
        assert (claim.reason, claim.detail) == ("guidelines", "changed")
        accept(rater, campaign)
        assert claimed(rater)

    def test_the_item_begun_under_the_old_rules_is_finished_under_them(self, campaign: Campaign, rater: User) -> None:
        accept(rater, campaign)
        lease = claimed(rater)
        draft_save(rater=rater, campaign=SLUG, lease=lease, draft={"seq": 1, "steps": []})
        publish(campaign, "rules")
        assert claimed(rater) == lease  # a reload
        submitted(rater, lease)
        stored = Annotation.objects.select_related("guideline").get()
        assert stored.guideline is not None
        assert stored.guideline.number == 1
        assert lease_claim(rater=rater, campaign=SLUG).reason == "guidelines"

    def test_a_submit_s_answer_says_that_the_rules_have_changed(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        accept(rater, campaign)
        lease = claimed(rater)
        publish(campaign, "rules")
        address = f"/api/campaigns/maths/leases/{lease}/submit/"
        answer = signed_in_rater.post(address, body(), content_type="application/json").json()
        assert (answer["held"], answer["reason"]) == ([], "guidelines")
        assert answer["message"].startswith("The rules have changed.")

    def test_a_minor_change_holds_nobody_up_and_the_accepted_version_stays_recorded(
        self, campaign: Campaign, rater: User
    ) -> None:
        accept(rater, campaign)
        publish(campaign, "minor")
        submitted(rater, claimed(rater))
        accept(rater, campaign)
        submitted(rater, claimed(rater))
        assert list(Annotation.objects.order_by("pk").values_list("guideline__number", flat=True)) == [1, 2]

    def test_a_minor_change_after_changed_rules_lifts_nothing(self, campaign: Campaign, rater: User) -> None:
        accept(rater, campaign)
        publish(campaign, "rules")
        publish(campaign, "minor")
        assert lease_claim(rater=rater, campaign=SLUG).reason == "guidelines"

    def test_another_rater_s_word_counts_for_nobody_else(self, campaign: Campaign, rater: User) -> None:
        accept(person("ruth", Role.RATER), campaign)
        assert lease_claim(rater=rater, campaign=SLUG).reason == "guidelines"

    def test_a_campaign_without_guidelines_asks_for_nothing(self, rater: User) -> None:
        ItemFactory.create(round__campaign__slug=SLUG)
        assert claimed(rater)


class TestLabellingPage:
    def test_it_leads_to_the_guidelines_until_they_are_accepted(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        assert signed_in_rater.get("/label/maths/")["Location"] == PAGE
        accept(rater, campaign)
        assert signed_in_rater.get("/label/maths/").status_code == 200

    def test_it_lets_a_rater_finish_the_item_in_hand_after_the_rules_changed(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        accept(rater, campaign)
        lease = claimed(rater)
        draft_save(rater=rater, campaign=SLUG, lease=lease, draft={"seq": 1, "steps": []})
        publish(campaign, "rules")
        assert signed_in_rater.get("/label/maths/").status_code == 200
        submitted(rater, lease)
        assert signed_in_rater.get("/label/maths/")["Location"] == PAGE

    def test_it_tells_of_a_minor_change(self, signed_in_rater: Client, campaign: Campaign, rater: User) -> None:
        accept(rater, campaign)
        assert "Change 2." not in text_of(signed_in_rater.get("/label/maths/"))
        publish(campaign, "minor")
        assert "Change 2." in text_of(signed_in_rater.get("/label/maths/"))
        accept(rater, campaign)
        assert "Change 2." not in text_of(signed_in_rater.get("/label/maths/"))


class TestPage:
    def test_the_first_time_it_asks_for_a_word_and_then_it_does_not(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        page = text_of(signed_in_rater.get(PAGE))
        assert "I have read the guidelines" in page
        assert "version 1 of" in page
        assert signed_in_rater.post(PAGE, {"number": "1"})["Location"] == "/label/maths/"
        assert GuidelineAcknowledgement.objects.get().rater == rater
        assert "You have accepted this version." in text_of(signed_in_rater.get(PAGE))

    def test_it_shows_what_is_new_since_the_version_accepted(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        accept(rater, campaign)
        publish(campaign, "minor", "# Judge\n\nFrom the top.")
        publish(campaign, "rules", "# Judge\n\nFrom the very top.")
        page = text_of(signed_in_rater.get(PAGE))
        assert "The rules have changed" in page
        assert page.index("Change 3.") < page.index("Change 2.")
        assert "Every change since version 1, which you have accepted" in page
        assert "removed: Top down. Judge added: From the very top. 3" in page
        assert "I accept the new rules" in page

    def test_a_minor_change_is_only_to_be_understood(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        accept(rater, campaign)
        publish(campaign, "minor")
        page = text_of(signed_in_rater.get(PAGE))
        assert "A small change" in page
        assert "Understood" in page
        assert "Back to labelling" in page

    def test_a_number_that_is_not_the_newest_accepts_nothing(self, signed_in_rater: Client, campaign: Campaign) -> None:
        publish(campaign, "rules")
        for number in ("1", "3", "", "x"):
            assert signed_in_rater.post(PAGE, {"number": number}).status_code == 200
        assert not GuidelineAcknowledgement.objects.exists()

    def test_strangers_and_raters_of_other_campaigns_are_refused(self, client: Client, campaign: Campaign) -> None:
        for one in (person("sam"), person("ruth", Role.RATER, "physics")):
            client.force_login(one)
            assert client.get(PAGE).status_code == 403
            assert client.post(PAGE, {"number": "1"}).status_code == 403

    def test_it_costs_the_same_with_many_versions(
        self,
        signed_in_rater: Client,
        campaign: Campaign,
        rater: User,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        accept(rater, campaign)
        for _ in range(12):
            publish(campaign, "minor")
        signed_in_rater.get(PAGE)
        # session and person; campaign, newest, accepted, versions, old text; the header's unread answers
        with django_assert_num_queries(2 + 5 + 1):
            signed_in_rater.get(PAGE)


def test_the_news_of_many_campaigns_take_two_queries(
    rater: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    campaigns = CampaignFactory.create_batch(4)
    for made in campaigns[1:]:
        guideline_publish(campaign=made, body="# Judge")
        publish(made, "minor")
    accept(rater, campaigns[1])
    with django_assert_num_queries(2):
        news = guideline_news(rater=rater, campaigns=campaigns)
    assert campaigns[0].pk not in news
    assert [(news[one.pk].accepted, news[one.pk].must_read) for one in campaigns[1:3]] == [(2, False), (0, True)]
    assert news[campaigns[2].pk].is_changed is False


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/beacon.png)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( vbscript:alert(1))",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '<a href="x" onclick="alert(1)">x</a>',
    "<style>body{display:none}</style>",
    '<div style="position:fixed;inset:0">x</div>',
    "<iframe src=//evil.example></iframe>",
    "<svg/onload=alert(1)>",
    "<form action=//evil.example><input name=csrfmiddlewaretoken></form>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_stays_harmless(source: str) -> None:
    html = rendered(f"# Rules\n\n{source}\n\nEnd.")
    tags = re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", html)
    assert {name for name, _ in tags} <= {"h2", "p", "a", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert not any(
        re.search(r"\bon\w+\s*=|style\s*=|src\s*=|script:|data:", attributes)
        for name, attributes in tags
        if name != "a"
    )
    hrefs = [attributes for name, attributes in tags if name == "a"]
    assert all(re.search(r'href="https?://|^$', one.strip()) for one in hrefs if one)
    assert html.endswith("<p>End.</p>\n")
