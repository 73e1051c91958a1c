"""A snapshot's ledger: a line for each annotation or sample that was looked at, what it said, whether it went in.

Lines are ordered by what stays the same in every copy of a database (a lease's id, a problem's key), never by row ids.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import Exists, F, Func, OuterRef, Q, TextField, Value
from django.db.models.expressions import ExpressionWrapper
from django.db.models.fields import BigIntegerField, BinaryField, BooleanField
from django.db.models.functions import Cast

from exports.conversion import DOES_NOT_FIT
from exports.planning import Plan
from exports.samples import sample_facts
from exports.selectors import LABELS, Filters, why_left_out
from exports.splits import is_test
from exports.streams import copied
from labelling.rating.models import Annotation, VoidedAnnotation

VOIDED: Final = "voided"
REPLACED: Final = "replaced"
SETTLED: Final = "settled_otherwise"

_encode: Final = msgspec.json.Encoder().encode


@dataclass
class Summary:
    """What the lines add up to. ``problems``: key → whether it is of the test side, of what went in."""

    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    corrected: int = 0
    voided: int = 0
    replaced: int = 0
    problems: dict[UUID, bool] = field(default_factory=dict)

    def add(self, group: str, name: str, what: Mapping[str, int]) -> None:
        self.counts.setdefault(group, {}).setdefault(name, Counter()).update(what)


class _Sides:
    """Which split a problem is of: that of the whole dataset, or its own."""

    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self.known: dict[UUID, bool] = {}

    def test(self, key: UUID) -> bool:
        if self.filters.split != "both":
            return self.filters.split == "test"
        if key not in self.known:
            self.known[key] = is_test(key, share=self.filters.test_share, salt=self.filters.salt)
        return self.known[key]


def ledger_written(path: Path, plan: Plan, lost: "array[int]") -> Summary:
    """Write the ledger of what the plan has chosen, but for ``lost``, whose rows found no place."""
    summary = Summary()
    lines = _of_samples(plan, summary) if plan.request.writer.source == "samples" else _of_all(plan, lost, summary)
    with path.open("wb", buffering=2**20) as file, closing(lines):
        for line in lines:
            file.write(_encode(line))
            file.write(b"\n")
    return summary


def _of_samples(plan: Plan, summary: Summary) -> Generator[dict[str, Any]]:
    filters, scorers = plan.request.filters, plan.request.scorers
    assert scorers is not None  # noqa: S101  a format of samples has them by its check
    sides = _Sides(filters)
    for _, source in plan.parts:
        with closing(sample_facts(source, scorers)) as found:
            for problem, solution, generator, origin, index, verdict, prm, orm in found:
                test = summary.problems.setdefault(problem, sides.test(problem))
                counted = {"samples": 1, verdict or "ungraded": 1}
                summary.add("generators", generator, counted)
                summary.add("splits", "test" if test else "train", counted)
                yield {
                    "problem": problem.hex,
                    "generator": generator,
                    "source": origin,
                    "index": index,
                    "in": True,
                    "solution": solution.hex,
                    "verdict": verdict,
                    "prm_score": prm,
                    "orm_score": orm,
                    "split": "test" if test else "train",
                }


def _of_all(plan: Plan, missed: "array[int]", summary: Summary) -> Generator[dict[str, Any]]:
    request, sides = plan.request, _Sides(plan.request.filters)
    chosen, lost = _ordered(_ids(plan)), _ordered(missed)
    with_verdict = "verdict" in request.writer.needs
    with closing(_looked_at(request.filters)) as found:
        for pk, voided, replaced, why, *facts in found:
            line = dict(zip(_FACTS, facts, strict=True))
            went_in = _holds(chosen, pk) and not _holds(lost, pk)
            if not went_in:
                reason = VOIDED if voided else REPLACED if replaced else why
                yield _out(line, reason or (DOES_NOT_FIT if _holds(lost, pk) else SETTLED), summary)
                continue
            test = summary.problems.setdefault(line["problem"], sides.test(line["problem"]))
            if not with_verdict:
                del line["verdict"]
            if pk in plan.answers:
                line["answer"] = plan.answers[pk]
            if plan.resolved is not None:
                line["settled_by"] = plan.resolved.settled_by(pk)
            yield _in(line, "test" if test else "train", summary)


def _ids(plan: Plan) -> Generator[int]:
    """Ids of the chosen annotations."""
    for _, chosen in plan.parts:
        yield from chosen.order_by().values_list("pk", flat=True).iterator(chunk_size=10_000)


def _ordered(ids: Iterable[int]) -> "array[int]":
    """Eight bytes each, found by bisection."""
    return array("q", sorted(array("q", ids)))


def _holds(ids: "array[int]", pk: int) -> bool:
    at = bisect_left(ids, pk)
    return at < len(ids) and ids[at] == pk


#: Of a line, beside whether it went in: as the columns of the query below come.
_FACTS: Final = (
    "lease", "version", "annotation", "problem", "solution", "campaign", "round", "kind", "rater", "simulated",
    "guideline", "finish_reason", "first_error", "ratings", "document", "verdict",
)  # fmt: skip
_COLUMNS: Final = (
    "assignment_id", "version", "uuid", "solution__problem__key", "solution__key", "campaign__slug", "_round",
    "item__kind", "rater__pseudonym", "simulated", "_guideline", "finish_reason", "_first_error", "step_ratings",
    "_digest", "solution__verdict",
)  # fmt: skip
_TYPES: Final = (
    "int8", "bool", "bool", "text",
    "uuid", "int2", "uuid", "uuid", "uuid", "varchar", "int8", "varchar", "varchar", "bool", "int8", "varchar", "int8",
    "int2[]", "text", "varchar",
)  # fmt: skip


def _looked_at(filters: Filters) -> Generator[tuple[Any, ...]]:
    """Every annotation of the campaign and rounds, in whatever state."""
    rows = Annotation.objects.all()
    if filters.campaign is not None:
        rows = rows.filter(campaign__slug=filters.campaign)
    if filters.rounds is not None:
        rows = rows.filter(round__number__in=filters.rounds)
    digest = Func(
        Func(Func(F("document"), Value("UTF8"), function="convert_to"), function="sha256", output_field=BinaryField()),
        Value("hex"),
        function="encode",
        output_field=TextField(),
    )
    replaced = Annotation.objects.filter(replaces__isnull=False, replaces=OuterRef("pk"))
    voided = VoidedAnnotation.objects.filter(restored=False, annotation=OuterRef("pk"))
    columns: dict[str, Any] = {
        "_voided": ExpressionWrapper(Q(Exists(voided)), BooleanField()),
        "_replaced": ExpressionWrapper(Q(Exists(replaced)), BooleanField()),
        "_why": Cast(why_left_out(filters), TextField()),
        "_round": _number("round__number"),
        "_guideline": _number("guideline__number"),
        "_first_error": _number("first_error"),
        "_digest": digest,
    }
    listed: Any = rows.annotate(**columns).order_by("assignment_id", "version")
    query = listed.values_list("pk", "_voided", "_replaced", "_why", *_COLUMNS).query
    statement, parameters = query.sql_with_params()
    with closing(copied(statement, parameters, _TYPES)) as found:
        yield from found


def _number(path: str) -> Cast:
    return Cast(path, BigIntegerField())


def _out(line: dict[str, Any], why: str, summary: Summary) -> dict[str, Any]:
    summary.voided += why == VOIDED
    summary.replaced += why == REPLACED
    kept = ("campaign", "round", "rater", "document")
    return {
        "lease": line["lease"].hex,
        "version": line["version"],
        "in": False,
        "why": why,
        **{name: line[name] for name in kept},
    }


def _in(line: dict[str, Any], split: str, summary: Summary) -> dict[str, Any]:
    labels = Counter(LABELS[rating] for rating in line["ratings"])
    counted = {"annotations": 1, **labels}
    campaign = line["campaign"]
    summary.corrected += line["version"] > 1
    summary.add("rounds", f"{campaign}/{_or(line['round'], 'screening')}", counted)
    summary.add("raters", line["rater"], counted)
    summary.add("splits", split, counted)
    summary.add("guidelines", f"{campaign}/{_or(line['guideline'], 'none')}", {"annotations": 1})
    line["split"] = split
    for name in ("lease", "annotation", "problem", "solution"):
        line[name] = line[name].hex
    return {"lease": line.pop("lease"), "version": line.pop("version"), "in": True, **line}


def _or(number: int | None, word: str) -> str:
    return word if number is None else str(number)
