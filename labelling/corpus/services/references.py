"""What people decide about reference answers: confirmed, corrected, or the whole problem left out. Append-only."""

from django.db import transaction

from labelling.corpus.models import DecisionKind, Problem, ReferenceDecision
from labelling.corpus.text import ANSWER_BYTES
from labelling.jobs.models import Job
from labelling.jobs.services import job_create
from labelling.people.models import User

REGRADE = "labelling.pipeline.tasks.regrade"  # by name: it reaches up to the rounds


def reference_correct(*, problem: Problem, answer: str, reason: str, person: User | None) -> ReferenceDecision:
    """Put another reference answer in force. The caller has the problem graded again: ``regrade_job_create``.

    Raises ValueError without a reason or an answer, for one that is too long to be an answer, or that is in force.
    """
    answer = answer.strip()
    if not answer or len(answer.encode()) > ANSWER_BYTES:
        raise ValueError(f"A reference answer has from 1 to {ANSWER_BYTES:,} bytes.")
    return _decide(problem, DecisionKind.CORRECTED, reason, person, answer=answer)


def reference_confirm(*, problem: Problem, reason: str, person: User | None) -> ReferenceDecision:
    """The reference is right as it stands: samples that agree on something else are no reason to hold the problem."""
    return _decide(problem, DecisionKind.CONFIRMED, reason, person)


def problem_leave_out(*, problem: Problem, reason: str, person: User | None) -> ReferenceDecision:
    """The problem is bad: it is not served in any round, until its reference is confirmed or corrected."""
    return _decide(problem, DecisionKind.LEFT_OUT, reason, person)


@transaction.atomic
def _decide(
    problem: Problem, kind: DecisionKind, reason: str, person: User | None, *, answer: str | None = None
) -> ReferenceDecision:
    if not reason.strip():
        raise ValueError("A decision about a reference answer needs a reason.")
    locked = Problem.objects.select_for_update(no_key=True).get(pk=problem.pk)
    before = locked.reference_answer
    if answer is not None and answer == before and not locked.left_out:
        raise ValueError("That is the reference answer already.")
    if answer is not None:
        locked.reference_answer = answer
    locked.left_out = kind == DecisionKind.LEFT_OUT
    locked.save(update_fields=["reference_answer", "left_out"])
    problem.reference_answer, problem.left_out = locked.reference_answer, locked.left_out
    return ReferenceDecision.objects.create(
        problem=locked,
        kind=kind,
        old_answer=before or "",
        reference_answer=locked.reference_answer or "",
        person=person,
        reason=reason.strip(),
    )


def regrade_job_create(*, problem: Problem, reason: str, user: User | None = None) -> Job:
    """The job that grades a problem's solutions again and withdraws items that are no longer wrong."""
    return job_create(kind="regrade", task=REGRADE, params={"problem": problem.pk, "reason": reason.strip()}, user=user)
