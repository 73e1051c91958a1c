"""Who may see a view. Every view says so with one of these decorators; the middleware denies the views that do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from labelling.people.models import Role, User
from labelling.people.selectors import Person, has_role

View = Callable[..., Any]


@dataclass(frozen=True)
class Access:
    """Anonymous people too, anybody signed in, or only the holders of a role (in the campaign named by the URL)."""

    anonymous: bool = False
    signed_in: bool = False
    roles: tuple[Role, ...] = ()

    def permits(self, user: Person, *, campaign: str | None) -> bool:
        if self.anonymous:
            return True
        if not user.is_authenticated or not user.is_active:
            return False
        return self.signed_in or has_role(user, *self.roles, campaign=campaign)


def _marked(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    return _marked(view, Access(anonymous=True))


def signed_in(view: View) -> View:
    return _marked(view, Access(signed_in=True))


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Holders of one of the roles; a URL with ``<campaign>`` in it asks for the role in that campaign."""

    def mark(view: View) -> View:
        return _marked(view, Access(roles=roles))

    return mark


def access_of(view: View) -> Access | None:
    return getattr(view, "access", None)


def campaign_of(request: HttpRequest) -> str | None:
    match = request.resolver_match
    return None if match is None else match.kwargs.get("campaign")


def person_of(request: HttpRequest) -> User:
    """Who is signed in, for a view that the middleware lets nobody else reach."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
