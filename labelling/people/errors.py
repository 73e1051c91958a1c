"""One shape for every error of the API: ``{"error": {"code", "message", "field"}}``."""

from typing import Any

from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class ApiError(APIException):
    """An answer that names what is wrong, and where: ``field`` as in ``steps[2].rating``."""

    def __init__(self, *, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(detail=message, code=code)
        self.status_code = status
        self.field = field


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
