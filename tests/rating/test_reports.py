""" "The shown answer looks wrong": one report a rater and problem, the same on every kind of item."""

import uuid
from functools import partial
from typing import Any

import pytest
from django.test import Client

from labelling.corpus.services import problem_leave_out, reference_confirm, reference_correct
from labelling.people.models import Role, User
from labelling.rating.models import Assignment, ReferenceReport
from labelling.rating.questions import MOST_AN_HOUR
from labelling.rating.reports import open_reports
from labelling.rating.services import lease_claim
from labelling.rating.voids import annotations_void
from labelling.rounds.models import Campaign, Item
from tests.conftest import person
from tests.factories import AssignmentFactory, ItemFactory, RoundFactory, SolutionFactory
from tests.rating.kit import SLUG, body, claimed, post, submitted
from tests.word_factories import LeadQuestionFactory

pytestmark = pytest.mark.django_db


def said(**changes: Any) -> dict[str, Any]:
    return {"uuid": str(uuid.uuid4()), "shown": "8", "note": "It is 9."} | changes


@pytest.fixture
def item(db: None) -> Item:
    made: Item = ItemFactory.create(round=RoundFactory.create(campaign__slug=SLUG))
    return made


@pytest.fixture
def lease(item: Item, rater: User) -> Any:
    return claimed(rater)


def test_a_report_is_kept_and_the_rater_goes_on_judging(
    lease: Any, item: Item, rater: User, signed_in_rater: Client
) -> None:
    sent = said()
    answer = post(signed_in_rater, "api-report", lease, sent)
    assert (answer.status_code, answer.json()) == (200, {"report": sent["uuid"]})
    kept = ReferenceReport.objects.get()
    assert (kept.problem, kept.rater, kept.shown, kept.note) == (item.solution.problem, rater, "8", "It is 9.")
    assert claimed(rater) == lease
    assert post(signed_in_rater, "api-submit", lease, body()).status_code == 200


def test_a_second_one_takes_the_place_of_the_first(lease: Any, rater: User, signed_in_rater: Client) -> None:
    first, second = said(), said(note="It is 10.")
    for sent in (first, first, second, second):
        assert post(signed_in_rater, "api-report", lease, sent).status_code == 200
    assert ReferenceReport.objects.get().note == "It is 10."
    assert str(ReferenceReport.objects.get().uuid) == second["uuid"]


def test_another_solution_of_the_same_problem_is_the_same_report(
    lease: Any, item: Item, rater: User, signed_in_rater: Client
) -> None:
    post(signed_in_rater, "api-report", lease, said())
    submitted(rater, lease)
    ItemFactory.create(round=item.round, solution=SolutionFactory.create(problem=item.solution.problem))
    other = lease_claim(rater=rater, campaign=SLUG).lease
    post(signed_in_rater, "api-report", other, said(note="Still."))
    assert (ReferenceReport.objects.get().note, ReferenceReport.objects.get().assignment_id) == ("Still.", other)


def test_a_uuid_serves_one_report(lease: Any, signed_in_rater: Client) -> None:
    sent = said()
    post(signed_in_rater, "api-report", lease, sent)
    again = post(signed_in_rater, "api-report", lease, {**sent, "note": "Other."})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "uuid-reused")


@pytest.mark.parametrize("kind", [{}, {"golden": True}])
def test_gold_and_normal_items_answer_alike(signed_in_rater: Client, rater: User, kind: dict[str, bool]) -> None:
    item = ItemFactory.create(round__campaign__slug=SLUG, **kind)
    lease = AssignmentFactory.create(item=item, rater=rater)
    sent = said()
    answer = post(signed_in_rater, "api-report", lease.pk, sent)
    assert (answer.status_code, answer.json()) == (200, {"report": sent["uuid"]})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"note": ""}, "note"),
        ({"note": 7}, "note"),
        ({"note": "x" * 2_001}, "note"),
        ({"note": "a\x00"}, "note"),
        ({"shown": None}, "shown"),
        ({"shown": "8" * 5_001}, "shown"),
        ({"uuid": None}, "uuid"),
        ({"problem": 1}, "problem"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(
    lease: Any, signed_in_rater: Client, changes: dict[str, Any], field: str
) -> None:
    answer = post(signed_in_rater, "api-report", lease, said(**changes))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert not ReferenceReport.objects.exists()


def test_where_no_answer_is_shown_there_is_none_to_report(lease: Any, signed_in_rater: Client) -> None:
    Campaign.objects.update(answer_shown="hidden")
    answer = post(signed_in_rater, "api-report", lease, said())
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no-answer-shown")


def test_neither_a_colleague_nor_another_campaign_s_rater_can_report_it(lease: Any, client: Client) -> None:
    client.force_login(person("rob", Role.RATER, SLUG))
    assert post(client, "api-report", lease, said()).status_code == 404
    client.force_login(person("ron", Role.RATER, "physics"))
    assert post(client, "api-report", lease, said()).status_code == 403


def test_reports_count_among_what_is_taken_in_an_hour(lease: Any, rater: User, signed_in_rater: Client) -> None:
    LeadQuestionFactory.create_batch(MOST_AN_HOUR, assignment=Assignment.objects.get(pk=lease))
    assert post(signed_in_rater, "api-report", lease, said()).status_code == 429


@pytest.mark.parametrize(
    ("decide", "told"),
    [
        (reference_confirm, "Checked: the answer stands"),
        (partial(reference_correct, answer="9"), "Checked: the answer was corrected"),
        (problem_leave_out, "Checked: the problem was left out"),
    ],
)
def test_a_decision_closes_it_and_its_rater_is_told(
    lease: Any, lead: User, signed_in_rater: Client, decide: Any, told: str
) -> None:
    post(signed_in_rater, "api-report", lease, said())
    assert open_reports().count() == 1
    assert "Waits for a check" in signed_in_rater.get("/answers/").content.decode()
    decide(problem=ReferenceReport.objects.get().problem, reason="Checked.", person=lead)
    assert open_reports().count() == 0
    page = signed_in_rater.get("/answers/").content.decode()
    assert told in page
    assert "Waits for a check" not in page


def test_who_insists_after_a_decision_opens_it_again(
    lease: Any, item: Item, lead: User, signed_in_rater: Client
) -> None:
    reference_confirm(problem=item.solution.problem, reason="Fine.", person=lead)
    post(signed_in_rater, "api-report", lease, said())
    assert open_reports().count() == 1
    reference_confirm(problem=item.solution.problem, reason="Looked again.", person=lead)
    assert open_reports().count() == 0


def test_one_about_an_answer_that_was_corrected_meanwhile_waits_for_nobody(
    lease: Any, item: Item, lead: User, signed_in_rater: Client
) -> None:
    """Written without a network, sent when the reference had been corrected."""
    reference_correct(problem=item.solution.problem, answer="9", reason="A slip.", person=lead)
    assert post(signed_in_rater, "api-report", lease, said()).status_code == 200
    assert (ReferenceReport.objects.count(), open_reports().count()) == (1, 0)


def test_voids_keep_reports(lease: Any, item: Item, rater: User, lead: User, signed_in_rater: Client) -> None:
    post(signed_in_rater, "api-report", lease, said())
    submitted(rater, lease)
    annotations_void(campaign=item.campaign, rater=rater, by=lead, reason="A test.")
    assert open_reports().count() == 1
