"""The lead's inbox: what raters of a campaign ask, page by page, each with its item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labelling.rating.models import LeadQuestion
from labelling.rounds.models import Campaign, ItemKind, Mode

PER_PAGE: Final = 20
STATES: Final[dict[str, str | Promise]] = {"open": _("Open"), "answered": _("Answered"), "all": _("All")}


@dataclass(frozen=True)
class AskedStep:
    """``number``: 1-based; ``asked``: the question is about this one."""

    number: int
    text: str
    asked: bool


@dataclass(frozen=True)
class QuestionLine:
    """A question with its item; ``mark``: what an item of known answer is called, empty for a normal one."""

    question: LeadQuestion
    steps: Sequence[AskedStep]
    mark: str

    @property
    def number(self) -> int | None:
        return None if self.question.step is None else self.question.step + 1

    @property
    def seen(self) -> str:
        """When the answer shown here was given, as the form sends it back."""
        answered = self.question.answered_at
        return "" if answered is None else answered.isoformat()


def open_questions(campaign: Campaign) -> QuerySet[LeadQuestion]:
    return LeadQuestion.objects.filter(campaign=campaign, answered_at=None)


def question_page(campaign: Campaign, *, state: str, kind: str, number: str) -> tuple[Page[Any], list[QuestionLine]]:
    """Open ones the oldest first, as they wait; others the newest first. Two queries. ``kind`` empty: all."""
    found = LeadQuestion.objects.filter(campaign=campaign, **({"kind": kind} if kind else {}))
    if state != "all":
        found = found.filter(answered_at__isnull=state == "open")
    related = found.select_related(
        "campaign", "rater", "answered_by", "assignment__item", "assignment__solution__problem"
    )
    page = Paginator(related.order_by("pk" if state == "open" else "-pk"), PER_PAGE).get_page(number)
    return page, [_line(question) for question in page]


def _line(question: LeadQuestion) -> QuestionLine:
    lease = question.assignment
    texts = [] if question.campaign.mode == Mode.ALTERNATIVES else lease.solution.steps  # there raters make their own
    steps = [AskedStep(at + 1, text, at == question.step) for at, text in enumerate(texts)]
    mark = "" if lease.item.kind == ItemKind.NORMAL else ItemKind(lease.item.kind).label
    return QuestionLine(question, steps, str(mark))
