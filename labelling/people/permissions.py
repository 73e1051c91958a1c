"""REST framework's permission: the middleware decides; a view that it has not let through is denied here as well."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from labelling.people.access import access_of, campaign_of

if TYPE_CHECKING:  # REST framework reads this module while it loads its views
    from rest_framework.views import APIView


class DenyAll(BasePermission):
    """Denies whatever the view's stated access does not permit, and everything where none is stated."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        match = request.resolver_match
        access = access_of(match.func) if match is not None else None
        return access is not None and access.permits(request.user, campaign=campaign_of(request._request))
