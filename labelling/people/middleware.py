"""Default deny: a view without a stated access answers nobody."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from labelling.people.access import View, access_of, campaign_of
from labelling.people.errors import API_PREFIX, refusal


class DefaultDenyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        access = access_of(view)
        user = request.user
        if access is not None and access.permits(user, campaign=campaign_of(request)):
            return None
        if request.path.startswith(API_PREFIX):
            return _api_refusal(signed_in=user.is_authenticated)
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied


def _api_refusal(*, signed_in: bool) -> JsonResponse:
    code, message = ("forbidden", "Your roles do not allow this.") if signed_in else ("signed-out", "Please sign in.")
    return JsonResponse(refusal(code, message), status=403 if signed_in else 401)
