"""Raters' reports that the answer shown with a problem looks wrong, and which of them wait for a person."""

import uuid as uuids
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.corpus.models import Problem, ReferenceDecision
from labelling.people.models import User
from labelling.rating.models import ReferenceReport
from labelling.rating.questions import own_lease, within_limit
from labelling.rating.submits import SubmitConflict
from labelling.rating.words import Reported, report_of
from labelling.rounds.models import AnswerShown


@transaction.atomic
def reference_report(*, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]) -> uuids.UUID:
    """Store a rater's word on the answer shown; a second one on the same problem takes the first one's place.

    Raises ``LeaseNotFound``, ``InvalidJudgement`` (names the field), ``SubmitConflict`` and ``TooManyNotes``.
    """
    said = report_of(data)
    held = own_lease(rater=rater, campaign=campaign, lease=lease)
    # Decisions lock the problem as well, so that each report is either seen by a decision or comes after it.
    problem = Problem.objects.select_for_update(no_key=True).get(pk=held.solution.problem_id)
    if _is_stored(said, rater, problem):
        return said.uuid
    if held.campaign.answer_shown == AnswerShown.HIDDEN or problem.reference_answer is None:
        raise SubmitConflict("no-answer-shown", _("No answer is shown with this item."))
    within_limit(rater)
    newest = ReferenceDecision.objects.filter(problem=problem).order_by("-pk").values_list("pk", flat=True).first()
    ReferenceReport.objects.update_or_create(
        campaign=held.campaign,
        problem=problem,
        rater=rater,
        defaults={
            "uuid": said.uuid,
            "assignment": held,
            "shown": said.shown,
            "note": said.note,
            "last_decision": newest or 0,
            "updated_at": timezone.now(),
        },
    )
    return said.uuid


def _is_stored(said: Reported, rater: User, problem: Problem) -> bool:
    stored = ReferenceReport.objects.filter(uuid=said.uuid).first()
    if stored is None:
        return False
    if (stored.rater_id, stored.problem_id, stored.shown, stored.note) != (
        rater.pk,
        problem.pk,
        said.shown,
        said.note,
    ):
        raise SubmitConflict("uuid-reused", _("This UUID belongs to another report."))
    return True


def _decisions() -> QuerySet[ReferenceDecision]:
    return ReferenceDecision.objects.filter(problem=OuterRef("problem"), pk__gt=OuterRef("last_decision"))


def open_reports() -> QuerySet[ReferenceReport]:
    """Those that no decision has closed, about answers that are still in force."""
    return ReferenceReport.objects.filter(
        ~Exists(_decisions()), shown=F("problem__reference_answer"), problem__left_out=False
    )


def own_reports(rater: User, *, most: int) -> list[ReferenceReport]:
    """The rater's newest, each with ``outcome``: the kind of the first decision after it, None while it waits."""
    first = _decisions().order_by("pk").values("kind")[:1]
    found = ReferenceReport.objects.filter(rater=rater).annotate(outcome=Subquery(first))
    return list(found.select_related("problem", "campaign").order_by("-updated_at")[:most])
