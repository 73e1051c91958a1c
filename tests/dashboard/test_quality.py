"""The lead's pages on raters and gold: what they show, what they do, for whom, and at what cost."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from labelling.dashboard.quality import Interval
from labelling.people.models import Role, User
from labelling.rating.models import ScreeningTry, Standing
from labelling.rounds.models import Campaign, Gold
from tests.conftest import person
from tests.factories import AnnotationFactory, CampaignFactory, GoldFactory, ItemFactory
from tests.rating.standings import standing_make

pytestmark = pytest.mark.django_db
RATERS, GOLDS, ANNOTATIONS = "/campaigns/gsm/raters/", "/campaigns/gsm/golds/", "/campaigns/gsm/annotations/"


def text_of(response: Any) -> str:
    assert response.status_code == 200
    page = re.sub(r"<title>.*?</title>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def act(client: Client, rater: User, name: str, **fields: str) -> Any:
    return client.post(
        reverse("rater-act", args=["gsm"]), {"rater": rater.pseudonym, "act": name, **fields}, follow=True
    )


class TestInterval:
    @pytest.mark.parametrize(
        ("right", "seen", "state"),
        [(0, 0, "none"), (7, 10, "below"), (1, 4, "below"), (9, 10, "open"), (100, 100, "above"), (0, 1, "open")],
    )
    def test_its_state_is_the_rule_s(self, right: int, seen: int, state: str) -> None:
        assert Interval(right=right, seen=seen, mark=0.8, least=10).state == state

    def test_the_drawing_stays_on_its_line(self) -> None:
        for right, seen in ((0, 0), (0, 5), (5, 5), (3, 4)):
            drawing = Interval(right=right, seen=seen, mark=0.8, least=10).drawing
            assert 0 <= drawing["low"] <= drawing["low"] + drawing["width"] <= 1000
            assert 0 <= drawing["share"] <= 992
            assert drawing["mark"] == 800


class TestRaters:
    def test_it_shows_gold_with_its_interval_the_screening_and_the_terms(
        self, as_owner: Client, campaign: Campaign, worker: User
    ) -> None:
        Campaign.objects.update(screening_required=True)
        standing_make(rater=worker, campaign=campaign, gold_seen=10, gold_right=8, pool="experts", items_per_day=40)
        ScreeningTry.objects.create(
            rater=worker, campaign=campaign, number=1, seed=1, total=30, answered=30, right=24, passed=True
        )
        response = as_owner.get(RATERS)
        page = text_of(response)
        assert "8 of 10 right" in page
        assert "80 % (49 to 94 %)" in page
        assert "24 of 30 right (80 %)" in page
        assert "experts" in page
        assert 'aria-label="80 % right, 95 % interval from 49 to 94 %"' in response.content.decode()
        assert 'class="interval-range" x="490"' in response.content.decode()

    def test_who_is_paused_comes_first_here_and_on_the_overview(
        self, as_owner: Client, campaign: Campaign, worker: User
    ) -> None:
        paused = person("zoe", Role.RATER, campaign.slug)
        standing_make(rater=paused, campaign=campaign, paused=True)
        page = text_of(as_owner.get(RATERS))
        assert page.index("zoe") < page.index(worker.username)
        overview = text_of(as_owner.get("/campaigns/gsm/"))
        assert "1 rater is paused" in overview
        assert "Too many golds were missed." in overview

    def test_the_overview_says_nothing_where_nobody_is_paused(self, as_owner: Client, worker: User) -> None:
        assert "paused" not in text_of(as_owner.get("/campaigns/gsm/"))

    def test_a_pause_and_its_end_are_two_clicks_each_with_a_reason(
        self, as_owner: Client, campaign: Campaign, worker: User, owner: User
    ) -> None:
        act(as_owner, worker, "pause", reason="Away.")
        standing = Standing.objects.get(rater=worker)
        assert (standing.pause_reason, standing.paused_by) == ("Away.", owner)
        assert "Paused: Away." in text_of(as_owner.get(RATERS))
        assert "A reason is needed." in text_of(act(as_owner, worker, "resume"))
        act(as_owner, worker, "resume", reason="Back.")
        standing.refresh_from_db()
        assert standing.paused_at is None
        assert "olga: Back." in text_of(as_owner.get(RATERS))

    def test_pool_and_quota_are_changed_and_nonsense_is_told(self, as_owner: Client, worker: User) -> None:
        act(as_owner, worker, "terms", pool="experts", items_per_day="40")
        standing = Standing.objects.get(rater=worker)
        assert (standing.pool, standing.items_per_day) == ("experts", 40)
        assert "must be a whole number" in text_of(act(as_owner, worker, "terms", items_per_day="-3"))
        act(as_owner, worker, "terms")
        standing.refresh_from_db()
        assert (standing.pool, standing.items_per_day) == ("", None)

    def test_admitting_and_another_try(self, as_owner: Client, campaign: Campaign, worker: User) -> None:
        Campaign.objects.update(screening_required=True)
        standing_make(rater=worker, campaign=campaign, admission="failed")
        assert "too few screening items" in text_of(act(as_owner, worker, "retry", reason="Was ill."))
        act(as_owner, worker, "admit", reason="Known.")
        assert Standing.objects.get(rater=worker).admission == "admitted"

    @pytest.mark.parametrize("name", ["", "fire", "__class__"])
    def test_an_unknown_act_does_nothing(self, as_owner: Client, worker: User, name: str) -> None:
        assert "There is no such action." in text_of(act(as_owner, worker, name, reason="Why."))
        assert not Standing.objects.exists()

    def test_nobody_of_another_campaign_is_acted_on(self, as_owner: Client, campaign: Campaign) -> None:
        elsewhere = person("eve", Role.RATER, CampaignFactory.create(slug="elsewhere").slug)
        assert act(as_owner, elsewhere, "pause", reason="Why.").status_code == 404
        assert not Standing.objects.exists()

    def test_words_that_no_database_holds_are_cleaned(self, as_owner: Client, worker: User) -> None:
        act(as_owner, worker, "pause", reason="A\x00way.")
        assert Standing.objects.get(rater=worker).pause_reason == "Away."

    @pytest.mark.parametrize("times", [1, 5])
    def test_it_costs_the_same_however_many_there_are(
        self, as_owner: Client, campaign: Campaign, times: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for n in range(times):
            rater = person(f"rater{n}", Role.RATER, campaign.slug)
            standing_make(rater=rater, campaign=campaign, paused=True)
        with django_assert_num_queries(12):
            as_owner.get(RATERS)


class TestGolds:
    def test_it_shows_the_answer_and_how_raters_fared(self, as_owner: Client, campaign: Campaign) -> None:
        gold = GoldFactory.create(campaign=campaign, acceptable=[-1, 1])
        item = ItemFactory.create(round__campaign=campaign, golden=True, gold=gold)
        for right in (True, True, False):
            AnnotationFactory.create(assignment__item=item, gold_right=right)
        page = text_of(as_owner.get(GOLDS))
        assert "First error: none , step 2" in page or "First error: none, step 2" in page
        assert "2 of 3 answers right (67 %)" in page

    def test_the_steps_that_are_right_and_the_explanation_are_edited(
        self, as_owner: Client, campaign: Campaign
    ) -> None:
        gold = GoldFactory.create(campaign=campaign)
        url = reverse("gold-act", args=["gsm", gold.pk])
        as_owner.post(
            url, {"act": "edit", "acceptable": ["0", "2"], "explanation": "New.", "back": f"{GOLDS}?use=gold"}
        )
        gold.refresh_from_db()
        assert (gold.acceptable, gold.explanation) == ([0, 2], "New.")
        said = text_of(as_owner.post(url, {"act": "edit", "acceptable": ["7"], "explanation": ""}, follow=True))
        assert "7 is no step" in said
        assert "at least one step" in text_of(as_owner.post(url, {"act": "edit", "acceptable": "x"}, follow=True))
        gold.refresh_from_db()
        assert gold.acceptable == [0, 2]

    def test_a_form_leads_back_to_our_own_pages_only(self, as_owner: Client, campaign: Campaign) -> None:
        url = reverse("gold-act", args=["gsm", GoldFactory.create(campaign=campaign).pk])
        there = {f"{GOLDS}?use=gold": f"{GOLDS}?use=gold", "https://evil.example/campaigns/": GOLDS, "//evil/": GOLDS}
        for back, expected in there.items():
            assert as_owner.post(url, {"acceptable": "2", "back": back}).headers["Location"] == expected

    def test_retiring_is_for_good_and_shown(self, as_owner: Client, campaign: Campaign) -> None:
        gold = GoldFactory.create(campaign=campaign)
        as_owner.post(reverse("gold-act", args=["gsm", gold.pk]), {"act": "retire"})
        gold.refresh_from_db()
        assert not gold.active
        page = text_of(as_owner.get(GOLDS))
        assert "Retired" in page
        assert "Retire this gold" not in page

    def test_another_campaign_s_gold_is_out_of_reach(self, as_owner: Client, campaign: Campaign) -> None:
        gold = GoldFactory.create()
        assert as_owner.post(reverse("gold-act", args=["gsm", gold.pk]), {"act": "retire"}).status_code == 404
        gold.refresh_from_db()
        assert gold.active

    def test_it_can_show_one_use_only_and_warns_of_too_few(self, as_owner: Client, campaign: Campaign) -> None:
        Campaign.objects.update(screening_required=True)
        round_gold = GoldFactory.create(campaign=campaign)
        screening = GoldFactory.create(campaign=campaign, screening=True)
        page = text_of(as_owner.get(f"{GOLDS}?use=screening"))
        assert f"Gold {screening.pk} " in page
        assert f"Gold {round_gold.pk} " not in page
        assert "The screening asks for 30 items and has 1" in page
        assert "A round mixes in 12 golds, and there are 1." in page

    @pytest.mark.parametrize("times", [1, 5])
    def test_it_costs_the_same_however_many_there_are(
        self, as_owner: Client, campaign: Campaign, times: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        GoldFactory.create_batch(times, campaign=campaign)
        with django_assert_num_queries(9):
            as_owner.get(GOLDS)


class TestPromotion:
    def test_one_click_makes_an_annotation_gold(self, as_owner: Client, campaign: Campaign, owner: User) -> None:
        annotation = AnnotationFactory.create(assignment__item__round__campaign=campaign)
        assert "Make it gold" in text_of(as_owner.get(ANNOTATIONS))
        url = reverse("annotation-to-gold", args=["gsm", annotation.pk])
        said = text_of(as_owner.post(url, follow=True))
        assert "It is gold now" in said
        assert "Make it gold" not in said
        assert Gold.objects.get().created_by == owner
        assert "It was gold already." in text_of(as_owner.post(url, follow=True))
        Gold.objects.update(active=False)
        assert "is retired: it is served no more" in text_of(as_owner.post(url, follow=True))

    def test_only_answers_in_force_are_offered_of_one_rater_or_all(self, as_owner: Client, campaign: Campaign) -> None:
        first = AnnotationFactory.create(assignment__item__round__campaign=campaign)
        AnnotationFactory.create(assignment__item__round=first.round, gave_up=True)
        second = AnnotationFactory.create(assignment__item__round=first.round)
        AnnotationFactory.create(assignment__item__round=first.round, assignment__item__golden=True)
        AnnotationFactory.create(assignment=second.assignment, version=2, replaces=second, step_ratings=[-1])
        page = text_of(as_owner.get(ANNOTATIONS))
        assert page.count("Make it gold") == 2
        assert "First error at step 1" in page
        assert text_of(as_owner.get(f"{ANNOTATIONS}?rater={first.rater.pseudonym}")).count("Make it gold") == 1
        assert text_of(as_owner.get(f"{ANNOTATIONS}?rater=%00")).count("Make it gold") == 2

    def test_another_campaign_s_annotation_is_out_of_reach(self, as_owner: Client, campaign: Campaign) -> None:
        annotation = AnnotationFactory.create()
        assert as_owner.post(reverse("annotation-to-gold", args=["gsm", annotation.pk])).status_code == 404
        assert not Gold.objects.exists()

    @pytest.mark.parametrize("times", [1, 5])
    def test_it_costs_the_same_however_many_there_are(
        self, as_owner: Client, campaign: Campaign, times: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first = AnnotationFactory.create(assignment__item__round__campaign=campaign)
        AnnotationFactory.create_batch(times - 1, assignment__item__round=first.round)
        with django_assert_num_queries(9):
            as_owner.get(ANNOTATIONS)

    def test_the_raw_tables_have_it_as_an_action(self, client: Client, operator: User) -> None:
        fine, gave_up = AnnotationFactory.create(), AnnotationFactory.create(gave_up=True)
        client.force_login(operator)
        form = {"action": "promote", "_selected_action": [str(fine.pk), str(gave_up.pk)]}
        said = text_of(client.post(reverse("admin:rating_annotation_changelist"), form, follow=True))
        assert "1 new gold." in said
        assert f"Annotation {gave_up.pk}: Its rater gave up" in said
        assert Gold.objects.get().solution == fine.solution


class TestWhatWasSaid:
    def test_it_shows_every_rating_the_alternatives_and_the_notes_as_text(
        self, as_owner: Client, campaign: Campaign
    ) -> None:
        def step(*said: tuple[int | None, bool], text: str = "") -> dict[str, Any]:
            judged = [{"text": text, "rating": rating, "flagged": flagged} for rating, flagged in said]
            return {"completions": judged, "human_completion": None, "chosen_completion": None}

        steps = [step((-1, False), (1, True), text="Another <i>way</i>."), step((None, True)), step((0, False))]
        AnnotationFactory.create(
            assignment__item__round__campaign=campaign,
            step_ratings=[-1, None, 0],
            first_error=0,
            finish_reason="found_error",
            document=json.dumps({"label": {"steps": steps}}),
            notes=[{"step": 0, "type": "logic", "explanation": "<b>No</b> reason.", "corrected": "So $x = 2$."}],
        )
        response = as_owner.get(ANNOTATIONS)
        page = text_of(response)
        assert "Positive Unsure Another &lt;i&gt;way&lt;/i&gt;." in page
        assert "Logic: does not follow. &lt;b&gt;No&lt;/b&gt; reason." in page
        assert "Put right: So $x = 2$." in page
        assert re.search(r"Unsure .* Neutral", page)


class TestWhoSeesThem:
    @pytest.mark.parametrize("address", [RATERS, GOLDS, ANNOTATIONS])
    def test_the_lead_of_another_campaign_does_not(self, client: Client, colleague: User, address: str) -> None:
        client.force_login(colleague)
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("address", [RATERS, GOLDS, ANNOTATIONS])
    def test_a_rater_does_not(self, client: Client, worker: User, address: str) -> None:
        client.force_login(worker)
        assert client.get(address).status_code == 403
