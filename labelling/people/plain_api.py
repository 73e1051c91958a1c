"""API routes as plain Django views: REST framework's layers would cost the raters' hot path about a millisecond each.

Such a route is described like any other (drf-spectacular sees a described class behind it), refuses in the API's one
shape, and stands under the same middleware: session, CSRF token, role.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from labelling.people.errors import ApiError, error_body
from labelling.people.models import User

Answer = tuple[int, Mapping[str, Any] | None]
PlainView = Callable[..., Answer]


def json_route(
    method: str, *, by_request: bool = False, **described: Any
) -> Callable[[PlainView], Callable[..., HttpResponse]]:
    """Make a view out of ``(rater, body, **url) -> (status, answer)``; ``described`` is for the OpenAPI page.

    With ``by_request`` the view gets the request in the body's place.

    ``body`` is the request's JSON object, empty where ``described`` tells of none. The view may raise ``ApiError``.
    """

    has_body = described.get("request") is not None

    def decorate(view: PlainView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, **url: Any) -> HttpResponse:
            try:
                body = _body(request, method, has_body=has_body)
                status, data = view(_person(request), request if by_request else body, **url)
            except ApiError as refusal:
                status, data = refusal.status_code, error_body(refusal)
            return _json(status, data)

        described_view = _described(view, method, described)
        answer.cls, answer.initkwargs = described_view, {}  # type: ignore[attr-defined]
        return answer

    return decorate


def _described(view: PlainView, method: str, described: Mapping[str, Any]) -> type[APIView]:
    def stub(self: APIView, request: Any, **url: Any) -> NoReturn:
        raise NotImplementedError

    stub.__doc__ = view.__doc__
    return type(view.__name__, (APIView,), {method.lower(): extend_schema(**described)(stub), "__module__": __name__})


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):  # the middleware has let nobody else through
        raise ApiError(status=401, code="signed-out", message="Please sign in.")
    return request.user


def _body(request: HttpRequest, method: str, *, has_body: bool) -> dict[str, Any]:
    if request.method != method:
        raise ApiError(status=405, code="method_not_allowed", message=f"Only {method} works here.")
    if not has_body:
        return {}
    is_empty = request.META.get("CONTENT_LENGTH") in (None, "", "0")
    if request.content_type != "application/json" and not is_empty:
        raise ApiError(status=415, code="unsupported_media_type", message="The body must be application/json.")
    body = _parsed(request)
    if not isinstance(body, dict):
        raise ApiError(status=400, code="invalid", message="The body must be a JSON object.")
    return body


def _parsed(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body or b"null", parse_constant=_no_constant)
    except RequestDataTooBig:
        raise ApiError(status=413, code="too-large", message="The body is too large.") from None
    except UnreadablePostError:
        raise ApiError(status=400, code="parse_error", message="The body broke off.") from None
    except RecursionError:
        raise ApiError(status=400, code="parse_error", message="The JSON is nested too deeply.") from None
    except ValueError as fault:
        raise ApiError(status=400, code="parse_error", message=f"The body is not JSON: {fault}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _json(status: int, data: Mapping[str, Any] | None) -> HttpResponse:
    content = b"" if data is None else json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return HttpResponse(content, status=status, content_type="application/json")
