"""Drawings for the lead's pages: inline SVG without styles of its own, each with the figures beside it as text."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from labelling.dashboard.figures import WIDTH, Column, Mix
from labelling.dashboard.quality import Interval

register = template.Library()

COLUMN = 36  # a histogram column's width with its gap, in the drawing's units
BAR = 24
HIGHEST = 80  # the highest column
MINUTE = 60  # seconds


@register.inclusion_tag("dashboard/charts/mix.html")
def mix_chart(mix: Mix, name: str, *, legend: bool = True) -> dict[str, Any]:
    """A bar of parts and their figures; ``name`` says what the whole is, for those who do not see the drawing."""
    return {"mix": mix, "name": name, "legend": legend, "width": WIDTH}


@register.inclusion_tag("dashboard/charts/histogram.html")
def histogram(columns: Sequence[Column], name: str) -> dict[str, Any]:
    placed = [
        {
            "column": column,
            "x": index * COLUMN + (COLUMN - BAR) // 2,
            "middle": index * COLUMN + COLUMN // 2,
            "y": HIGHEST - column.height * HIGHEST // 100,
            "height": column.height * HIGHEST // 100,
        }
        for index, column in enumerate(columns)
    ]
    return {"placed": placed, "name": name, "width": len(columns) * COLUMN, "bar": BAR, "base": HIGHEST}


@register.inclusion_tag("dashboard/charts/interval.html")
def interval_chart(interval: Interval) -> dict[str, Any]:
    """A share of right answers, its interval and the mark on a line from 0 to 100 %."""
    return {"interval": interval}


@register.filter
def rate(per_second: float | None) -> str:
    """A pace that reads well whether fast or slow: by the second, else by the minute."""
    if per_second is None:
        return "–"
    if per_second >= 1:
        return _("%(n)s/s") % {"n": f"{per_second:,.0f}"}
    return _("%(n)s/min") % {"n": f"{per_second * MINUTE:,.1f}"}
