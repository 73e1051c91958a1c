"""Which records an export takes, counted before the first of them is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from exports import resolving, samples, selectors
from exports.formats import Option
from exports.formats.options import RESOLVE
from exports.requests import ExportRefused, Request
from exports.resolving import Resolved, SeveralRaters
from exports.selectors import Filters, Tally
from exports.splits import Split

#: A dataset that is not split is all for training, as ``datasets`` sees it.
WHOLE: Final[Split] = "train"
_NOTHING: Final = Tally({}, {}, 0)


@dataclass(frozen=True)
class Plan:
    """``parts``: each split's name and where its records come from: annotations, or the filters of samples.

    ``total``: records chosen; ``tally`` counts the annotations among them.
    """

    request: Request
    parts: Sequence[tuple[str, Any]]
    total: int
    left_out: Mapping[str, int]
    tally: Tally = _NOTHING
    resolved: Resolved | None = None
    answers: Mapping[int, int | None] = field(default_factory=dict)


def planned(request: Request) -> Plan:
    """Raises ``ExportRefused`` where a choice is missing that the data asks for."""
    return _of_samples(request) if request.writer.source == "samples" else _of_annotations(request)


def _splits(filters: Filters) -> Sequence[Split]:
    if filters.split == "both":
        return ("train", "test")
    return (WHOLE if filters.split == "all" else filters.split,)


def _of_annotations(request: Request) -> Plan:
    filters = request.filters
    selection = selectors.select(filters)
    chosen, left_out, tally = selection.chosen, dict(selection.left_out), selection.tally
    resolved = _resolved(request, chosen)
    if resolved is not None:
        chosen, left_out = resolved.chosen, {**left_out, **resolved.left_out}
        tally = selectors.tally(chosen)
    if filters.split == "both":
        parts = [(name, selectors.of_split(chosen, filters, name)) for name in _splits(filters)]
    else:
        parts = [(_splits(filters)[0], chosen)]
    answers = resolved.answers if resolved is not None else {}
    return Plan(request, parts, tally.total, left_out, tally, resolved, answers)


def _resolved(request: Request, chosen: selectors.Annotations) -> Resolved | None:
    """One annotation a solution, if that is what the choice says. Raises where it is due and was not made."""
    options = {option.name: option for option in request.writer.options}
    if RESOLVE.name not in options:
        return None
    how = request.choices[RESOLVE.name]
    if how is None and (several := resolving.several_raters(chosen)):
        raise ExportRefused(_several(several, options[RESOLVE.name]))
    return None if how in (None, "all") else resolving.resolve(chosen, str(how))


def _several(several: SeveralRaters, option: Option) -> str:
    ids = ", ".join(map(str, several.annotations))
    return (
        f"Solution {several.solution} was judged by several raters (annotations {ids}), one of {several.count:,} such "
        f"solutions: choose --resolve {' or '.join(option.values)} ({option.meanings})."
    )


def _of_samples(request: Request) -> Plan:
    scorers, filters = request.scorers, request.filters
    assert scorers is not None  # noqa: S101  a format of samples has them by its check
    pool = samples.pool(filters, scorers)
    if pool.unscored and samples.UNSCORED not in filters.include:
        raise ExportRefused(
            f"Sample {pool.first_unscored}, one of {pool.unscored:,} such samples, has no score by {scorers.words}: "
            "score them first (score_solutions), or --include unscored for null, or --unfit leave-out."
        )
    parts = [(name, replace(filters, split=name) if filters.split == "both" else filters) for name in _splits(filters)]
    return Plan(request, parts, pool.total, pool.left_out)
