"""Golds and annotations that could become gold, page by page, for the lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from labelling.dashboard.runs import LabelledStep, RunTurn, labelled_steps, run_of
from labelling.rating.models import Annotation
from labelling.rating.selectors import annotations_current
from labelling.rounds.judge import JUDGED
from labelling.rounds.models import NO_ERROR, Campaign, Gold, ItemKind, Mode

PER_PAGE: Final = 20


@dataclass(frozen=True)
class GoldStep:
    """A step of a gold, or (value -1, no text) its end without an error; ``value`` is 0-based."""

    value: int
    text: str
    acceptable: bool

    @property
    def number(self) -> int:
        return self.value + 1


@dataclass(frozen=True)
class GoldLine:
    """A gold and how raters fared with it."""

    gold: Gold
    steps: Sequence[GoldStep]
    none: GoldStep
    seen: int
    right: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.right / self.seen) if self.seen else None

    @property
    def answer(self) -> Sequence[int]:
        """The acceptable first errors, 1-based; 0 for none."""
        return [step + 1 for step in sorted(self.gold.acceptable)]


def gold_page(campaign: Campaign, *, use: str, number: str) -> tuple[Page[Any], list[GoldLine]]:
    """One page of golds, active ones first, newest first; ``use`` empty: of both."""
    judged = Q(items__annotations__version=1, items__annotations__gold_right__isnull=False)
    golds = (
        Gold.objects.filter(campaign=campaign, **({"use": use} if use else {}))
        .select_related("solution__problem", "created_by")
        .annotate(
            seen=Count("items__annotations", filter=judged),
            right=Count("items__annotations", filter=judged & Q(items__annotations__gold_right=True)),
        )
        .order_by("-active", "-pk")
    )
    page = Paginator(golds, PER_PAGE).get_page(number)
    return page, [_line(gold) for gold in page]


def _line(gold: Gold) -> GoldLine:
    steps = [GoldStep(at, text, at in gold.acceptable) for at, text in enumerate(gold.solution.steps)]
    none = GoldStep(NO_ERROR, "", NO_ERROR in gold.acceptable)
    return GoldLine(gold, steps, none, getattr(gold, "seen", 0), getattr(gold, "right", 0))


@dataclass(frozen=True)
class Candidate:
    """An annotation that one click makes gold; ``is_gold``: its solution is gold already.

    ``turns``: its run instead of steps, in alternatives mode, where nothing is gold.
    """

    annotation: Annotation
    steps: Sequence[LabelledStep]
    is_gold: bool
    turns: Sequence[RunTurn] = ()

    @property
    def number(self) -> int | None:
        """The first error, 1-based."""
        return None if self.annotation.first_error is None else self.annotation.first_error + 1


def candidate_page(campaign: Campaign, *, rater: str, number: str) -> tuple[Page[Any], list[Candidate]]:
    """Annotations in force of normal items that say where the first error is, newest first; of one rater or all."""
    page = Paginator(candidates_of(campaign, rater=rater), PER_PAGE).get_page(number)
    if campaign.mode == Mode.ALTERNATIVES:
        return page, [Candidate(one, [], False, run_of(one.document)) for one in page]
    return page, [_candidate(one) for one in page]


def candidates_of(campaign: Campaign, *, rater: str = "") -> QuerySet[Annotation]:
    """``rater``: a pseudonym, empty for all."""
    gold = Gold.objects.filter(campaign=campaign, solution=OuterRef("solution"))
    found = annotations_current().filter(campaign=campaign, item__kind=ItemKind.NORMAL, finish_reason__in=JUDGED)
    if rater:
        found = found.filter(rater__pseudonym=rater)
    return found.annotate(is_gold=Exists(gold)).select_related("solution__problem", "rater").order_by("-pk")


def _candidate(annotation: Annotation) -> Candidate:
    return Candidate(annotation, labelled_steps(annotation), getattr(annotation, "is_gold", False))
