"""Which annotations go into a dataset, which stay out and why."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import (
    BinaryField,
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat

from exports.splits import SALT, TEST_SHARE, Split, threshold
from labelling.corpus.models import Solution
from labelling.jobs.copy import array_literal
from labelling.rating.models import Annotation, AssignmentState, FinishReason
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import ItemKind

Annotations = QuerySet[Annotation, Annotation]

#: Kinds of item whose annotations measure raters.
CONTROL: Final = (ItemKind.GOLD.value, ItemKind.SCREENING.value)
#: Ways to end without a judgement of the solution.
ABSTENTIONS: Final = (FinishReason.GIVE_UP.value, FinishReason.BAD_PROBLEM.value)
#: Reasons for staying out that the caller may waive, in the order in which they are looked at.
INCLUDABLE: Final = (*CONTROL, "late", *ABSTENTIONS)
#: May be waived for an evaluation set only: models are trained on the others.
HELD_OUT: Final = "held_out"
SIMULATED: Final = "simulated"
OTHER_SPLIT: Final = "other_split"
LABELS: Final = {1: "positive", 0: "neutral", -1: "negative", None: "flagged"}


@dataclass(frozen=True)
class Filters:
    """What an export is asked for. ``simulated``: labels of simulated raters too. ``test_share``: of all problems."""

    campaign: str | None = None
    rounds: Sequence[int] | None = None
    include: Collection[str] = ()
    simulated: bool = True
    split: Split = "all"
    test_share: float = TEST_SHARE
    salt: str = SALT


@dataclass(frozen=True)
class Tally:
    """Annotations by finish reason, their judged steps by label, and how many are by simulated raters."""

    finish_reasons: dict[str, int]
    labels: dict[str, int]
    simulated: int

    @property
    def total(self) -> int:
        return sum(self.finish_reasons.values())

    def without(self, other: "Tally") -> "Tally":
        """The rest, where the other is a part."""
        return Tally(
            _less(self.finish_reasons, other.finish_reasons),
            {name: count - other.labels[name] for name, count in self.labels.items()},
            self.simulated - other.simulated,
        )


@dataclass(frozen=True)
class Selection:
    """``chosen``: the annotations of the dataset, counted in ``tally``. ``left_out``: how many of the rest, and why."""

    chosen: Annotations
    tally: Tally
    left_out: dict[str, int]


def _less(counts: dict[str, int], taken: dict[str, int]) -> dict[str, int]:
    rest = {name: count - taken.get(name, 0) for name, count in counts.items()}
    return {name: count for name, count in rest.items() if count}


def select(filters: Filters) -> Selection:
    """The annotations that stand, each in its newest version.

    Voided annotations and replaced versions are not counted as left out either.
    """
    rows = annotations_current()
    if filters.campaign is not None:
        rows = rows.filter(campaign__slug=filters.campaign)
    if filters.rounds is not None:
        rows = rows.filter(round__number__in=filters.rounds)
    rows = rows.annotate(left_out=why_left_out(filters))
    groups = _counted(rows, "left_out")
    left_out = Counter[str]()
    for group in groups:
        if group.of is not None:
            left_out[group.of] += group.size
    return Selection(rows.filter(left_out=None), _tally(one for one in groups if one.of is None), dict(left_out))


def why_left_out(filters: Filters) -> Case:
    """Of an annotation that stands the reason for which it stays out; null where it goes in."""
    include = filters.include
    held_out = Solution.objects.filter(pk=OuterRef("solution_id"), problem__held_out=True)
    cases = [] if HELD_OUT in include else [When(Exists(held_out), then=Value(HELD_OUT))]
    if not filters.simulated:
        cases.append(When(simulated=True, then=Value(SIMULATED)))
    cases += [When(item__kind=one, then=Value(one)) for one in CONTROL if one not in include]
    if "late" not in include:
        # One that was voided and put back comes late by its assignment: the annotation itself never changes.
        cases.append(When(Q(late=True) | Q(assignment__state=AssignmentState.LATE), then=Value("late")))
    cases += [When(finish_reason=one, then=Value(one)) for one in ABSTENTIONS if one not in include]
    if filters.split in ("train", "test"):
        wanted = filters.split == "test"
        of_split = of_test(filters, "solution__problem__key")
        cases.append(When(~Q(of_split) if wanted else Q(of_split), then=Value(OTHER_SPLIT)))
    return Case(*cases, default=None)


def of_test(filters: Filters, key: str) -> Func:
    """Whether a problem (``key``: the path to its key) is of the test set: ``exports.splits.is_test`` in SQL."""
    salted = Concat(Value(f"{filters.salt}:"), Cast(F(key), TextField()))
    digest = Func(
        Func(salted, Value("UTF8"), function="convert_to", output_field=BinaryField()),
        function="sha256",
        output_field=BinaryField(),
    )
    limit = Value(threshold(filters.test_share))
    return Func(digest, limit, template="(%(expressions)s)", arg_joiner=" < ", output_field=BooleanField())


def of_split(chosen: Annotations, filters: Filters, split: Split) -> Annotations:
    """Those of one side."""
    test = Q(of_test(filters, "solution__problem__key"))
    return chosen.filter(test if split == "test" else ~test)


class _Group(NamedTuple):
    """Annotations that are alike; ``labels``: their judged steps by label. ``of``: as asked for."""

    of: str | None
    finish_reason: str
    simulated: bool
    size: int
    labels: dict[str, int]


def _counted(rows: Annotations, of: str | None = None) -> list[_Group]:
    """All that is to be counted, in one pass over the rows."""
    steps: Any = {name: Coalesce(Sum(_rated(value)), 0) for value, name in LABELS.items()}
    grouped: Any = rows.annotate(_of=F(of) if of else Value(None, TextField()))
    found = grouped.values_list("_of", "finish_reason", "simulated").annotate(size=Count("pk"), **steps).order_by()
    return [
        _Group(of, reason, simulated, size, dict(zip(LABELS.values(), labels, strict=True)))
        for of, reason, simulated, size, *labels in found
    ]


def _rated(value: int | None) -> Func:
    """How many steps of an annotation bear a rating."""
    places = Func(F("step_ratings"), Value(value, SmallIntegerField()), function="array_positions")
    return Func(places, function="cardinality", output_field=IntegerField())


def _tally(groups: Iterable[_Group]) -> Tally:
    finish_reasons, labels, simulated = Counter[str](), Counter[str](dict.fromkeys(LABELS.values(), 0)), 0
    for group in groups:
        finish_reasons[group.finish_reason] += group.size
        labels.update(group.labels)
        simulated += group.size if group.simulated else 0
    return Tally(dict(finish_reasons), dict(labels), simulated)


def tally(chosen: Annotations) -> Tally:
    """Count annotations and judged steps."""
    return _tally(_counted(chosen))


def label_counts(chosen: Annotations) -> dict[str, int]:
    """How many steps were judged positive, neutral, negative, or only flagged. Unjudged steps are none of these."""
    return tally(chosen).labels


def named(chosen: Annotations, ids: Sequence[int]) -> Annotations:
    """Of the chosen those with these ids, however many."""
    return chosen.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [array_literal(ids)]))
