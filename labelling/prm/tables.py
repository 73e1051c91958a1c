"""Figures as tables for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from labelling.prm.evaluation.drawing import told
from labelling.prm.evaluation.selection import BASELINES, WAYS
from labelling.prm.models import EvaluationKind
from labelling.prm.pictures import missed_told, seen_told, widest

Figures = Mapping[str, Mapping[str, Any]]
_NAME = 14  # characters of the first column at least
_STEPS = (("AUC", "auc"), ("Brier", "brier"), ("ECE", "ece"))
_ERRORS = (("F1", "f1"), ("with an error", "error_accuracy"), ("without", "correct_accuracy"))


def tables_of(kind: str, dataset: str, figures: Figures) -> Iterator[Table]:
    """One table a kind; figures of versions on the same data, a row each."""
    if kind == EvaluationKind.BEST_OF_N:
        yield _best_of_n(dataset, figures)
    elif kind == EvaluationKind.FIRST_ERRORS:
        yield _first_errors(dataset, figures)
    else:
        yield _steps(dataset, figures)


def interval(found: Mapping[str, Any]) -> str:
    """``.712 (.690–.731)``."""
    return f"{told(found['value'])} ({told(found['low'])}–{told(found['high'])})"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0], min_width=_NAME)
    for name in columns[1:]:
        table.add_column(name, justify="right")
    return table


def _steps(dataset: str, figures: Figures) -> Table:
    one = widest(figures)
    title = (
        f"{one['steps']:,} labelled steps of {one['problems']:,} problems in {dataset} (95 % intervals over problems)"
    )
    table = _table(title, "model", *(name for name, _ in _STEPS), "trained on")
    for name, found in figures.items():
        table.add_row(name, *(interval(found[key]) for _, key in _STEPS), _seen(found))
    return _captioned(table, missed_told(figures))


def _first_errors(dataset: str, figures: Figures) -> Table:
    one = widest(figures)
    title = (
        f"First errors in {dataset}: {one['solutions']:,} solutions, {one['with_error']:,} with an error; "
        f"the threshold chosen on {one['chosen_on']:,} others"
    )
    table = _table(title, "model", "threshold", *(name for name, _ in _ERRORS), "trained on")
    for name, found in figures.items():
        table.add_row(name, told(found["threshold"]), *(interval(found[key]) for _, key in _ERRORS), _seen(found))
    return _captioned(table, missed_told(figures))


def _captioned(table: Table, caption: str) -> Table:
    table.caption, table.caption_justify = caption or None, "left"
    return table


def _best_of_n(dataset: str, figures: Figures) -> Table:
    one = next(iter(figures.values()))
    title = (
        f"Best of N of {dataset}: {one['samples']:,} samples of {one['problems']:,} problems "
        "(mean over all subsets; 95 % interval over problems at the largest N)"
    )
    table = _table(title, "chosen by", *(f"N={size}" for size in one["sizes"]), "interval")
    for way in BASELINES:
        table.add_row(way, *_row(one["baselines"][way]))
    for name, found in figures.items():
        table.add_section()
        for way in WAYS:
            if way in found["ways"]:
                mark = " *" if way == found["reduction"] else ""
                table.add_row(f"{name} {way}{mark}", *_row(found["ways"][way]))
    return _captioned(table, f"* the model's own reduction. Votes are weighted by it.\n{seen_told(figures)}".strip())


def _row(curve: Mapping[str, Any]) -> list[str]:
    return [*map(told, curve["value"]), f"{told(curve['low'][-1])}–{told(curve['high'][-1])}"]


def _seen(found: Mapping[str, Any]) -> str:
    return f"{found['trained_on']:,} of its problems"
