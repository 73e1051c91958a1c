"""The lead's two pages: who sees them, what they say, and what they cost."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from labelling.jobs.models import Job
from labelling.people.models import User
from labelling.rating.models import Standing
from labelling.rounds.models import Campaign
from tests.factories import (
    AnnotationFactory,
    AssignmentFactory,
    CampaignFactory,
    ItemFactory,
    JobFactory,
    MembershipFactory,
    PoolEntryFactory,
    ReferenceHoldFactory,
    RoundFactory,
    SolutionFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/campaigns/"
PAGE = "/campaigns/gsm/"


def text_of(response: Any) -> str:
    """The page's words, single-spaced, without its tags."""
    assert response.status_code == 200
    page = re.sub(r"<title>.*?</title>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def fill(campaign: Campaign, *, times: int = 1) -> None:
    """Something of everything that the page shows."""
    for _ in range(times):
        last = campaign.rounds.filter(state="open").first()
        if last is not None:
            last.state, last.closed_at = "closed", last.opened_at
            last.save(update_fields=["state", "closed_at"])
        round = RoundFactory.create(campaign=campaign)
        stored = AnnotationFactory.create(assignment__item__round=round)
        AnnotationFactory.create(assignment__item__round=round, gave_up=True)
        AssignmentFactory.create(item__round=round, item__leased=True)
        ItemFactory.create_batch(3, round=round)
        ReferenceHoldFactory.create(round=round)
        PoolEntryFactory.create(campaign=campaign.slug, problem=stored.solution.problem)
        SolutionFactory.create(problem=stored.solution.problem, ungraded=True)
        MembershipFactory.create(campaign=campaign.slug)
        JobFactory.create(running=True, done=5, total=50)


def test_simulated_raters_are_marked_wherever_the_page_names_them(as_owner: Client, campaign: Campaign) -> None:
    fill(campaign)
    assert "Simulated" not in text_of(as_owner.get(PAGE))
    round = campaign.rounds.get(state="open")
    made_up = AnnotationFactory.create(
        assignment__item__round=round, assignment__rater__username="sim-1", simulated=True
    )
    Standing.objects.create(rater=made_up.rater, campaign=campaign, simulated=True)
    page = text_of(as_owner.get(PAGE))
    assert "Round 1 Simulated Open" in page
    assert "sim-1 Simulated" in page
    assert "convincing-wrong Simulated" in page
    assert "1 by simulated raters" in page


class TestWhoSeesThem:
    @pytest.fixture
    def others(self, rater: User, operator: User, stranger: User) -> list[User]:
        return [rater, operator, stranger]

    @pytest.mark.parametrize("address", [LIST, PAGE])
    def test_an_anonymous_visitor_is_asked_to_sign_in(self, client: Client, campaign: Campaign, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"] == f"{reverse('account_login')}?next={address}"

    @pytest.mark.parametrize("address", [LIST, PAGE])
    def test_raters_operators_and_strangers_are_refused(
        self, client: Client, campaign: Campaign, others: list[User], address: str
    ) -> None:
        for person in others:
            client.force_login(person)
            assert client.get(address).status_code == 403

    def test_a_lead_sees_only_their_own(self, client: Client, owner: User, colleague: User) -> None:
        client.force_login(colleague)
        assert client.get(PAGE).status_code == 403
        assert "Grade school maths" not in text_of(client.get(LIST))
        client.force_login(owner)
        assert client.get(PAGE).status_code == 200
        assert "Another one" not in text_of(client.get(LIST))

    def test_an_unknown_campaign_is_not_found_by_those_who_lead_all(self, client: Client, lead: User) -> None:
        client.force_login(lead)
        assert client.get("/campaigns/nowhere/").status_code == 404

    @pytest.mark.parametrize("address", [LIST, PAGE])
    def test_they_change_nothing(self, as_owner: Client, address: str) -> None:
        assert as_owner.post(address).status_code == 405


class TestWhatTheySay:
    def test_the_list_shows_each_campaigns_round_and_work(self, as_owner: Client, campaign: Campaign) -> None:
        fill(campaign)
        words = text_of(as_owner.get(LIST))
        assert "Grade school maths Round 1 is open" in words
        assert "Done 2 33 % In hand 1 17 % Waiting 3 50 %" in words
        assert "2 annotations · 0 today" in words

    def test_the_page_shows_figures_of_every_kind(self, as_owner: Client, campaign: Campaign) -> None:
        fill(campaign)
        words = text_of(as_owner.get(PAGE))
        for figure in (
            "Round 1 Open",
            "Done 2 of 6 items",
            "Queue depth 3",
            "Annotations 2 in all rounds",
            "To check 1 references and answers: what does a person say?",
            "Positive 1 33 % Neutral 1 33 % Negative 1 33 %",
            "Found an error 1 50 % No error 0 0 % Gave up 1 50 %",
            "Right 0 0 % Wrong 1 50 % Undecided 0 0 % Not graded 1 50 %",
            "1 problem, 2 different solutions",
            "convincing-wrong",
            "5 of 50",
            "90 %",
        ):
            assert figure in words

    def test_the_page_names_raters_to_their_lead(self, as_owner: Client, campaign: Campaign) -> None:
        stored = AnnotationFactory.create(assignment__item__round__campaign=campaign)
        words = text_of(as_owner.get(PAGE))
        assert f"{stored.rater.username} {stored.rater.pseudonym} 0 1 4 s" in words

    def test_hostile_text_is_escaped(self, as_owner: Client, campaign: Campaign) -> None:
        ReferenceHoldFactory.create(
            round__campaign=campaign, problem__text="<script>alert(1)</script>", answer="<img src=x>"
        )
        page = as_owner.get(PAGE).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<img" not in page

    def test_nothing_on_them_breaks_the_content_policy(self, as_owner: Client, campaign: Campaign) -> None:
        fill(campaign)
        for address in (LIST, PAGE):
            response = as_owner.get(address)
            assert "style-src 'self'" in response.headers["Content-Security-Policy"]
            page = response.content.decode()
            assert not re.search(r"\sstyle=|<style|\son\w+=", page)
            assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


class TestWhatToDoNext:
    """A page with nothing to show says which command comes next."""

    def test_without_a_campaign_it_says_how_to_make_one(self, client: Client, lead: User) -> None:
        client.force_login(lead)
        assert "manage.py import_solutions FILE --campaign NAME" in text_of(client.get(LIST))

    def test_without_problems_it_says_import(self, as_owner: Client) -> None:
        words = text_of(as_owner.get(PAGE))
        assert "manage.py import_solutions FILE --campaign gsm --wait" in words
        assert "manage.py add_person NAME --role rater --campaign gsm" in words
        assert "open_round" not in words

    def test_without_a_round_it_says_score_and_open(self, as_owner: Client) -> None:
        PoolEntryFactory.create(campaign="gsm")
        words = text_of(as_owner.get(PAGE))
        assert "manage.py score_solutions --model NAME --campaign gsm --wait" in words
        assert "manage.py open_round gsm --strategy convincing-wrong --per-problem 2" in words

    def test_between_rounds_it_says_open_the_next(self, as_owner: Client, campaign: Campaign) -> None:
        RoundFactory.create(campaign=campaign, closed=True)
        words = text_of(as_owner.get(PAGE))
        assert "No round is open" in words
        assert "manage.py close_round" not in words

    def test_with_every_item_done_it_says_close(self, as_owner: Client, campaign: Campaign) -> None:
        item = ItemFactory.create(round__campaign=campaign, done=True)
        assert "manage.py close_round gsm" in text_of(as_owner.get(PAGE))
        ItemFactory.create(round=item.round)
        assert "manage.py close_round gsm" not in text_of(as_owner.get(PAGE))

    def test_the_commands_it_names_exist(self, client: Client, lead: User) -> None:
        from django.core.management import get_commands

        client.force_login(lead)
        pages = [client.get(LIST)]
        for prepared in (CampaignFactory.create(), RoundFactory.create(closed=True).campaign):
            pages.append(client.get(f"/campaigns/{prepared.slug}/"))
        pages.append(client.get(f"/campaigns/{ItemFactory.create(done=True).campaign.slug}/"))
        named = {name for page in pages for name in re.findall(r"manage\.py (\w+)", page.content.decode())}
        assert {"import_solutions", "add_person", "open_round", "close_round"} <= named <= set(get_commands())


class TestCost:
    # session with its user, and roles; then the page's own
    OF_LIST = 2 + 2
    OF_PAGE = 2 + 22

    @pytest.mark.parametrize("times", [1, 6])
    def test_the_list_needs_the_same_queries_however_much_there_is(
        self, client: Client, lead: User, times: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(times):
            fill(CampaignFactory.create())
        client.force_login(lead)
        client.get(LIST)  # the first page of a sign-in writes the session
        with django_assert_num_queries(self.OF_LIST):
            client.get(LIST)

    @pytest.mark.parametrize("times", [1, 6])
    def test_the_page_needs_the_same_queries_however_much_there_is(
        self, as_owner: Client, campaign: Campaign, times: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        fill(campaign, times=times)
        as_owner.get(PAGE)
        with django_assert_num_queries(self.OF_PAGE):
            as_owner.get(PAGE)


class TestJobs:
    def test_the_panel_comes_alone_for_the_page_that_watches_it(self, as_owner: Client, campaign: Campaign) -> None:
        job = JobFactory.create(kind="score", running=True, stoppable=True, params={"campaign": "gsm"})
        page = as_owner.get(f"{PAGE}jobs/").content.decode()

        assert page.strip().startswith("<section")
        assert "data-under-way" in page
        assert f"/campaigns/gsm/jobs/{job.pk}/stop/" in page


class TestStopping:
    def job(self, **fields: Any) -> Job:
        made: Job = JobFactory.create(kind="score", stoppable=True, running=True, **fields)
        return made

    @pytest.mark.parametrize("of", ["gsm", None])
    def test_a_lead_stops_a_job_of_the_campaign_or_of_all(self, as_owner: Client, campaign: Campaign, of: str) -> None:
        job = self.job(params={"campaign": of})
        stop = f"/campaigns/gsm/jobs/{job.pk}/stop/"
        assert stop in as_owner.get(PAGE).content.decode()

        assert f"Job {job.pk} is stopped" in text_of(as_owner.post(stop, follow=True))
        job.refresh_from_db()
        assert job.state == "stopped"
        assert "has ended already" in text_of(as_owner.post(stop, follow=True))

    def test_a_job_of_another_campaign_or_one_that_is_not_stoppable_goes_on(
        self, as_owner: Client, campaign: Campaign
    ) -> None:
        others, fixed = (
            self.job(params={"campaign": "theirs"}),
            JobFactory.create(running=True, params={"campaign": "gsm"}),
        )
        assert "/stop/" not in as_owner.get(PAGE).content.decode()

        for job in (others, fixed):
            as_owner.post(f"/campaigns/gsm/jobs/{job.pk}/stop/")
            job.refresh_from_db()
            assert job.state == "running"
