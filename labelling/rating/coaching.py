"""Coaching: what a gold's explanation says to those who missed it, once, and only when nobody can meet it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, AssignmentState, CoachingSeen
from labelling.rounds.models import NO_ERROR, Campaign, Gold, ItemKind

LONGEST_STREAK: Final = 100


@dataclass(frozen=True)
class Lesson:
    """One missed gold. ``called``: the 1-based step that the rater called the first error, None for none.

    ``steps``: (1-based number, text, whether it is an acceptable first error). ``none_is_right``: finding none is.
    """

    annotation: int
    problem: str
    steps: Sequence[tuple[int, str, bool]]
    called: int | None
    none_is_right: bool
    explanation: str


def lessons(*, rater: User, campaign: Campaign) -> list[Lesson]:
    """The explanations that the rater has not read yet, oldest first."""
    return [_lesson(missed) for missed in _unread(rater, campaign)]


def lesson_count(*, rater: User, campaign: Campaign) -> int:
    return _unread(rater, campaign).count()


def streak(*, rater: User, campaign: Campaign) -> int:
    """How many of the newest checks the rater got right in a row, up to ``LONGEST_STREAK``.

    Only of those that nobody can meet any more: a streak that grew with a submit would tell which item was gold.
    """
    right = _told(rater, campaign).order_by("-pk").values_list("gold_right", flat=True)[:LONGEST_STREAK]
    return sum(1 for _ in takewhile(bool, right))


def _unread(rater: User, campaign: Campaign) -> QuerySet[Annotation]:
    """Misses that are explained and that the rater has not marked as read."""
    missed = _told(rater, campaign).filter(gold_right=False, coaching=None).exclude(item__gold__explanation="")
    return missed.select_related("item__gold", "solution__problem").order_by("pk")


def _told(rater: User, campaign: Campaign) -> QuerySet[Annotation]:
    """The rater's first answers to golds that are out of use everywhere: their results may be told."""
    if not campaign.gold_coaching:
        return Annotation.objects.none()
    in_hand = Assignment.objects.filter(
        solution=OuterRef("solution"), item__gold__isnull=False, state=AssignmentState.LEASED
    )
    live = Gold.objects.filter(solution=OuterRef("solution"), active=True)  # another campaign's, perhaps
    return Annotation.objects.filter(
        ~Exists(in_hand),
        ~Exists(live),
        rater=rater,
        campaign=campaign,
        gold_right__isnull=False,
        item__kind=ItemKind.GOLD,
        item__gold__active=False,
    )


def _lesson(missed: Annotation) -> Lesson:
    gold = missed.item.gold
    acceptable: Sequence[int] = gold.acceptable if gold else []
    steps = [(at + 1, text, at in acceptable) for at, text in enumerate(missed.solution.steps)]
    return Lesson(
        annotation=missed.pk,
        problem=missed.solution.problem.text,
        steps=steps,
        called=None if missed.first_error is None else missed.first_error + 1,
        none_is_right=NO_ERROR in acceptable,
        explanation=gold.explanation if gold else "",
    )


def lessons_mark_read(*, rater: User, campaign: Campaign, annotations: Sequence[int]) -> int:
    """Mark explanations as read: those of the given ones that the rater could see. Returns how many were."""
    read = _unread(rater, campaign).filter(pk__in=annotations)
    rows = CoachingSeen.objects.bulk_create([CoachingSeen(annotation=one) for one in read], ignore_conflicts=True)
    return len(rows)
