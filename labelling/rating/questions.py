"""Questions to the lead and their answers."""

import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.corpus.text import hide_calculator_marks
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role
from labelling.rating.models import Assignment, LeadQuestion, ReferenceReport
from labelling.rating.submits import LeaseNotFound, SubmitConflict
from labelling.rating.validation import MOST_STEPS, InvalidJudgement
from labelling.rating.words import question_of
from labelling.rounds.models import ItemKind, Mode

MOST_AN_HOUR: Final = 60  # questions and reports of one rater
LONGEST_ANSWER: Final = 5_000


class TooManyNotes(Exception):
    """The rater has written as much as is taken within an hour."""


class AnswerRefused(Exception):
    """That can't be an answer; the message says why."""


# --- asking --------------------------------------------------------------------------------------------------------
def own_lease(*, rater: User, campaign: str, lease: uuids.UUID) -> Assignment:
    """The rater's lease, in whatever state: a note may come late. Raises ``LeaseNotFound``."""
    found = Assignment.objects.select_related("solution", "campaign")
    held = found.filter(pk=lease, rater=rater, campaign__slug=campaign).first()
    if held is None:
        raise LeaseNotFound
    return held


def within_limit(rater: User) -> None:
    """Raises ``TooManyNotes`` for one note more than an hour's."""
    since = timezone.now() - timedelta(hours=1)
    asked = LeadQuestion.objects.filter(rater=rater, created_at__gte=since).count()
    if asked + ReferenceReport.objects.filter(rater=rater, updated_at__gte=since).count() >= MOST_AN_HOUR:
        raise TooManyNotes


@transaction.atomic
def question_ask(*, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]) -> uuids.UUID:
    """Store a question, once: the same UUID with the same content again is the same question.

    Raises ``LeaseNotFound``, ``InvalidJudgement`` (names the field), ``SubmitConflict`` and ``TooManyNotes``.
    """
    asked = question_of(data)
    held = own_lease(rater=rater, campaign=campaign, lease=lease)
    if asked.step is not None and asked.step >= _step_count(held):
        raise InvalidJudgement("step", f"must be below {_step_count(held)}: the item has no such step.")
    new = LeadQuestion(
        uuid=asked.uuid,
        assignment=held,
        campaign=held.campaign,
        rater=rater,
        kind=asked.kind,
        step=asked.step,
        text=asked.text,
    )
    if not LeadQuestion.objects.filter(uuid=asked.uuid).exists():
        within_limit(rater)
        LeadQuestion.objects.bulk_create([new], ignore_conflicts=True)
    stored = LeadQuestion.objects.get(uuid=asked.uuid)
    same = ("assignment_id", "kind", "step", "text")
    if any(getattr(stored, name) != getattr(new, name) for name in same):
        raise SubmitConflict("uuid-reused", _("This UUID belongs to another question."))
    return asked.uuid


def _step_count(held: Assignment) -> int:
    """Where steps are made in turns, the item's own are not all that the rater sees."""
    return MOST_STEPS if held.campaign.mode == Mode.ALTERNATIVES else len(held.solution.steps)


# --- answering -----------------------------------------------------------------------------------------------------
@transaction.atomic
def question_answer(*, question: LeadQuestion, lead: User, text: str, shared: bool, seen: datetime | None) -> None:
    """Give or change the answer; the rater finds it unread. ``seen``: when the answer that the lead saw was given.

    Raises ``AnswerRefused`` without a text, where another lead was faster, and for sharing what is about a gold.
    """
    found = LeadQuestion.objects.select_for_update(no_key=True, of=("self",))
    locked = found.select_related("assignment__item").get(pk=question.pk)
    if locked.answered_at != seen:
        raise AnswerRefused(_("Somebody has answered it meanwhile: nothing was stored."))
    if not text.strip() or len(text) > LONGEST_ANSWER:
        raise AnswerRefused(_("An answer has from 1 to %(most)s characters.") % {"most": f"{LONGEST_ANSWER:,}"})
    if shared and locked.assignment.item.kind != ItemKind.NORMAL:
        raise AnswerRefused(_("It is about an item of known answer: what you say of it is for the one who asked."))
    locked.answer, locked.shared, locked.read_at = text.strip(), shared, None
    locked.answered_by, locked.answered_at = lead, timezone.now()
    locked.save(update_fields=["answer", "shared", "read_at", "answered_by", "answered_at"])


# --- reading -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OwnQuestion:
    """A question as its rater finds it again: nothing of golds, scores or other people.

    ``steps``: (1-based number, text, whether it was asked about).
    """

    uuid: uuids.UUID
    campaign: str
    kind: str
    number: int | None
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    unread: bool
    problem: str
    steps: Sequence[tuple[int, str, bool]]


def own_questions(rater: User) -> QuerySet[LeadQuestion]:
    """Those in campaigns where the rater still has the role: newest answers first, then what waits."""
    return LeadQuestion.objects.filter(_in_own_campaigns(rater), rater=rater)


def _in_own_campaigns(rater: User) -> Q:
    slugs = campaigns_with_role(rater, [Role.RATER])
    return Q() if EVERY_CAMPAIGN in slugs else Q(campaign__slug__in=slugs)


def unread_count(rater: User) -> int:
    return own_questions(rater).filter(answered_at__isnull=False, read_at=None).count()


def waiting_count(rater: User) -> int:
    return own_questions(rater).filter(answered_at=None).count()


def answers_mark_read(*, rater: User, questions: Sequence[uuids.UUID]) -> int:
    """Those of the given ones that are the rater's and answered. Returns how many answers are left unread."""
    answered = LeadQuestion.objects.filter(rater=rater, uuid__in=questions, answered_at__isnull=False, read_at=None)
    answered.update(read_at=timezone.now())
    return unread_count(rater)


def shared_answers(rater: User, *, most: int) -> list[LeadQuestion]:
    """What leads have told all raters of the rater's campaigns, newest first."""
    found = LeadQuestion.objects.filter(_in_own_campaigns(rater), shared=True)
    return list(found.select_related("campaign").order_by("-answered_at")[:most])


def as_seen_by_rater(question: LeadQuestion) -> OwnQuestion:
    solution = question.assignment.solution
    texts = (
        [] if question.campaign.mode == Mode.ALTERNATIVES else solution.steps
    )  # there raters make steps of their own
    steps = [(at + 1, hide_calculator_marks(text), at == question.step) for at, text in enumerate(texts)]
    return OwnQuestion(
        uuid=question.uuid,
        campaign=question.campaign.name,
        kind=question.get_kind_display(),
        number=None if question.step is None else question.step + 1,
        text=question.text,
        asked_at=question.created_at,
        answer=question.answer,
        answered_at=question.answered_at,
        unread=question.answered_at is not None and question.read_at is None,
        problem=hide_calculator_marks(solution.problem.text),
        steps=steps,
    )
