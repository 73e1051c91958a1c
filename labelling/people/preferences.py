"""Each person's language and time zone: what they may choose, and the middleware that sets it for a request."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from labelling.people.models import User

REGIONS: Final = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)


@cache
def time_zones() -> tuple[str, ...]:
    """Names that people know their zone by, without the aliases and offsets that the database keeps for machines."""
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in REGIONS))


def language_is_known(code: str) -> bool:
    return any(code == known for known, _ in settings.LANGUAGES)


class PreferencesMiddleware:
    """After authentication. Who has chosen no language gets the cookie's or the browser's, as Django found it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        if user.language and language_is_known(user.language):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(_zone(user.time_zone)):
            return self.get_response(request)


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):  # chosen once, gone from a later time zone database
        return None
