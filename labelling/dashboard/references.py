"""What waits for a person's word: held references, and answers that no grader could decide. One case at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet
from django.utils.translation import gettext as _

from labelling.corpus.models import PoolEntry, Problem, ReferenceDecision, Sample, Solution, VerdictValue
from labelling.corpus.services import (
    answer_override,
    problem_leave_out,
    reference_confirm,
    reference_correct,
    regrade_job_create,
)
from labelling.jobs.models import Job
from labelling.people.models import User
from labelling.rounds.models import Campaign, ReferenceHold

ANSWERS_SHOWN: Final = 12
WIDTH: Final = 1000
HELD, UNDECIDED = "h", "u"
LONGEST_DRAWN: Final = 300  # characters of an answer that is drawn as a formula


@dataclass(frozen=True)
class Case:
    """``key`` names it in an address: h and the problem's id, or u and the lowest id of the answer's solutions."""

    key: str
    problem_id: int
    answer: str

    @property
    def held(self) -> bool:
        return self.key.startswith(HELD)

    @property
    def formula(self) -> str:
        return formula_of(self.answer)

    @property
    def decisions(self) -> tuple[str, ...]:
        return ("confirm", "correct", "leave_out") if self.held else ("right", "wrong", "leave_out")


@dataclass(frozen=True)
class AnswerBar:
    """One answer of the samples: how often, graded how, and how long its bar is (of ``WIDTH``)."""

    answer: str
    verdict: str
    samples: int
    percent: int
    width: int
    asked: bool


@dataclass(frozen=True)
class Page:
    """One case with what a person needs for it, its place (from 1) among all, and its neighbours' keys."""

    case: Case
    problem: Problem
    answers: Sequence[AnswerBar]
    more: int
    samples: int
    place: int
    total: int
    previous: str
    next: str

    @property
    def formula(self) -> str:
        """The reference answer as a formula."""
        return formula_of(self.problem.reference_answer or "")


def formula_of(answer: str) -> str:
    """An answer between dollar signs, to be drawn beside its source; empty where it would look the same."""
    plain = not any(sign in answer for sign in "\\^_")
    return "" if plain or "$" in answer or len(answer) > LONGEST_DRAWN else f"${answer}$"


def open_holds(campaign: Campaign) -> QuerySet[ReferenceHold]:
    """The holds that nobody has decided yet, of all rounds, the surest first."""
    decided = ReferenceDecision.objects.filter(
        problem=OuterRef("problem"), reference_answer=OuterRef("problem__reference_answer")
    )
    return ReferenceHold.objects.filter(~Exists(decided), round__campaign=campaign, problem__left_out=False).order_by(
        "-share", "problem_id", "-round__number"
    )


def cases(campaign: Campaign) -> list[Case]:
    """Held references first, the surest first; then undecided answers, the most frequent first. Two queries."""
    holds = open_holds(campaign).values_list("problem_id", "answer")
    held: dict[int, Case] = {}
    for problem_id, answer in holds:
        held.setdefault(problem_id, Case(f"{HELD}{problem_id}", problem_id, answer))
    pool = PoolEntry.objects.filter(campaign=campaign.slug).values("problem")
    undecided = (
        Solution.objects.filter(verdict=VerdictValue.UNDECIDED, problem__in=pool, problem__left_out=False)
        .exclude(final_answer=None)
        .exclude(verdict_why="person")
        .values("problem_id", "final_answer")
        .annotate(first=Min("id"), drawn=Count("samples"))
        .order_by("-drawn", "first")
    )
    rest = [Case(f"{UNDECIDED}{row['first']}", row["problem_id"], row["final_answer"] or "") for row in undecided]
    return [*held.values(), *rest]


def page(campaign: Campaign, key: str) -> Page | None:
    """The case of that key, else the first; None where nothing waits."""
    waiting = cases(campaign)
    if not waiting:
        return None
    at = next((place for place, case in enumerate(waiting) if case.key == key), 0)
    case = waiting[at]
    answers = _answers(case)
    return Page(
        case=case,
        problem=Problem.objects.get(pk=case.problem_id),
        answers=answers[:ANSWERS_SHOWN],
        more=max(0, len(answers) - ANSWERS_SHOWN),
        samples=sum(answer.samples for answer in answers),
        place=at + 1,
        total=len(waiting),
        previous=waiting[at - 1].key,
        next=waiting[(at + 1) % len(waiting)].key,
    )


def _answers(case: Case) -> list[AnswerBar]:
    rows = list(
        Sample.objects.filter(problem=case.problem_id)
        .values(answer=F("solution__final_answer"), verdict=F("solution__verdict"))
        .annotate(drawn=Count("pk"))
        .order_by("-drawn", "answer")
    )
    total = sum(row["drawn"] for row in rows) or 1
    most = max((row["drawn"] for row in rows), default=1)
    return [
        AnswerBar(
            answer=_("no answer") if row["answer"] is None else row["answer"],
            verdict=row["verdict"] or "",
            samples=row["drawn"],
            percent=round(100 * row["drawn"] / total),
            width=max(1, WIDTH * row["drawn"] // most),
            asked=row["answer"] == case.answer,
        )
        for row in rows
    ]


@transaction.atomic
def case_decide(*, case: Case, decision: str, person: User, note: str) -> Job:
    """Record a person's word on a case; the caller enqueues the job that draws the consequences.

    Raises ValueError for a decision that the case does not have.
    """
    if decision not in case.decisions:
        raise ValueError(f"{decision!r} is no decision on this case.")
    problem = Problem.objects.get(pk=case.problem_id)
    reason = note.strip() or _REASONS[decision]
    if decision == "confirm":
        reference_confirm(problem=problem, reason=reason, person=person)
    elif decision == "correct":
        reference_correct(problem=problem, answer=case.answer, reason=reason, person=person)
    elif decision == "leave_out":
        problem_leave_out(problem=problem, reason=reason, person=person)
    else:
        value = VerdictValue(decision)
        answer_override(problem=problem, answer=case.answer, person=person, value=value, reason=reason)
    return regrade_job_create(problem=problem, reason=reason, user=person)


# Kept with the decision where the person writes nothing of their own.
_REASONS: Final = {
    "confirm": "Checked the reference: it is right.",
    "correct": "Checked the reference: the samples' answer is right.",
    "leave_out": "Checked the reference: the problem is bad.",
    "right": "Checked an undecided answer: it is right.",
    "wrong": "Checked an undecided answer: it is wrong.",
}
