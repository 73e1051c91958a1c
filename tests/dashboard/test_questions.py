"""The lead's inbox: what raters ask, with the item, and the answer that goes back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import User
from labelling.rating.models import LeadQuestion
from labelling.rounds.models import Campaign
from tests.factories import AssignmentFactory, RoundFactory
from tests.rating.kit import gold_item
from tests.word_factories import LeadQuestionFactory

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/gsm/questions/"


@pytest.fixture
def question(campaign: Campaign, worker: User) -> LeadQuestion:
    lease = AssignmentFactory.create(item__round=RoundFactory.create(campaign=campaign), rater=worker)
    made: LeadQuestion = LeadQuestionFactory.create(assignment=lease)
    return made


def reply(client: Client, question: LeadQuestion, answer: str = "One step.", **more: str) -> Any:
    seen = question.answered_at.isoformat() if question.answered_at else ""
    form = {"answer": answer, "seen": seen, "state": "open", **more}
    return client.post(reverse("question-reply", args=["gsm", question.pk]), form, follow=True)


def test_it_shows_the_question_with_its_item_and_who_asks(as_owner: Client, question: LeadQuestion) -> None:
    page = as_owner.get(PAGE).content.decode()
    for words in (question.text, "rita", "Question, step 2", "Asked about", question.assignment.solution.problem.text):
        assert words in page, words
    assert "1 question waits for an answer" in page


def test_an_answer_is_kept_with_its_author_and_the_question_leaves_the_open_ones(
    as_owner: Client, owner: User, question: LeadQuestion
) -> None:
    page = reply(as_owner, question, "Line one.\r\nLine two.\0").content.decode()
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("Line one.\nLine two.", owner)
    assert (question.read_at, question.shared) == (None, False)
    assert "The rater finds it" in page
    assert question.text not in page
    assert question.text in as_owner.get(f"{PAGE}?state=answered").content.decode()


def test_an_answer_can_be_changed_and_said_to_all(as_owner: Client, question: LeadQuestion) -> None:
    reply(as_owner, question)
    question.refresh_from_db()
    reply(as_owner, question, "Two steps.", shared="on")
    question.refresh_from_db()
    assert (question.answer, question.shared) == ("Two steps.", True)


def test_of_two_leads_at_once_the_second_is_told(as_owner: Client, question: LeadQuestion) -> None:
    reply(as_owner, question)
    page = reply(as_owner, question, "Another.").content.decode()
    question.refresh_from_db()
    assert question.answer == "One step."
    assert "answered it meanwhile" in page


@pytest.mark.parametrize("answer", ["", " \n ", "x" * 5_001])
def test_an_answer_says_something_and_has_an_end(as_owner: Client, question: LeadQuestion, answer: str) -> None:
    reply(as_owner, question, answer)
    question.refresh_from_db()
    assert question.answered_at is None


@pytest.mark.parametrize("seen", ["yesterday", "2026-13-45T00:00:00", "9" * 999])
def test_a_time_that_is_none_is_told_not_thrown(as_owner: Client, question: LeadQuestion, seen: str) -> None:
    form = {"answer": "One step.", "seen": seen}
    assert as_owner.post(reverse("question-reply", args=["gsm", question.pk]), form).status_code == 302


def test_a_question_on_a_gold_is_marked_for_the_lead_and_not_said_to_all(
    as_owner: Client, campaign: Campaign, worker: User
) -> None:
    item = gold_item(RoundFactory.create(campaign=campaign))
    question = LeadQuestionFactory.create(assignment=AssignmentFactory.create(item=item, rater=worker))
    page = as_owner.get(PAGE).content.decode()
    assert '<span class="badge badge-warn">Gold</span>' in page
    assert 'name="shared"' not in page
    reply(as_owner, question, shared="on")
    question.refresh_from_db()
    assert question.answered_at is None


def test_kinds_and_states_filter_and_what_is_none_of_them_is_ignored(as_owner: Client, question: LeadQuestion) -> None:
    split = LeadQuestionFactory.create(assignment=question.assignment, kind="split", text="Two in one.")
    LeadQuestionFactory.create(assignment=question.assignment, answered=True, text="Answered before.")
    shown = as_owner.get(f"{PAGE}?kind=split").content.decode()
    assert split.text in shown
    assert question.text not in shown
    everything = as_owner.get(f"{PAGE}?state=all").content.decode()
    assert all(words in everything for words in (split.text, "Answered before.", question.text))
    assert as_owner.get(f"{PAGE}?state=<b>&kind=x&page=-1").status_code == 200


def test_hostile_words_are_words(as_owner: Client, question: LeadQuestion) -> None:
    LeadQuestion.objects.update(text="</textarea><script>alert(1)</script>")
    assert "<script>alert" not in as_owner.get(PAGE).content.decode()


def test_the_lead_of_another_campaign_sees_and_answers_nothing(
    client: Client, colleague: User, question: LeadQuestion
) -> None:
    client.force_login(colleague)
    assert client.get(PAGE).status_code == 403
    assert reply(client, question).status_code == 403
    there = reverse("question-reply", args=["other", question.pk])
    assert client.post(there, {"answer": "Mine?", "seen": ""}).status_code == 404
    question.refresh_from_db()
    assert question.answered_at is None


def test_the_rater_and_a_stranger_see_no_inbox(
    client: Client, worker: User, stranger: User, question: LeadQuestion
) -> None:
    for person in (worker, stranger):
        client.force_login(person)
        assert client.get(PAGE).status_code == 403
        assert reply(client, question).status_code == 403


def test_the_page_costs_as_many_queries_for_many_as_for_few(
    as_owner: Client, question: LeadQuestion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    as_owner.get(PAGE)
    LeadQuestionFactory.create_batch(12, assignment=question.assignment)
    with django_assert_max_num_queries(6):
        as_owner.get(PAGE)


def test_the_overview_counts_what_waits_and_leads_there(as_owner: Client, question: LeadQuestion) -> None:
    LeadQuestionFactory.create(assignment=question.assignment, answered=True)
    response = as_owner.get("/campaigns/gsm/")
    assert response.context["overview"].questions == 1
    assert PAGE in response.content.decode()
