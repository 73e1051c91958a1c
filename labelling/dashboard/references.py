"""What waits for a person's word: held references, those that raters report, undecided answers. One case at a time."""

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
from labelling.rating.models import ReferenceReport
from labelling.rating.reports import open_reports
from labelling.rounds.models import Campaign, ReferenceHold

ANSWERS_SHOWN: Final = 12
WIDTH: Final = 1000
HELD, REPORTED, UNDECIDED = "h", "r", "u"
LONGEST_DRAWN: Final = 300  # characters of an answer that is drawn as a formula


@dataclass(frozen=True)
class Case:
    """``key`` names it in an address: h or r and the problem's id, or u and the lowest id of the answer's solutions.

    ``answer``: what the samples say instead of the reference, or what is undecided; empty where only raters report.
    """

    key: str
    problem_id: int
    answer: str

    @property
    def held(self) -> bool:
        return self.key.startswith(HELD)

    @property
    def reported(self) -> bool:
        """Here because of reports alone; held problems may have some too."""
        return self.key.startswith(REPORTED)

    @property
    def formula(self) -> str:
        return formula_of(self.answer)

    @property
    def decisions(self) -> tuple[str, ...]:
        on_answer = self.key.startswith(UNDECIDED)
        return ("right", "wrong", "leave_out") if on_answer else ("confirm", "correct", "leave_out")


@dataclass(frozen=True)
class AnswerBar:
    """One answer of the samples: how often, graded how, and how long its bar is (of ``WIDTH``).

    ``given``: False where the samples give none.
    """

    answer: str
    verdict: str
    samples: int
    percent: int
    width: int
    asked: bool
    given: bool


@dataclass(frozen=True)
class Page:
    """One case with what a person needs for it, its place (from 1) among all, and its neighbours' keys.

    ``reports``: what raters say of the reference; ``mark`` changes with them.
    """

    case: Case
    problem: Problem
    reports: Sequence[ReferenceReport]
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

    @property
    def mark(self) -> str:
        return reports_mark(self.reports)

    @property
    def suggested(self) -> str:
        """The samples' most frequent answer that is not graded right: what the reference may have to be."""
        return next((one.answer for one in self.answers if one.given and one.verdict != VerdictValue.RIGHT), "")


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
    """Held references first, the surest first; then reported ones, by how many say so; then undecided answers, the most
    frequent first. Three queries."""
    holds = open_holds(campaign).values_list("problem_id", "answer")
    held: dict[int, Case] = {}
    for problem_id, answer in holds:
        held.setdefault(problem_id, Case(f"{HELD}{problem_id}", problem_id, answer))
    reports = open_reports().filter(campaign=campaign).values("problem_id").annotate(raters=Count("pk"))
    reported = [
        Case(f"{REPORTED}{row['problem_id']}", row["problem_id"], "")
        for row in reports.order_by("-raters", "problem_id")
        if row["problem_id"] not in held
    ]
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
    return [*held.values(), *reported, *rest]


def reports_on(campaign: Campaign, problem_id: int) -> list[ReferenceReport]:
    """The open reports of the campaign's raters on the problem's reference, newest first."""
    found = open_reports().filter(campaign=campaign, problem=problem_id).select_related("rater", "assignment__item")
    return list(found.order_by("-updated_at"))


def reports_mark(reports: Sequence[ReferenceReport]) -> str:
    """Changes when a report comes, goes or is replaced: what a person decides on is what the person saw."""
    return " ".join(sorted(str(report.uuid) for report in reports))


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
        reports=[] if case.key.startswith(UNDECIDED) else reports_on(campaign, case.problem_id),
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
            given=row["answer"] is not None,
        )
        for row in rows
    ]


@transaction.atomic
def case_decide(*, case: Case, decision: str, person: User, note: str, answer: str = "") -> Job:
    """Record a person's word on a case; the caller enqueues the job that draws the consequences.

    ``answer``: the right one, of a case that has none of its own. Raises ValueError for a decision that the case does
    not have, and for what can't be an answer.
    """
    if decision not in case.decisions:
        raise ValueError(f"{decision!r} is no decision on this case.")
    problem = Problem.objects.get(pk=case.problem_id)
    reason = note.strip() or _REASONS[decision]
    if decision == "confirm":
        reference_confirm(problem=problem, reason=reason, person=person)
    elif decision == "correct":
        reference_correct(problem=problem, answer=case.answer or answer, reason=reason, person=person)
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
