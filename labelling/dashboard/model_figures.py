"""Reward models as a page shows them: versions, and tables and drawings of the figures kept with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelling.dashboard.figures import Words
from labelling.prm.evaluation.drawing import Chart, told
from labelling.prm.evaluation.selection import BASELINES, WAYS
from labelling.prm.models import Evaluation, EvaluationKind, ModelVersion
from labelling.prm.pictures import about, chart_of, missed_told, seen_told, words
from labelling.prm.selectors import evaluations_known
from labelling.rounds.models import Round, RoundState

VERSIONS_SHOWN: Final = 30
GROUPS_SHOWN: Final = 12
DRAWN: Final = 5  # versions in one drawing, the newest

Figures = dict[str, Mapping[str, Any]]


@dataclass(frozen=True)
class VersionLine:
    """``trained``: on what, in words; empty where it was not trained here. ``in_use``: by an open round."""

    name: str
    backend: str
    objective: Words
    reduction: Words
    trained: str
    auc: str
    created_at: datetime
    in_use: bool


@dataclass(frozen=True)
class Row:
    """``is_own``: the model's own way to choose."""

    name: str
    cells: Sequence[str]
    is_own: bool = False


@dataclass(frozen=True)
class Group:
    """Figures of versions on the same data."""

    title: Words
    dataset: str
    about: str
    notes: str
    first_column: str
    columns: Sequence[str]
    rows: Sequence[Row]
    chart: Chart | None


def version_lines() -> list[VersionLine]:
    """The newest versions of all models."""
    in_use = Round.objects.filter(model_version=OuterRef("pk"), state=RoundState.OPEN)
    found = ModelVersion.objects.select_related("model").annotate(in_use=Exists(in_use)).order_by("-pk")
    return [_line(one) for one in found[:VERSIONS_SHOWN]]


def _line(version: Any) -> VersionLine:
    facts, model = version.facts, version.model
    trained = ""
    if "steps" in facts and "problems" in facts:
        trained = ngettext(
            "%(steps)s steps of %(problems)s problem", "%(steps)s steps of %(problems)s problems", facts["problems"]
        ) % {"steps": intcomma(facts["steps"]), "problems": intcomma(facts["problems"])}
    return VersionLine(
        name=str(version),
        backend=model.backend,
        objective=model.get_objective_display(),
        reduction=model.get_reduction_display(),
        trained=trained,
        auc=told(facts["auc"]) if isinstance(facts.get("auc"), float) else "",
        created_at=version.created_at,
        in_use=version.in_use,
    )


def figure_groups() -> list[Group]:
    """What was measured on the same data with the same settings, in one table and one drawing; the newest first."""
    groups: dict[tuple[str, str, str], list[Evaluation]] = {}
    for one in evaluations_known():
        key = one.kind, one.data_sha256, json.dumps(one.settings, sort_keys=True)
        groups.setdefault(key, []).append(one)
    newest = sorted(groups.values(), key=lambda group: max(one.created_at for one in group), reverse=True)
    return [_group(group) for group in newest[:GROUPS_SHOWN]]


def _group(evaluations: Sequence[Evaluation]) -> Group:
    kind, dataset = evaluations[0].kind, evaluations[0].dataset
    figures: Figures = {str(one.version): one.figures for one in reversed(evaluations)}  # the newest version first
    columns, rows = _TABLES[EvaluationKind(kind)](figures)
    drawn = dict(list(figures.items())[:DRAWN])
    first = _("Chosen by") if kind == EvaluationKind.BEST_OF_N else _("Version")
    is_choice = kind == EvaluationKind.BEST_OF_N  # the other tables have a column of what a version was trained on
    notes = seen_told(figures) if is_choice else missed_told(figures)
    chart = chart_of(kind, drawn)
    return Group(EvaluationKind(kind).label, dataset, about(kind, figures), notes, first, columns, rows, chart)


def _best_of_n(figures: Figures) -> tuple[list[str], list[Row]]:
    called, one = words(), next(iter(figures.values()))
    rows = [Row(called[name], _curve(one["baselines"][name])) for name in BASELINES]
    rows += [
        Row(f"{name}, {called[way]}", _curve(found["ways"][way]), way == found["reduction"])
        for name, found in figures.items()
        for way in WAYS
        if way in found["ways"]
    ]
    return [*(f"N = {size}" for size in one["sizes"]), _("Interval (95 %)")], rows


def _curve(found: Mapping[str, Any]) -> list[str]:
    return [*map(told, found["value"]), f"{told(found['low'][-1])}–{told(found['high'][-1])}"]


def _steps(figures: Figures) -> tuple[list[str], list[Row]]:
    columns = [_("AUC"), _("Brier score"), _("Calibration error"), _("Of its own training")]
    return columns, _rows(figures, ("auc", "brier", "ece"))


def _first_errors(figures: Figures) -> tuple[list[str], list[Row]]:
    columns = [_("F1"), _("With an error"), _("Without one"), _("Of its own training")]
    return columns, _rows(figures, ("f1", "error_accuracy", "correct_accuracy"))


def _rows(figures: Figures, keys: Sequence[str]) -> list[Row]:
    return [
        Row(name, [*(_interval(found[key]) for key in keys), _seen(found["trained_on"])])
        for name, found in figures.items()
    ]


def _interval(found: Mapping[str, Any]) -> str:
    return f"{told(found['value'])} ({told(found['low'])}–{told(found['high'])})"


def _seen(count: int) -> str:
    return ngettext("%(n)s problem", "%(n)s problems", count) % {"n": intcomma(count)}


_TABLES: Final = {
    EvaluationKind.BEST_OF_N: _best_of_n,
    EvaluationKind.STEPS: _steps,
    EvaluationKind.FIRST_ERRORS: _first_errors,
}
