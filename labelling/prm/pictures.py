"""Figures as pictures: the same drawing on a page and as a file that stands alone, in the product's colours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from labelling.prm.evaluation.drawing import Chart, best_of_n_chart, calibration_chart
from labelling.prm.models import EvaluationKind

_STYLES = ("stepmark/tokens.css", "prm/charts.css")


def chart_of(kind: str, figures: Mapping[str, Mapping[str, Any]]) -> Chart | None:
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


def svg_of(chart: Chart) -> str:
    """A file of its own: with its styles, in light and dark."""
    return render_to_string("prm/charts/lines.svg", {"chart": chart, "style": _style()})


def _style() -> str:
    return "\n".join(Path(str(finders.find(name))).read_text(encoding="utf-8") for name in _STYLES)
