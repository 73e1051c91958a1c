"""Figures as pictures: the same drawing on a page and as a file that stands alone, in the product's colours."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from labelling.prm.evaluation.drawing import Chart, best_of_n_chart, calibration_chart
from labelling.prm.models import EvaluationKind

Figures = Mapping[str, Mapping[str, Any]]
_HEAD: Final = 72  # height of a file's title and what is below it
_TITLE: Final = 70  # characters of it
_DARK: Final = "@media (prefers-color-scheme: dark)"
_TOKEN: Final = re.compile(r"--([\w-]+):\s*([^;]+);")
_USE: Final = re.compile(r"var\(--([\w-]+)\)")


def chart_of(kind: str, figures: Figures) -> Chart | None:
    """The drawing of versions' figures on the same data; None for what is told by a table alone."""
    if kind == EvaluationKind.BEST_OF_N:
        return best_of_n_chart(figures, words())
    if kind == EvaluationKind.STEPS:
        return calibration_chart(figures, words())
    return None


def words() -> dict[str, str]:
    """What figures are called, in the reader's language."""
    return {
        "best-of-n": _("Right answers when the best of N samples is chosen"),
        "samples": _("N, samples to choose from"),
        "right": _("Share of problems answered right"),
        "oracle": _("Perfect choice"),
        "majority": _("Majority vote"),
        "pass@1": _("One sample (pass@1)"),
        "product": _("product"),
        "min": _("minimum"),
        "last": _("last step"),
        "mean": _("mean"),
        "weighted vote": _("weighted vote"),
        "vote by": _("Vote by"),
        "calibration": _("Is a score a probability?"),
        "score": _("Score"),
        "share right": _("Share of steps that are right"),
        "perfect": _("Perfect calibration"),
    }


def measured(found: Mapping[str, Any]) -> int:
    """On how many steps, solutions or samples."""
    return int(next((found[key] for key in ("steps", "solutions", "samples") if key in found), 0))


def widest(figures: Figures) -> Mapping[str, Any]:
    """The figures that stand for the most of the data: what others could not score they were not measured on."""
    return max(figures.values(), key=measured)


def about(kind: str, figures: Figures) -> str:
    """What was measured, in a line."""
    one = widest(figures)
    if kind == EvaluationKind.BEST_OF_N:
        text = _("%(samples)s samples of %(problems)s problems; the mean over all subsets of N samples")
        return text % {"samples": intcomma(one["samples"]), "problems": intcomma(one["problems"])}
    if kind == EvaluationKind.STEPS:
        text = _("%(steps)s labelled steps of %(problems)s problems")
        return text % {"steps": intcomma(one["steps"]), "problems": intcomma(one["problems"])}
    text = _("%(solutions)s solutions, %(errors)s with an error; each threshold chosen on %(others)s others")
    counts = {"solutions": one["solutions"], "errors": one["with_error"], "others": one["chosen_on"]}
    return text % {name: intcomma(count) for name, count in counts.items()}


def seen_told(figures: Figures) -> str:
    """Which versions were trained on some of the problems, and so look better here than they are; or nothing."""
    text = _("%(version)s was trained on %(n)s of these problems, which flatters it.")
    seen = [(name, one["trained_on"]) for name, one in figures.items() if one.get("trained_on")]
    return " ".join(text % {"version": name, "n": intcomma(count)} for name, count in seen)


def missed_told(figures: Figures) -> str:
    """Which versions were measured on less than others, as solutions were too long for them; or nothing."""
    text = _("%(version)s was measured on %(n)s of these alone, as it could not score the others.")
    whole = measured(widest(figures))
    less = [(name, measured(one)) for name, one in figures.items() if measured(one) < whole]
    return " ".join(text % {"version": name, "n": intcomma(count)} for name, count in less)


def svg_of(chart: Chart, *, kind: str, dataset: str, figures: Figures) -> str:
    """A file of its own, in light and dark: with its styles, what it shows and of what data."""
    heading = f"{EvaluationKind(kind).label}: {dataset}"
    bands = _("bands: intervals over problems (95 %)") if any(one.band for one in chart.lines) else ""
    context = {
        "chart": chart,
        "style": _style(),
        "top": -_HEAD,
        "height": chart.height + _HEAD,
        "heading": heading if len(heading) <= _TITLE else f"{heading[: _TITLE - 1]}…",
        "about": "; ".join(filter(None, (about(kind, figures), bands))),
    }
    return render_to_string("prm/charts/lines.svg", context)


def _style() -> str:
    """Drawing programs know no variables: each token's value in its place, the dark ones behind."""
    light, _, dark = _read("stepmark/tokens.css").partition(_DARK)
    rules, found = _read("prm/charts.css"), dict(_TOKEN.findall(light))
    darker = found | dict(_TOKEN.findall(dark))
    return f"{_filled(rules, found)}{_DARK} {{\n{_filled(rules, darker)}}}\n"


def _filled(rules: str, values: Mapping[str, str]) -> str:
    return _USE.sub(lambda use: values[use[1]], rules)


def _read(name: str) -> str:
    return Path(str(finders.find(name))).read_text(encoding="utf-8")
