"""The queue of references and answers that wait for a person: what waits, and what a decision does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from labelling.corpus.models import DecisionKind, Problem, ReferenceDecision, Solution
from labelling.corpus.services import reference_confirm
from labelling.dashboard.references import cases
from labelling.jobs.models import Job
from labelling.people.models import User
from labelling.rating.models import ReferenceReport
from labelling.rounds.models import Campaign
from tests.factories import (
    AssignmentFactory,
    PoolEntryFactory,
    ProblemFactory,
    ReferenceHoldFactory,
    RoundFactory,
    SampleFactory,
    SolutionFactory,
)
from tests.processes import wait_until
from tests.word_factories import ReferenceReportFactory

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/gsm/references/"
DECIDE = "/campaigns/gsm/references/decide/"


@pytest.fixture
def held(campaign: Campaign) -> Problem:
    """Three of its four samples say 9; the reference says 8."""
    problem: Problem = ProblemFactory.create(text="What is $4 + 5$?", reference_answer="8")
    PoolEntryFactory.create(campaign=campaign.slug, problem=problem)
    for index, answer in enumerate(["9", "9", "9", None]):
        solution = SolutionFactory.create(problem=problem, final_answer=answer)
        SampleFactory.create(problem=problem, solution=solution, sample_index=index)
    ReferenceHoldFactory.create(round=RoundFactory.create(campaign=campaign), problem=problem, answer="9", share=0.75)
    return problem


def undecided(campaign: Campaign, answer: str = "9%", times: int = 2) -> list[Solution]:
    problem = ProblemFactory.create()
    PoolEntryFactory.create(campaign=campaign.slug, problem=problem)
    made = []
    for index in range(times):
        solution = SolutionFactory.create(problem=problem, final_answer=answer, verdict="undecided")
        SampleFactory.create(problem=problem, solution=solution, sample_index=index)
        made.append(solution)
    return made


def decide(client: Client, case: str, decision: str, reference: str = "8", **more: str) -> str:
    form = {"case": case, "decision": decision, "reference": reference, **more}
    response = client.post(DECIDE, form)
    assert response.status_code == 302
    return str(response.headers["Location"])


def test_held_references_come_first_and_then_the_most_frequent_undecided_answers(
    campaign: Campaign, held: Problem
) -> None:
    rare, often = undecided(campaign, times=1), undecided(campaign, times=3)
    assert [case.key for case in cases(campaign)] == [f"h{held.pk}", f"u{often[0].pk}", f"u{rare[0].pk}"]


def test_the_page_shows_the_answers_by_frequency_the_reference_and_the_problem(as_owner: Client, held: Problem) -> None:
    response = as_owner.get(PAGE)
    page = response.context["page"]
    assert [(bar.answer, bar.samples, bar.percent, bar.asked) for bar in page.answers] == [
        ("9", 3, 75, True),
        ("no answer", 1, 25, False),
    ]
    assert (page.place, page.total) == (1, 1)
    assert "What is $4 + 5$?" in response.content.decode()


def test_answers_in_tex_are_drawn_beside_their_source(as_owner: Client, held: Problem) -> None:
    Problem.objects.update(reference_answer=r"\frac{1}{2}")
    page = as_owner.get(PAGE).content.decode()
    assert r'<span class="mono">\frac{1}{2}</span>' in page
    assert r"data-maths>$\frac{1}{2}$</div>" in page
    assert "$9$" not in page


def test_without_anything_to_decide_it_says_so(as_owner: Client, campaign: Campaign) -> None:
    assert "Nothing waits for a decision" in as_owner.get(PAGE).content.decode()


def test_hostile_text_is_text(as_owner: Client, campaign: Campaign, held: Problem) -> None:
    Problem.objects.update(text="<script>alert(1)</script>", reference_answer='"><img src=x>')
    page = as_owner.get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page


def test_confirming_releases_the_hold_for_good(
    as_owner: Client, campaign: Campaign, held: Problem, owner: User
) -> None:
    decide(as_owner, f"h{held.pk}", "confirm")
    made = ReferenceDecision.objects.get()
    assert (made.kind, made.person, made.reference_answer) == (DecisionKind.CONFIRMED, owner, "8")
    assert made.reason == "Checked the reference: it is right."
    assert cases(campaign) == []
    assert Job.objects.get().kind == "regrade"


def test_the_samples_answer_can_become_the_reference_with_a_note(as_owner: Client, held: Problem) -> None:
    decide(as_owner, f"h{held.pk}", "correct", note="The key\0 has a slip.")
    held.refresh_from_db()
    assert held.reference_answer == "9"
    assert ReferenceDecision.objects.get().reason == "The key has a slip."


def test_a_bad_problem_is_left_out(as_owner: Client, campaign: Campaign, held: Problem) -> None:
    decide(as_owner, f"h{held.pk}", "leave_out")
    held.refresh_from_db()
    assert held.left_out
    assert cases(campaign) == []


@pytest.mark.parametrize("value", ["right", "wrong"])
def test_an_undecided_answer_is_decided_for_all_samples_that_give_it(
    as_owner: Client, campaign: Campaign, value: str
) -> None:
    solutions = undecided(campaign)
    decide(as_owner, f"u{solutions[0].pk}", value)
    for solution in solutions:
        solution.refresh_from_db()
        assert (solution.verdict, solution.verdict_why) == (value, "person")
    assert cases(campaign) == []


def test_after_a_decision_comes_the_next_case(as_owner: Client, campaign: Campaign, held: Problem) -> None:
    following = undecided(campaign)[0]
    assert decide(as_owner, f"h{held.pk}", "confirm") == f"{PAGE}?case=u{following.pk}"


@pytest.mark.parametrize(
    ("case", "decision", "reference"), [("h{}", "right", "8"), ("h{}", "confirm", "7"), ("h0", "confirm", "8")]
)
def test_what_does_not_fit_what_was_seen_records_nothing(
    as_owner: Client, held: Problem, case: str, decision: str, reference: str
) -> None:
    decide(as_owner, case.format(held.pk), decision, reference)
    assert not ReferenceDecision.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_at_once_the_second_is_told_and_records_nothing(
    as_owner: Client, held: Problem, lead: User
) -> None:
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        reference_confirm(problem=held, reason="The first lead.", person=lead)
        second = pool.submit(decide_elsewhere, as_owner, f"h{held.pk}")
        wait_until(somebody_waits, seconds=10, what="the second lead at the lock")
    assert second.result(10) == PAGE
    assert ReferenceDecision.objects.get().reason == "The first lead."
    assert "decided already" in as_owner.get(PAGE).content.decode()


def decide_elsewhere(client: Client, case: str) -> str:
    try:
        return decide(client, case, "leave_out")
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
        return bool(cursor.fetchone()[0])


def test_the_lead_of_another_campaign_decides_nothing(client: Client, colleague: User, held: Problem) -> None:
    client.force_login(colleague)
    assert client.get(PAGE).status_code == 403
    assert client.post(DECIDE, {"case": f"h{held.pk}", "decision": "confirm", "reference": "8"}).status_code == 403
    assert not ReferenceDecision.objects.exists()


def test_the_page_costs_as_many_queries_for_many_cases_as_for_few(
    as_owner: Client, campaign: Campaign, held: Problem, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        undecided(campaign)
    with django_assert_max_num_queries(12):
        as_owner.get(PAGE)


def test_the_overview_leads_there(as_owner: Client, campaign: Campaign) -> None:
    assert reverse("references", args=[campaign.slug]) in as_owner.get("/campaigns/gsm/").content.decode()


class TestReports:
    """What raters say of shown answers, on the page where they are checked."""

    def report(self, campaign: Campaign, problem: Problem, note: str = "It is 9.") -> ReferenceReport:
        lease = AssignmentFactory.create(
            item__round=campaign.rounds.first() or RoundFactory.create(campaign=campaign),
            item__solution=SolutionFactory.create(problem=problem),
        )
        made: ReferenceReport = ReferenceReportFactory.create(assignment=lease, note=note)
        return made

    def test_they_stand_beside_a_held_problem_and_one_decision_closes_both(
        self, as_owner: Client, campaign: Campaign, held: Problem
    ) -> None:
        report = self.report(campaign, held)
        page = as_owner.get(PAGE).context["page"]
        assert ([case.key for case in cases(campaign)], page.reports) == ([f"h{held.pk}"], [report])
        decide(as_owner, f"h{held.pk}", "confirm", reports=page.mark)
        assert cases(campaign) == []

    def test_a_problem_that_is_only_reported_waits_too_those_with_most_reports_first(
        self, as_owner: Client, campaign: Campaign, held: Problem
    ) -> None:
        undecided_one = undecided(campaign)[0]
        once, twice = ProblemFactory.create(), ProblemFactory.create()
        for problem in (once, twice, twice):
            self.report(campaign, problem)
        keys = [f"h{held.pk}", f"r{twice.pk}", f"r{once.pk}", f"u{undecided_one.pk}"]
        assert [case.key for case in cases(campaign)] == keys
        shown = as_owner.get(f"{PAGE}?case=r{twice.pk}").content.decode()
        assert "2 raters say that the reference looks wrong" in shown
        assert shown.count("It is 9.") == 2

    def test_the_lead_corrects_the_reference_to_what_the_samples_mostly_say_or_to_anything(
        self, as_owner: Client, campaign: Campaign
    ) -> None:
        problem = ProblemFactory.create(reference_answer="8")
        for index, answer in enumerate(["9", "9", "7"]):
            SampleFactory.create(
                problem=problem,
                solution=SolutionFactory.create(problem=problem, final_answer=answer),
                sample_index=index,
            )
        self.report(campaign, problem)
        page = as_owner.get(PAGE).context["page"]
        assert page.suggested == "9"
        decide(as_owner, f"r{problem.pk}", "correct", reports=page.mark, answer="9.5")
        problem.refresh_from_db()
        assert (problem.reference_answer, cases(campaign)) == ("9.5", [])
        assert Job.objects.get().kind == "regrade"

    @pytest.mark.parametrize("answer", ["", "8", "9" * 2_001])
    def test_what_can_t_be_the_right_answer_changes_nothing(
        self, as_owner: Client, campaign: Campaign, answer: str
    ) -> None:
        report = self.report(campaign, ProblemFactory.create(reference_answer="8"))
        key, mark = f"r{report.problem_id}", str(report.uuid)
        assert decide(as_owner, key, "correct", reports=mark, answer=answer) == f"{PAGE}?case={key}"
        assert not ReferenceDecision.objects.exists()

    def test_a_report_that_came_after_the_page_was_opened_is_not_closed_unseen(
        self, as_owner: Client, campaign: Campaign, held: Problem
    ) -> None:
        mark = as_owner.get(PAGE).context["page"].mark
        self.report(campaign, held)
        decide(as_owner, f"h{held.pk}", "confirm", reports=mark)
        assert not ReferenceDecision.objects.exists()
        assert "has changed: nothing was recorded" in as_owner.get(PAGE).content.decode()

    def test_those_of_another_campaign_are_its_own_lead_s_to_see(
        self, as_owner: Client, campaign: Campaign, held: Problem
    ) -> None:
        other = RoundFactory.create().campaign
        self.report(other, held, "Not for you.")
        assert "Not for you." not in as_owner.get(PAGE).content.decode()
        assert [case.key for case in cases(other)] == [f"r{held.pk}"]

    def test_hostile_notes_are_text(self, as_owner: Client, campaign: Campaign, held: Problem) -> None:
        self.report(campaign, held, "<img src=x onerror=alert(1)>")
        assert "<img" not in as_owner.get(PAGE).content.decode()

    def test_they_cost_no_query_each(
        self,
        as_owner: Client,
        campaign: Campaign,
        held: Problem,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(6):
            self.report(campaign, held)
            self.report(campaign, ProblemFactory.create())
        with django_assert_max_num_queries(14):
            as_owner.get(PAGE)
