"""A person's decision on a reference answer or a verdict, and all that follows from it."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from labelling.corpus.models import (
    AnswerGrade,
    DecisionKind,
    Problem,
    ReferenceDecision,
    Solution,
    Verdict,
    VerdictValue,
)
from labelling.corpus.services import (
    problem_leave_out,
    reference_confirm,
    reference_correct,
    regrade_job_create,
    verdict_override,
    verdicts_jobs_create,
)
from labelling.corpus.services import verdicts as verdict_services
from labelling.corpus.services.referees import pair_judge
from labelling.corpus.tasks import grade
from labelling.jobs.models import Job, JobState
from labelling.people.models import User
from labelling.pipeline.services import reference_settle
from labelling.pipeline.tasks import regrade
from labelling.rounds.models import Item, ItemState
from tests.factories import AnnotationFactory, ItemFactory, ProblemFactory, RoundFactory, SolutionFactory
from tests.processes import Processes, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def problem() -> Problem:
    made: Problem = ProblemFactory.create(reference_answer="8")
    return made


def item(problem: Problem, answer: str, **fields: object) -> Item:
    made: Item = ItemFactory.create(
        round=RoundFactory.create(), solution__problem=problem, solution__final_answer=answer, **fields
    )
    return made


def run(problem: Problem, reason: str = "A slip in the key.") -> Job:
    job = regrade_job_create(problem=problem, reason=reason)
    regrade(job.pk)
    job.refresh_from_db()
    return job


def test_items_that_are_no_longer_wrong_are_withdrawn_with_the_reason_and_the_others_stay(
    problem: Problem, lead: User
) -> None:
    now_right, still_wrong, held, elsewhere = (
        item(problem, "9"),
        item(problem, "7"),
        item(problem, "9", leased=True),
        item(ProblemFactory.create(), "9"),
    )
    reference_correct(problem=problem, answer="9", reason="A slip in the key.", person=lead)
    job = run(problem)
    assert (job.state, job.message) == (JobState.DONE, "3 graded, 1 items withdrawn")
    states = {}
    for one in (now_right, still_wrong, held, elsewhere):
        one.refresh_from_db()
        states[one.pk] = one.state
    assert list(states.values()) == [ItemState.WITHDRAWN, ItemState.QUEUED, ItemState.QUEUED, ItemState.QUEUED]
    assert now_right.state_reason == "A slip in the key."
    assert run(problem).message == "0 graded, 0 items withdrawn"


def test_a_reference_that_comes_back_brings_its_verdicts_back_but_no_persons_word_is_lost(
    problem: Problem, lead: User
) -> None:
    nine, eight, judged = (
        SolutionFactory.create(problem=problem, ungraded=True, final_answer=answer) for answer in ("9", "8", "9")
    )
    verdict_override(solution=judged, person=lead, value=VerdictValue.RIGHT, reason="The same thing.")
    run(problem)
    for answer, reason in (("9", "A slip."), ("8", "It was none.")):
        reference_correct(problem=problem, answer=answer, reason=reason, person=lead)
        job = run(problem)
    assert job.message == "2 graded, 0 items withdrawn"
    for one, verdict in ((nine, "wrong"), (eight, "right"), (judged, "right")):
        one.refresh_from_db()
        assert one.verdict == verdict
    assert judged.verdict_why == "person"
    assert run(problem).message == "0 graded, 0 items withdrawn"


def test_a_long_regrading_says_how_far_it_has_come(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict_services, "CHUNK_SECONDS", 0.0)  # each solution a chunk of its own
    for _ in range(3):
        SolutionFactory.create(problem=problem, ungraded=True, final_answer="8")
    told: list[tuple[int, int]] = []
    reference_settle(problem=problem.pk, reason="A slip.", watch=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_annotated_item_keeps_the_verdict_it_was_queued_under_and_its_solution_gains_the_new_one(
    problem: Problem, lead: User
) -> None:
    annotation = AnnotationFactory.create(
        assignment__item__solution__problem=problem, assignment__item__solution__final_answer="9"
    )
    reference_correct(problem=problem, answer="9", reason="A slip.", person=lead)
    run(problem)
    queued, solution = Item.objects.get(pk=annotation.item_id), Solution.objects.get(pk=annotation.solution_id)
    assert (queued.state, queued.verdict, solution.verdict) == (ItemState.DONE, "wrong", "right")
    assert Verdict.objects.get(solution=solution, reference_answer="9").value == "right"


def test_a_problem_that_is_left_out_loses_its_items_and_comes_back_with_its_reference(
    problem: Problem, lead: User
) -> None:
    queued = item(problem, "7")
    problem_leave_out(problem=problem, reason="The figure is missing.", person=lead)
    run(problem)
    queued.refresh_from_db()
    problem.refresh_from_db()
    assert (queued.state, problem.left_out) == (ItemState.WITHDRAWN, True)
    reference_confirm(problem=problem, reason="It was in the text.", person=lead)
    problem.refresh_from_db()
    assert not problem.left_out


def test_a_decision_needs_a_reason_and_is_never_changed(problem: Problem, lead: User) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        reference_confirm(problem=problem, reason=" ", person=lead)
    with pytest.raises(ValueError, match="2,000 bytes"):
        reference_correct(problem=problem, answer="9" * 2_001, reason="?", person=lead)
    with pytest.raises(ValueError, match="already"):
        reference_correct(problem=problem, answer=" 8 ", reason="?", person=lead)
    made = reference_confirm(problem=problem, reason="Looked it up.", person=lead)
    assert (made.kind, made.old_answer, made.reference_answer) == (DecisionKind.CONFIRMED, "8", "8")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReferenceDecision.objects.update(reason="other")


def test_the_command_corrects_and_queues_the_grading(problem: Problem, lead: User) -> None:
    out = io.StringIO()
    call_command("correct_reference", str(problem.pk), "9", reason="A slip.", person=lead.username, stdout=out)
    problem.refresh_from_db()
    assert problem.reference_answer == "9"
    assert ReferenceDecision.objects.get().person == lead
    assert f"Job {Job.objects.get().pk} grades its solutions again." in out.getvalue()
    with pytest.raises(CommandError, match="no problem 0"):
        call_command("correct_reference", "0", "9", reason="?")
    with pytest.raises(CommandError, match="no such person"):
        call_command("correct_reference", str(problem.pk), "9", reason="?", person="nobody-at-all")


def test_the_command_for_a_verdict_speaks_for_a_person_and_frees_the_queue(problem: Problem, lead: User) -> None:
    queued = item(problem, "9")
    out = io.StringIO()
    call_command(
        "override_verdict", str(queued.solution_id), "right", person=lead.username, reason="Same thing.", stdout=out
    )
    regrade(Job.objects.get().pk)
    queued.refresh_from_db()
    assert (queued.state, queued.solution.verdict, queued.state_reason) == ("withdrawn", "right", "Same thing.")
    assert "lena says right" in out.getvalue()


def test_algebra_is_asked_once_for_a_pair_and_kept(problem: Problem) -> None:
    Problem.objects.update(reference_answer=r"2\sqrt{3}")
    for _ in range(3):
        SolutionFactory.create(problem=problem, ungraded=True, final_answer=r"\sqrt{12}")
    SolutionFactory.create(problem=problem, ungraded=True, final_answer=r"\sqrt{13}")
    pair_judge.cache_clear()
    run(problem)
    assert sorted(Solution.objects.values_list("verdict", "verdict_why")) == [
        *[("right", "symbolic")] * 3,
        ("wrong", "symbolic"),
    ]
    assert sorted(AnswerGrade.objects.values_list("value", flat=True)) == ["right", "wrong"]
    pair_judge.cache_clear()
    AnswerGrade.objects.filter(value="right").update(value="undecided", why="time")
    assert pair_judge(r"2\sqrt{3}", r"\sqrt{12}").verdict == "undecided"  # the table's word, not the helper's
    pair_judge.cache_clear()


def test_several_jobs_share_a_large_lot_and_each_solution_is_graded_once(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_services, "SPLIT_FROM", 10)
    for _ in range(23):
        SolutionFactory.create(problem=problem, ungraded=True, final_answer="8")
    jobs = verdicts_jobs_create()
    assert len(jobs) == 4
    assert sum(job.total or 0 for job in jobs) == 23
    for job in jobs:
        grade(job.pk)
        job.refresh_from_db()
        assert (job.state, job.done) == (JobState.DONE, job.total)
    assert Verdict.objects.count() == 23


@pytest.mark.django_db(transaction=True)
def test_a_celery_worker_grades_hostile_answers_and_lives_on(processes: Processes) -> None:
    problem = ProblemFactory.create(reference_answer=r"2\sqrt{3}")
    hostile = ["2^{3^{20}}", "(x+y+z)^{999}", "__import__('os')", "9" * 400, r"\sqrt{" * 60]
    for answer in [*hostile, r"\sqrt{12}"]:
        SolutionFactory.create(problem=problem, ungraded=True, final_answer=answer)
    worker = processes.worker(beat=False)
    call_command("grade_solutions")
    wait_until(lambda: Job.objects.get().state == JobState.DONE, seconds=60, what="the end of grading")
    verdicts = dict(Solution.objects.values_list("final_answer", "verdict"))
    assert verdicts.pop(r"\sqrt{12}") == "right"
    assert set(verdicts.values()) <= {"undecided", "wrong"}
    assert worker.poll() is None
