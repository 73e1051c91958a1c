"""Django's own admin, for operators only: the raw tables."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from labelling.people.models import Role
from labelling.people.selectors import has_role


class OperatorAdminSite(AdminSite):
    site_header = "Stepmark: raw tables"
    site_title = "Stepmark"
    index_title = "Tables"

    def has_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.OPERATOR)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign-in is the product's own page: one form, one rate limit."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
