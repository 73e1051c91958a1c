"""The rater's API: claim, draft, submit. The middleware has checked the rater's role in the campaign of the URL."""

import uuid as uuids
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.people.access import for_roles
from labelling.people.errors import ApiError
from labelling.people.models import Role, User
from labelling.rating import schema
from labelling.rating.selectors import lease_payload
from labelling.rating.services import (
    Claim,
    LeaseNotFound,
    SubmitConflict,
    annotation_submit,
    draft_save,
    lease_claim,
)
from labelling.rating.validation import InvalidJudgement


def _offer(claim: Claim) -> dict[str, Any]:
    messages = {
        "queue-empty": _("There is nothing to label right now. Please come back later."),
        "guidelines": _("Please read the guidelines first."),
        "no-campaign": _("There is no such campaign."),
    }
    message = messages[claim.reason] if claim.reason else ""
    lease = lease_payload(claim.lease) if claim.lease else None
    return {"lease": lease, "reason": claim.reason, "message": message}


def _answered(work: Callable[[], Any]) -> Any:
    """Run a service; its refusals become answers that name the field."""
    try:
        return work()
    except LeaseNotFound:
        raise ApiError(status=404, code="no-lease", message=_("You have no such item.")) from None
    except InvalidJudgement as fault:
        raise ApiError(status=400, code="invalid", message=fault.message, field=fault.field) from None
    except SubmitConflict as conflict:
        raise ApiError(status=409, code=conflict.code, message=conflict.message) from None


def _rater(request: Request) -> User:
    if not isinstance(request.user, User):  # the middleware has let nobody else through
        raise ApiError(status=401, code="signed-out", message=_("Please sign in."))
    return request.user


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise ApiError(status=400, code="invalid", message=_("The body must be a JSON object."))
    return request.data


@extend_schema(request=None, responses=schema.Offer, operation_id="claim")
@for_roles(Role.RATER)
@api_view(["POST"])
def claim(request: Request, campaign: str) -> Response:
    """The lease that the rater holds in this campaign, else the next item in line."""
    return Response(_offer(lease_claim(rater=_rater(request), campaign=campaign)))


@extend_schema(request=schema.Draft, responses={204: None, 409: OpenApiTypes.OBJECT}, operation_id="save_draft")
@for_roles(Role.RATER)
@api_view(["PUT"])
def draft(request: Request, campaign: str, lease: uuids.UUID) -> Response:
    """Keep what the rater has pressed so far; the lease lives on."""
    body = _body(request)
    _answered(lambda: draft_save(rater=_rater(request), campaign=campaign, lease=lease, draft=body))
    return Response(status=204)


@extend_schema(
    request=schema.Submit, responses={200: schema.Submitted, 409: OpenApiTypes.OBJECT}, operation_id="submit"
)
@for_roles(Role.RATER)
@api_view(["POST"])
def submit(request: Request, campaign: str, lease: uuids.UUID) -> Response:
    """Store a judgement, once; the answer brings the next lease."""
    body = _body(request)
    stored = _answered(lambda: annotation_submit(rater=_rater(request), campaign=campaign, lease=lease, data=body))
    offer = _offer(lease_claim(rater=_rater(request), campaign=campaign))
    return Response({"annotation": str(stored), "next": offer["lease"], **{k: offer[k] for k in ("reason", "message")}})
