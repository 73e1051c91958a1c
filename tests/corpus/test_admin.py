"""The corpus's raw tables in Django's admin: as many queries for many rows as for few, and history is read-only."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.corpus import models
from labelling.jobs.models import Job
from labelling.people.models import User
from tests import factories

pytestmark = pytest.mark.django_db

TABLES: list[tuple[type[Model], Callable[[], object]]] = [
    (models.Problem, factories.ProblemFactory.create),
    (models.PoolEntry, factories.PoolEntryFactory.create),
    (models.ImportBatch, factories.ImportBatchFactory.create),
    (models.Solution, factories.SolutionFactory.create),
    (models.Sample, factories.SampleFactory.create),
    (models.Alternative, factories.AlternativeFactory.create),
    (models.RecordedScore, factories.RecordedScoreFactory.create),
    (models.Verdict, factories.VerdictFactory.create),
]
NAMES = [model.__name__ for model, _ in TABLES]
HISTORY = [models.ImportBatch, models.Solution, models.Sample, models.RecordedScore, models.Verdict, models.Alternative]
MOST_QUERIES = 6  # the session, the person, two counts, the rows, and a filter's choices


@pytest.fixture
def admin(client: Client, operator: User) -> Client:
    User.objects.filter(pk=operator.pk).update(is_superuser=True, is_staff=True)
    client.force_login(operator)
    client.get(reverse("admin:index"))  # the first page of a session stores things in it
    return client


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:corpus_{model._meta.model_name}_{page}", args=args)


def queries(admin: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert admin.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("model", "create"), TABLES, ids=NAMES)
def test_a_list_page_takes_few_queries_however_many_rows(
    admin: Client, model: type[Model], create: Callable[[], object]
) -> None:
    url = address(model, "changelist")
    create()
    few = queries(admin, url)
    for _ in range(8):
        create()
    assert queries(admin, url) == few
    assert few <= MOST_QUERIES


@pytest.mark.parametrize(("model", "create"), TABLES, ids=NAMES)
def test_a_search_by_number_or_by_hostile_text_answers(
    admin: Client, model: type[Model], create: Callable[[], object]
) -> None:
    create()
    row = model._default_manager.latest("pk")
    found = admin.get(address(model, "changelist"), {"q": str(row.pk)})
    assert row in found.context["cl"].result_list
    for term in ("9" * 30, "%' OR 1=1 --", "\\", "٣", "a b"):
        assert admin.get(address(model, "changelist"), {"q": term}).status_code == 200


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_is_shown_and_never_changed(admin: Client, model: type[Model]) -> None:
    dict(TABLES)[model]()
    row = model._default_manager.latest("pk")
    assert admin.get(address(model, "change", row.pk)).status_code == 200
    assert model is models.Verdict or admin.get(address(model, "add")).status_code == 403
    assert admin.post(address(model, "change", row.pk), {}).status_code == 403
    assert admin.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_of_a_problem_only_the_mark_of_the_test_set_can_be_changed(admin: Client) -> None:
    problem = factories.ProblemFactory.create(reference_answer="8")
    url = address(models.Problem, "change", problem.pk)
    admin.post(url, {"held_out": "on", "reference_answer": "8", "text": "other"})
    problem.refresh_from_db()
    assert (problem.held_out, problem.reference_answer) == (True, "8")
    assert not models.ReferenceDecision.objects.exists()
    assert "time?" in problem.text
    assert admin.post(address(models.Problem, "delete", problem.pk), {"post": "yes"}).status_code == 403


def test_a_corrected_reference_needs_a_reason_and_has_the_problem_graded_again(admin: Client, operator: User) -> None:
    problem = factories.ProblemFactory.create(reference_answer="8")
    url = address(models.Problem, "change", problem.pk)
    assert b"needs a reason" in admin.post(url, {"reference_answer": "9"}).content
    assert admin.post(url, {"reference_answer": "9", "reason": "A slip in the key."}).status_code == 302
    problem.refresh_from_db()
    decision = models.ReferenceDecision.objects.get()
    assert problem.reference_answer == decision.reference_answer == "9"
    assert (decision.old_answer, decision.person, decision.reason) == ("8", operator, "A slip in the key.")
    assert Job.objects.get().params == {"problem": problem.pk, "reason": "A slip in the key."}


def test_an_added_verdict_is_the_persons_and_in_force(admin: Client, operator: User) -> None:
    solution = factories.SolutionFactory.create()
    form = {"solution": solution.pk, "value": "right", "reason": "Another writing."}
    assert admin.post(address(models.Verdict, "add"), {**form, "reason": ""}).status_code == 200
    assert admin.post(address(models.Verdict, "add"), form).status_code == 302
    solution.refresh_from_db()
    assert (solution.verdict, solution.verdict_why) == ("right", "person")
    assert models.Verdict.objects.get().person == operator
    assert Job.objects.get().kind == "regrade"


def test_long_texts_are_cut_on_list_pages(admin: Client) -> None:
    factories.SolutionFactory.create(steps=["<b>" + "x" * 5_000])
    page = admin.get(address(models.Solution, "changelist")).content.decode()
    assert "&lt;b&gt;" + "x" * 97 + "…" in page
    assert "x" * 98 not in page
