"""Spans of time as people say them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()

MINUTE = 60  # seconds
HOUR = 60  # minutes


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """Seconds as people say them: ``8 s``, ``1 min 20 s``, ``2 h 5 min``; a dash where there is nothing to say."""
    if seconds is None:
        return "–"
    whole = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    if whole < MINUTE:
        return _("%(s)s s") % {"s": whole}
    minutes, rest = divmod(whole, MINUTE)
    if minutes < HOUR:
        return _("%(m)s min %(s)s s") % {"m": minutes, "s": rest}
    return _("%(h)s h %(m)s min") % {"h": minutes // HOUR, "m": minutes % HOUR}


@register.filter
def in_minutes(active: timedelta) -> str:
    """Active time where seconds would be noise: ``under a minute``, ``12 min``, ``2 h 5 min``."""
    minutes = int(active.total_seconds()) // MINUTE
    if minutes == 0:
        return _("0 min") if not active else _("under a minute")
    if minutes < HOUR:
        return _("%(m)s min") % {"m": minutes}
    return _("%(h)s h %(m)s min") % {"h": minutes // HOUR, "m": minutes % HOUR}
