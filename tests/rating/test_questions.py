"""Asking the lead: what is taken, once, from whom; and what the rater finds again."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import Role, User
from labelling.rating.models import Assignment, LeadQuestion
from labelling.rating.questions import MOST_AN_HOUR, AnswerRefused, question_answer, question_ask, unread_count
from labelling.rating.services import lease_skip
from labelling.rating.voids import annotations_void
from labelling.rounds.models import Campaign, Item
from tests.conftest import person
from tests.factories import AssignmentFactory, ItemFactory, MembershipFactory, RoundFactory
from tests.rating.kit import SLUG, claimed, post, submitted
from tests.word_factories import LeadQuestionFactory

pytestmark = pytest.mark.django_db


def asked(**changes: Any) -> dict[str, Any]:
    return {"uuid": str(uuid.uuid4()), "kind": "question", "step": 1, "text": "Is $x<1$ meant?"} | changes


@pytest.fixture
def item(db: None) -> Item:
    made: Item = ItemFactory.create(round=RoundFactory.create(campaign__slug=SLUG))
    return made


@pytest.fixture
def lease(item: Item, rater: User) -> Any:
    return claimed(rater)


class TestAsking:
    def test_a_question_is_kept_with_lease_and_step(self, lease: Any, rater: User, signed_in_rater: Client) -> None:
        sent = asked()
        answer = post(signed_in_rater, "api-question", lease, sent)
        assert (answer.status_code, answer.json()) == (200, {"question": sent["uuid"]})
        kept = LeadQuestion.objects.get()
        assert (kept.assignment_id, kept.rater, kept.step, kept.kind) == (lease, rater, 1, "question")
        assert (kept.text, kept.campaign.slug, kept.answered_at) == ("Is $x<1$ meant?", SLUG, None)

    def test_the_same_one_again_is_one_and_another_under_its_name_is_refused(
        self, lease: Any, signed_in_rater: Client
    ) -> None:
        sent = asked()
        for _ in range(2):
            assert post(signed_in_rater, "api-question", lease, sent).status_code == 200
        changed = post(signed_in_rater, "api-question", lease, {**sent, "text": "Or is it?"})
        assert (changed.status_code, changed.json()["error"]["code"]) == (409, "uuid-reused")
        assert LeadQuestion.objects.count() == 1

    @pytest.mark.parametrize("finish", ["submitted", "skipped", "voided"])
    def test_it_may_come_after_the_item_is_gone(
        self, lease: Any, rater: User, lead: User, signed_in_rater: Client, finish: str
    ) -> None:
        """What waited for the network while the rater went on."""
        if finish == "skipped":
            lease_skip(rater=rater, campaign=SLUG, lease=lease)
        else:
            submitted(rater, lease)
        if finish == "voided":
            campaign = Assignment.objects.get(pk=lease).campaign
            annotations_void(campaign=campaign, rater=rater, by=lead, reason="A test.")
        assert post(signed_in_rater, "api-question", lease, asked()).status_code == 200

    def test_neither_a_colleague_nor_another_campaign_s_rater_can_ask_about_it(
        self, lease: Any, client: Client
    ) -> None:
        client.force_login(person("rob", Role.RATER, SLUG))
        assert post(client, "api-question", lease, asked()).status_code == 404
        client.force_login(person("ron", Role.RATER, "physics"))
        assert post(client, "api-question", lease, asked()).status_code == 403
        assert not LeadQuestion.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "praise"}, "kind"),
            ({"kind": ["split"]}, "kind"),
            ({"step": 3}, "step"),
            ({"step": -1}, "step"),
            ({"step": True}, "step"),
            ({"step": 1.0}, "step"),
            ({"kind": "split", "step": None}, "step"),
            ({"text": " \n"}, "text"),
            ({"text": None}, "text"),
            ({"text": "x" * 2_001}, "text"),
            ({"text": "a\x00b"}, "text"),
            ({"text": "a\ud800b"}, "text"),
            ({"uuid": "7"}, "uuid"),
            ({"rater": 1}, "rater"),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_name(
        self, lease: Any, signed_in_rater: Client, changes: dict[str, Any], field: str
    ) -> None:
        answer = post(signed_in_rater, "api-question", lease, asked(**changes))
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
        assert not LeadQuestion.objects.exists()

    def test_more_than_sixty_an_hour_wait_and_a_retry_of_one_that_came_does_not(
        self, lease: Any, rater: User, signed_in_rater: Client
    ) -> None:
        sent = asked()
        post(signed_in_rater, "api-question", lease, sent)
        held = Assignment.objects.get(pk=lease)
        LeadQuestionFactory.create_batch(MOST_AN_HOUR - 1, assignment=held)
        refused = post(signed_in_rater, "api-question", lease, asked())
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too-many")
        assert post(signed_in_rater, "api-question", lease, sent).status_code == 200
        LeadQuestion.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
        assert post(signed_in_rater, "api-question", lease, asked()).status_code == 200


class TestAnswers:
    PAGE = "/answers/"

    @pytest.fixture
    def question(self, lease: Any, rater: User) -> LeadQuestion:
        made: LeadQuestion = LeadQuestionFactory.create(assignment=Assignment.objects.get(pk=lease))
        return made

    def answer(self, question: LeadQuestion, lead: User, text: str = "One step.", **more: Any) -> None:
        question.refresh_from_db()
        options = {"shared": False, "seen": question.answered_at} | more
        question_answer(question=question, lead=lead, text=text, **options)

    def test_the_rater_finds_it_is_told_and_it_counts_as_read_once_shown(
        self, question: LeadQuestion, lead: User, rater: User, signed_in_rater: Client
    ) -> None:
        counts = "/api/answers/"
        assert signed_in_rater.get(counts).json() == {"unread": 0, "waiting": 1}
        self.answer(question, lead)
        assert signed_in_rater.get(counts).json() == {"unread": 1, "waiting": 0}
        shown = signed_in_rater.get(self.PAGE)
        assert "One step." in shown.content.decode()
        assert shown.context["unread"] == [str(question.uuid)]
        assert unread_count(rater) == 1  # a request for the page alone reads nothing
        sent = {"questions": shown.context["unread"]}
        read = signed_in_rater.post("/api/answers/read/", sent, content_type="application/json")
        assert read.json() == {"unread": 0}
        assert signed_in_rater.get(self.PAGE).context["unread"] == []

    def test_an_answer_that_is_changed_is_unread_again(
        self, question: LeadQuestion, lead: User, rater: User, signed_in_rater: Client
    ) -> None:
        self.answer(question, lead)
        LeadQuestion.objects.update(read_at=timezone.now())
        self.answer(question, lead, "Two steps, on second thoughts.")
        assert unread_count(rater) == 1

    def test_nothing_of_the_lead_or_of_gold_is_on_the_page(self, signed_in_rater: Client, rater: User) -> None:
        lease = AssignmentFactory.create(
            rater=rater, item__golden=True, item__round__campaign__slug=SLUG, solution__steps=["Take <<1+1=2>>2."] * 3
        )
        gold = LeadQuestionFactory.create(assignment=lease, answered=True, answered_by__username="lena-lead")
        page = signed_in_rater.get(self.PAGE).content.decode()
        assert gold.answer in page
        for leak in ("lena-lead", "old item", "Gold", "&lt;&lt;1+1", "Two times 4 is 8"):
            assert leak not in page, leak

    def test_hostile_words_are_words(self, question: LeadQuestion, lead: User, signed_in_rater: Client) -> None:
        LeadQuestion.objects.update(text="<script>alert(1)</script>")
        self.answer(question, lead, '"><img src=x onerror=alert(1)>')
        page = signed_in_rater.get(self.PAGE).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page

    def test_a_colleague_sees_nothing_of_it_and_marks_nothing(
        self, question: LeadQuestion, lead: User, client: Client
    ) -> None:
        self.answer(question, lead)
        client.force_login(person("rob", Role.RATER))
        assert "One step." not in client.get(self.PAGE).content.decode()
        sent = {"questions": [str(question.uuid)]}
        assert client.post("/api/answers/read/", sent, content_type="application/json").status_code == 200
        question.refresh_from_db()
        assert question.read_at is None

    def test_who_is_no_longer_a_rater_of_the_campaign_sees_it_no_more(
        self, question: LeadQuestion, lead: User, client: Client
    ) -> None:
        self.answer(question, lead)
        elsewhere = MembershipFactory.create(campaign="physics").user
        LeadQuestion.objects.update(rater=elsewhere)
        client.force_login(elsewhere)
        assert "One step." not in client.get(self.PAGE).content.decode()
        assert client.get("/api/answers/").json() == {"unread": 0, "waiting": 0}

    def test_what_is_said_to_all_is_seen_by_all_without_the_question(
        self, question: LeadQuestion, lead: User, client: Client
    ) -> None:
        self.answer(question, lead, "Judge each line by itself.", shared=True)
        client.force_login(person("rob", Role.RATER, SLUG))
        page = client.get(self.PAGE).content.decode()
        assert "Judge each line by itself." in page
        assert question.text not in page
        client.force_login(person("ron", Role.RATER, "physics"))
        assert "Judge each line" not in client.get(self.PAGE).content.decode()

    def test_what_is_about_a_gold_is_never_said_to_all(self, rater: User, lead: User) -> None:
        question = LeadQuestionFactory.create(assignment__item__golden=True)
        with pytest.raises(AnswerRefused, match="known answer"):
            self.answer(question, lead, shared=True)

    @pytest.mark.parametrize("sent", [{}, {"questions": "x"}, {"questions": ["x"]}, {"questions": [], "all": True}])
    def test_what_is_marked_is_named_exactly(self, signed_in_rater: Client, rater: User, sent: Any) -> None:
        answer = signed_in_rater.post("/api/answers/read/", sent, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")

    def test_the_page_costs_as_many_queries_for_many_as_for_few(
        self,
        question: LeadQuestion,
        signed_in_rater: Client,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        LeadQuestionFactory.create_batch(15, assignment=question.assignment, answered=True, shared=True)
        signed_in_rater.get("/")  # the first page of a sign-in writes the session
        with django_assert_max_num_queries(8):
            signed_in_rater.get(self.PAGE)

    def test_every_page_of_a_rater_says_how_many_are_new(
        self, question: LeadQuestion, lead: User, signed_in_rater: Client, client: Client
    ) -> None:
        badge = '<span class="count" data-unread><span>1</span>'
        assert badge not in signed_in_rater.get("/").content.decode()
        self.answer(question, lead)
        assert badge in signed_in_rater.get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_one_that_two_tabs_send_at_once_is_kept_once(lease: Any, rater: User) -> None:
    sent = asked()

    def send(_: int) -> uuid.UUID:
        try:
            return question_ask(rater=rater, campaign=SLUG, lease=lease, data=sent)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert {str(made) for made in pool.map(send, range(8))} == {sent["uuid"]}
    assert LeadQuestion.objects.count() == 1


def test_where_raters_make_the_steps_a_question_may_name_any_and_no_other_solution_is_shown(
    lease: Any, lead: User, signed_in_rater: Client
) -> None:
    Campaign.objects.update(mode="alternatives", screening_required=False)
    assert post(signed_in_rater, "api-question", lease, asked(step=17)).status_code == 200
    page = signed_in_rater.get("/answers/").content.decode()
    assert "Question, step 18" in page
    assert "Now take the double" not in page


def test_voids_keep_questions(lease: Any, rater: User, lead: User, signed_in_rater: Client) -> None:
    post(signed_in_rater, "api-question", lease, asked())
    submitted(rater, lease)
    annotations_void(campaign=Assignment.objects.get(pk=lease).campaign, rater=rater, by=lead, reason="A test.")
    assert LeadQuestion.objects.count() == 1
