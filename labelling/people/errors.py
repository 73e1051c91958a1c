"""One shape for every error of the API: ``{"error": {"code", "message", "field"}}``."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
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


def error_body(error: ApiError) -> dict[str, Any]:
    field = error.field and _sendable(error.field)
    return {"error": {"code": str(error.get_codes()), "message": _sendable(str(error.detail)), "field": field}}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a request without the page's token: the API in its own shape, and first of all by who is signed out."""
    if not request.path.startswith(API_PREFIX):
        return csrf_page(request, reason=reason)
    code, status = ("csrf", 403) if request.user.is_authenticated else ("signed-out", 401)
    message = f"CSRF: {reason}" if status == 403 else "Please sign in."  # noqa: PLR2004  403: forbidden
    return JsonResponse({"error": {"code": code, "message": message, "field": None}}, status=status)


def api_error_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ApiError):
        code, message, field = str(error.get_codes()), str(error.detail), error.field
    elif isinstance(error, ValidationError):
        code, message, field = "invalid", "The request is not valid.", None
    else:
        code = "signed-out" if isinstance(error, NotAuthenticated) else getattr(error, "default_code", "error")
        message, field = str(getattr(error, "detail", error)), None
    response.data = {"error": {"code": code, "message": _sendable(message), "field": field and _sendable(field)}}
    return response


def _sendable(text: str) -> str:
    """A client's own words may hold half a surrogate pair, which no answer can."""
    return text.encode(errors="backslashreplace").decode()
