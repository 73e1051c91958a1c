"""Which annotations go into a dataset, which stay out and why."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from labelling.corpus.models import Problem
from labelling.rating.models import Annotation, AssignmentState, FinishReason
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import ItemKind

#: Kinds of item whose annotations measure raters.
CONTROL: Final = (ItemKind.GOLD.value, ItemKind.SCREENING.value)
#: Ways to end without a judgement of the solution.
ABSTENTIONS: Final = (FinishReason.GIVE_UP.value, FinishReason.BAD_PROBLEM.value)
#: Reasons for staying out that the caller may waive, in the order in which they are looked at.
INCLUDABLE: Final = (*CONTROL, "late", *ABSTENTIONS)
HELD_OUT: Final = "held_out"
SIMULATED: Final = "simulated"
LABELS: Final = {1: "positive", 0: "neutral", -1: "negative", None: "flagged"}
CHUNK: Final = 500


@dataclass(frozen=True)
class Selection:
    """``chosen``: the annotations of the dataset. ``left_out``: how many of the rest stay out for which reason.

    ``simulated``: how many of the chosen are by simulated raters.
    """

    chosen: QuerySet[Annotation, Annotation]
    finish_reasons: dict[str, int]
    left_out: dict[str, int]
    simulated: int

    @property
    def total(self) -> int:
        return sum(self.finish_reasons.values())


def select(
    *, campaign: str | None, rounds: Sequence[int] | None, include: Collection[str], simulated: bool = True
) -> Selection:
    """The annotations that stand, each in its newest version. Held-out problems never go into a dataset.

    (Models are trained on datasets.) Voided annotations and replaced versions are not counted as left out either.
    ``simulated``: those of simulated raters too.
    """
    rows = annotations_current()
    if campaign is not None:
        rows = rows.filter(campaign__slug=campaign)
    if rounds is not None:
        rows = rows.filter(round__number__in=rounds)
    rows = rows.annotate(left_out=_why_left_out(include, simulated=simulated))
    finish_reasons: dict[str, int] = {}
    left_out: dict[str, int] = {}
    by_simulated = 0
    counted = rows.values_list("left_out", "finish_reason", "simulated").annotate(count=Count("pk")).order_by()
    for why, reason, made_up, count in counted:
        by_simulated += count if made_up and why is None else 0
        into, name = (finish_reasons, reason) if why is None else (left_out, why)
        into[name] = into.get(name, 0) + count
    return Selection(rows.filter(left_out=None), finish_reasons, left_out, by_simulated)


def _why_left_out(include: Collection[str], *, simulated: bool) -> Case:
    held_out = Problem.objects.filter(pk=OuterRef("solution__problem_id"), held_out=True)
    cases = [When(Exists(held_out), then=Value(HELD_OUT))]
    if not simulated:
        cases.append(When(simulated=True, then=Value(SIMULATED)))
    cases += [When(item__kind=one, then=Value(one)) for one in CONTROL if one not in include]
    if "late" not in include:
        # One that was voided and put back comes late by its assignment: the annotation itself never changes.
        cases.append(When(Q(late=True) | Q(assignment__state=AssignmentState.LATE), then=Value("late")))
    cases += [When(finish_reason=one, then=Value(one)) for one in ABSTENTIONS if one not in include]
    return Case(*cases, default=None)


def label_counts(chosen: QuerySet[Annotation, Annotation]) -> dict[str, int]:
    """How many steps were judged positive, neutral, negative, or only flagged. Unjudged steps are none of these."""
    rating: Any = Func(F("step_ratings"), function="unnest", output_field=SmallIntegerField(null=True))
    rating.set_returning = True
    counted = chosen.annotate(rating=rating).values_list("rating").annotate(count=Count("*")).order_by()
    found = dict(counted)
    return {name: found.get(value, 0) for value, name in LABELS.items()}


def documents(chosen: QuerySet[Annotation, Annotation]) -> Iterator[tuple[int, str, str, bool]]:
    """(id, document, the rater's pseudonym, whether the document names the rater so), by id, streamed."""
    pseudonym = Cast(Func(F("rater__pseudonym"), function="to_json", output_field=JSONField()), TextField())
    opening = Concat(Value('{"labeler": '), pseudonym)
    own = Func(F("document"), opening, function="starts_with", output_field=BooleanField())
    rows = chosen.order_by("pk").values_list("pk", "document", "rater__pseudonym", own)
    yield from rows.iterator(chunk_size=CHUNK)
