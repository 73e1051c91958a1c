"""Several raters on one solution: which of their annotations stands for all, by the method that the caller chose."""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from django.db.models import Count, Min

from exports.selectors import ABSTENTIONS, Annotations, named
from labelling.review.consensus import METHODS, NO_ERROR, UNSETTLED, Settled, Votes, Whole
from labelling.review.selectors import first_errors_decided
from labelling.rounds.models import ItemState

#: Why annotations stay out of what was resolved.
ANOTHER: Final = "another_rater"
UNSETTLED_ITEM: Final = "unsettled"
DROPPED: Final = "dropped"


@dataclass(frozen=True)
class Resolved:
    """``chosen``: one annotation a solution. ``answers``: first errors (None: none) instead of its own, by its id.

    ``method`` and ``version`` name the algorithm; ``solutions`` counts what it settled; ``by_person``: the annotations
    that stand for what a person had decided.
    """

    chosen: Annotations
    left_out: dict[str, int]
    answers: Mapping[int, int | None] = field(default_factory=dict)
    method: str = ""
    version: int = 1
    solutions: int = 0
    by_person: Collection[int] = frozenset()

    def settled_by(self, annotation: int) -> str:
        """What made one answer of several: a person, or the method and its version."""
        return "person" if annotation in self.by_person else f"{self.method} {self.version}"


@dataclass(frozen=True)
class SeveralRaters:
    """Solutions with several annotations: how many there are, and the first one's id with its annotations' ids."""

    count: int
    solution: int
    annotations: list[int]


def several_raters(chosen: Annotations) -> SeveralRaters | None:
    """None where each solution has one annotation."""
    several = chosen.values("solution").annotate(count=Count("pk")).filter(count__gt=1).order_by("solution")
    first = several.values_list("solution", flat=True).first()
    if first is None:
        return None
    ids = chosen.filter(solution=first).order_by("pk").values_list("pk", flat=True)
    return SeveralRaters(several.count(), first, list(ids[:3]))


def resolve(chosen: Annotations, how: str) -> Resolved:
    """``how``: ``first``, or the name of a consensus method."""
    if how == "first":
        first = chosen.values("solution").annotate(first=Min("pk"), count=Count("pk")).order_by()
        ids, count = array("q"), 0
        for pk, of_solution in first.values_list("first", "count").iterator():
            ids.append(pk)
            count += of_solution
        return Resolved(named(chosen, ids), _counted({ANOTHER: count - len(ids)}), method=how, solutions=len(ids))
    return _by_consensus(chosen, how)


def _counted(left_out: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in left_out.items() if count}


@dataclass(frozen=True)
class _Ballot:
    """Votes, and the annotation behind each; ``out``: those without a vote, by reason."""

    votes: Votes
    annotation: Whole
    out: dict[str, int]


def _by_consensus(chosen: Annotations, how: str) -> Resolved:
    method, ballot = METHODS[how], _ballot(chosen)
    settled = method.settle(ballot.votes)
    decided = first_errors_decided(chosen)
    answer = _with_decided(settled, decided)
    # Each vote beside its solution's answer; the first annotation that says so stands for all, or else the first.
    of_vote = answer[np.searchsorted(settled.item, ballot.votes.item)]
    agrees = of_vote == ballot.votes.answer
    standing: dict[int, int] = {}
    other: dict[int, int | None] = {}
    for at in np.flatnonzero(agrees):
        standing.setdefault(int(ballot.votes.item[at]), int(ballot.annotation[at]))
    for at in np.flatnonzero(~agrees & (of_vote != UNSETTLED)):
        item, annotation = int(ballot.votes.item[at]), int(ballot.annotation[at])
        if item in decided and item not in standing:
            standing[item] = annotation
            other[annotation] = None if decided[item] == NO_ERROR else decided[item]
    unsettled = int(np.count_nonzero(of_vote == UNSETTLED))
    left_out = {**ballot.out, UNSETTLED_ITEM: unsettled, ANOTHER: len(of_vote) - unsettled - len(standing)}
    return Resolved(
        named(chosen, list(standing.values())),
        _counted(left_out),
        answers=other,
        method=method.name,
        version=method.version,
        solutions=len(standing),
        by_person=frozenset(annotation for item, annotation in standing.items() if item in decided),
    )


def _ballot(chosen: Annotations) -> _Ballot:
    """What raters said, in columns: 40 bytes a vote, as all must be known at once."""
    columns = tuple(array("q") for _ in range(5))
    out: dict[str, int] = {}
    rows = chosen.order_by("pk").values_list(
        "solution", "rater", "first_error", "solution__steps__len", "pk", "finish_reason", "item__state"
    )
    for item, rater, error, steps, pk, reason, state in rows.iterator(chunk_size=2_000):
        why = DROPPED if state == ItemState.DROPPED else "no_answer" if reason in ABSTENTIONS else None
        if why is not None:
            out[why] = out.get(why, 0) + 1
            continue
        for column, value in zip(columns, (item, rater, NO_ERROR if error is None else error, steps, pk), strict=True):
            column.append(value)
    *voted, annotation = [np.frombuffer(one, dtype=np.int64) if one else np.zeros(0, np.int64) for one in columns]
    return _Ballot(Votes(*voted), annotation, out)


def _with_decided(settled: Settled, decided: Mapping[int, int]) -> Whole:
    """The settled answers, a person's decision before any vote."""
    answer = settled.answer.copy()
    for item, one in decided.items():
        at = int(np.searchsorted(settled.item, item))
        if at < len(settled.item) and settled.item[at] == item:
            answer[at] = one
    return answer
