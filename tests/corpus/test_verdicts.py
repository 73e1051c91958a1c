"""Verdicts: each final answer graded exactly once per grader and reference, and a person has the last word."""

import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from labelling.corpus.grading import GRADER_VERSION
from labelling.corpus.models import Problem, Solution, Verdict, VerdictValue
from labelling.corpus.selectors import ungraded_after
from labelling.corpus.services import verdict_override, verdicts, verdicts_add, verdicts_job_create
from labelling.corpus.tasks import grade
from labelling.jobs.models import Job, JobState
from labelling.people.models import User
from tests.factories import JobFactory, ProblemFactory, SolutionFactory

pytestmark = pytest.mark.django_db


def ungraded(answer: str | None = "8", **fields: object) -> Solution:
    solution: Solution = SolutionFactory.create(ungraded=True, final_answer=answer, **fields)
    return solution


def run_grading() -> Job:
    job = verdicts_job_create()
    assert job is not None
    grade(job.pk)
    job.refresh_from_db()
    return job


def in_force(solution: Solution) -> tuple[str | None, str]:
    solution.refresh_from_db()
    return solution.verdict, solution.verdict_why


def test_the_job_grades_against_the_reference_and_says_why() -> None:
    right, other, none, cut, percent = (
        ungraded("8.0"),
        ungraded("9"),
        ungraded(None),
        ungraded("8", truncated=True),
        ungraded("8%"),
    )
    job = run_grading()
    assert in_force(right) == ("right", "string")
    assert in_force(other) == ("wrong", "number")
    assert in_force(none) == ("wrong", "no-answer")
    assert in_force(cut) == ("wrong", "truncated")
    assert in_force(percent) == ("undecided", "percent")
    assert (job.state, job.done, job.total) == (JobState.DONE, 5, 5)
    assert job.message == "1 right, 1 undecided, 3 wrong"
    verdict = Verdict.objects.get(solution=right)
    assert (verdict.grader, verdict.reference_answer, verdict.person) == (GRADER_VERSION, "8", None)


def test_problems_without_a_reference_answer_stay_ungraded() -> None:
    solution = ungraded(problem__reference_answer=None)
    assert verdicts_job_create() is None
    assert verdicts_add(after=0) is None
    assert in_force(solution) == (None, "")


def test_grading_twice_adds_no_verdict() -> None:
    ungraded()
    run_grading()
    assert verdicts_job_create() is None
    again = JobFactory.create()
    grade(again.pk)
    again.refresh_from_db()
    assert (again.state, again.message) == (JobState.DONE, "nothing was left to grade")
    assert Verdict.objects.count() == 1


def test_chunks_end_with_every_solution_graded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = ProblemFactory.create()
    solutions = [ungraded(problem=problem) for _ in range(7)]
    sizes = []
    after = 0
    while (chunk := verdicts_add(after=after, limit=3)) is not None:
        sizes.append(chunk.values.total())
        after = chunk.last
    assert sizes == [3, 3, 1]
    assert after == solutions[-1].pk
    assert Verdict.objects.count() == 7


def test_a_chunk_that_was_graded_meanwhile_is_not_graded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker stores the same chunk between this one's reading and its writing."""
    solution = ungraded()
    chunk = ungraded_after(0, 10)
    verdicts_add(after=0)
    monkeypatch.setattr(verdicts, "ungraded_after", lambda *_: chunk)
    verdicts_add(after=0)
    assert Verdict.objects.count() == 1
    assert in_force(solution)[0] == "right"


def test_a_corrected_reference_answer_is_graded_against_and_the_old_verdict_stays() -> None:
    solution = ungraded("9")
    run_grading()
    Problem.objects.update(reference_answer="9")
    run_grading()
    assert in_force(solution) == ("right", "string")
    assert list(Verdict.objects.order_by("id").values_list("reference_answer", "value")) == [
        ("8", "wrong"),
        ("9", "right"),
    ]


def test_a_reference_corrected_while_grading_is_not_answered_by_a_verdict_on_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solution = ungraded("9")
    chunk = ungraded_after(0, 10)
    Problem.objects.update(reference_answer="9")
    run_grading()
    monkeypatch.setattr(verdicts, "ungraded_after", lambda *_: chunk)
    verdicts_add(after=0)
    assert in_force(solution) == ("right", "string")
    assert Verdict.objects.count() == 2


def test_a_newer_grader_has_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = ungraded("8")
    Verdict.objects.create(solution=solution, value="wrong", grader="ladder-0", reference_answer="8")
    Solution.objects.update(verdict="wrong", verdict_why="number")
    run_grading()
    assert in_force(solution) == ("right", "string")
    assert Verdict.objects.count() == 2


def test_a_persons_verdict_stays_in_force_over_graders(lead: User) -> None:
    solution = ungraded("9")
    run_grading()
    said = verdict_override(solution=solution, person=lead, value=VerdictValue.RIGHT, reason=" The key is wrong. ")
    assert (said.person, said.grader, said.reference_answer, said.reason) == (lead, "", "8", "The key is wrong.")
    assert in_force(solution) == ("right", "person")
    Problem.objects.update(reference_answer="10")
    run_grading()
    assert in_force(solution) == ("right", "person")
    assert Verdict.objects.count() == 3


def test_the_newest_word_of_a_person_is_in_force_and_the_older_ones_stay(lead: User) -> None:
    solution = ungraded()
    for value in (VerdictValue.WRONG, VerdictValue.UNDECIDED):
        verdict_override(solution=solution, person=lead, value=value, reason="On second thoughts.")
    assert in_force(solution) == ("undecided", "person")
    assert Verdict.objects.count() == 2


def test_a_persons_verdict_needs_a_reason_and_a_known_value(lead: User) -> None:
    solution = ungraded()
    with pytest.raises(ValueError, match="needs a reason"):
        verdict_override(solution=solution, person=lead, value=VerdictValue.RIGHT, reason=" ")
    with pytest.raises(ValueError, match="maybe"):
        verdict_override(solution=solution, person=lead, value="maybe", reason="?")  # type: ignore[arg-type]
    assert not Verdict.objects.exists()


def test_the_database_itself_refuses_to_change_or_delete_a_verdict() -> None:
    ungraded()
    run_grading()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Verdict.objects.update(value="wrong")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Verdict.objects.all()._raw_delete("default")
    assert Verdict.objects.get().value == "right"


def test_the_command_queues_what_is_ungraded_and_says_when_nothing_is(
    django_capture_on_commit_callbacks: object,
) -> None:
    out = io.StringIO()
    call_command("grade_solutions", stdout=out)
    assert out.getvalue() == "Nothing to grade.\n"
    ungraded()
    call_command("grade_solutions", stdout=out)
    job = Job.objects.get()
    assert (job.kind, job.task, job.total, job.state) == ("grade", "labelling.corpus.tasks.grade", 1, JobState.QUEUED)
    assert f"Job {job.pk} grades 1 solutions." in out.getvalue()
