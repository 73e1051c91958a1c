"""Marks every view of Django's admin as the operators' own, so that default deny holds there as everywhere."""

from functools import wraps
from typing import Any

from django.urls import URLPattern, URLResolver

from labelling.people.access import for_roles, public
from labelling.people.models import Role

OPEN = {"login", "logout"}


def operators_only(urls: tuple[list[URLPattern | URLResolver], str, str]) -> tuple[list[Any], str, str]:
    """The same URL configuration (as ``admin.site.urls``), each view with its access stated."""
    patterns, app_name, namespace = urls
    for pattern in patterns:
        _mark(pattern)
    return patterns, app_name, namespace


def _mark(pattern: URLPattern | URLResolver) -> None:
    if isinstance(pattern, URLResolver):
        for inner in pattern.url_patterns:
            _mark(inner)
        return
    allow = public if pattern.name in OPEN else for_roles(Role.OPERATOR)
    # A wrapper, as bound methods take no attributes.
    view = pattern.callback

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    pattern.callback = allow(marked)
