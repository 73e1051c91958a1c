"""One shape for every error of the API: ``{"error": {"code", "message", "field"}}``."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.csrf import csrf_failure as csrf_page
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

API_PREFIX = "/api/"


class ApiError(APIException):
    """An answer that names what is wrong, and where: ``field`` as in ``steps[2].rating``."""

    def __init__(self, *, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(detail=message, code=code)
        self.status_code = status
        self.field = field


def refusal(code: str, message: str, field: str | None = None) -> dict[str, Any]:
    """The body of every answer that refuses."""
    return {"error": {"code": code, "message": _sendable(message), "field": field and _sendable(field)}}


def error_body(error: ApiError) -> dict[str, Any]:
    return refusal(str(error.get_codes()), str(error.detail), error.field)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a request without the page's token: the API in its own shape, and first of all by who is signed out."""
    if not request.path.startswith(API_PREFIX):
        return csrf_page(request, reason=reason)
    code, status = ("csrf", 403) if request.user.is_authenticated else ("signed-out", 401)
    message = f"CSRF: {reason}" if status == 403 else "Please sign in."  # noqa: PLR2004  403: forbidden
    return JsonResponse(refusal(code, message), status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address: a page, or the API's shape."""
    if not request.path.startswith(API_PREFIX):
        return defaults.page_not_found(request, exception)
    return JsonResponse(refusal("not-found", _("There is nothing at this address.")), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke, or the database is away for a moment."""
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return JsonResponse(refusal("server-error", _("Something went wrong. Try again in a moment.")), status=500)


def api_error_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ApiError):
        response.data = error_body(error)
    elif isinstance(error, ValidationError):
        response.data = refusal("invalid", "The request is not valid.")
    else:
        code = "signed-out" if isinstance(error, NotAuthenticated) else getattr(error, "default_code", "error")
        response.data = refusal(code, str(getattr(error, "detail", error)))
    return response


def _sendable(text: str) -> str:
    """A client's own words may hold half a surrogate pair, which no answer can."""
    return text.encode(errors="backslashreplace").decode()
