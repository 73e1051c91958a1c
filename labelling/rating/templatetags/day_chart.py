"""A bar a day: inline SVG without styles of its own; its figures stand in a table beside it."""

from collections.abc import Sequence
from typing import Any

from django import template

from labelling.rating.progress import Day

register = template.Library()

PITCH = 24  # a bar's width with its gap, in the drawing's units
BAR = 16
HIGHEST = 100


@register.inclusion_tag("rating/day_chart.html")
def day_chart(days: Sequence[Day]) -> dict[str, Any]:
    """Items of each day, the busiest as high as the drawing."""
    most = max((day.own.items for day in days), default=0)
    bars = [
        {
            "day": day.day,
            "items": day.own.items,
            "x": at * PITCH + (PITCH - BAR) // 2,
            "height": max(round(HIGHEST * day.own.items / most), 2) if day.own.items else 0,
        }
        for at, day in enumerate(days)
    ]
    for bar in bars:
        bar["y"] = HIGHEST - bar["height"]  # type: ignore[operator]
    shown = {"bars": bars, "width": len(days) * PITCH, "bar": BAR, "highest": HIGHEST, "most": most}
    return shown | {"first": days[0].day, "last": days[-1].day, "total": sum(day.own.items for day in days)}
