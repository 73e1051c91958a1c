"""The rater's API: claim, draft, submit, skip, reopen. The middleware has checked the role in the URL's campaign.

These are plain views (``people/plain_api.py``): what 32 raters at once do every few seconds.
"""

import uuid as uuids
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from labelling.people.access import for_roles
from labelling.people.errors import ApiError
from labelling.people.models import Role, User
from labelling.people.plain_api import Answer, json_route
from labelling.rating import schema
from labelling.rating.selectors import answer_payload, lease_payload, lease_reopened
from labelling.rating.services import (
    Claim,
    LeaseNotFound,
    SubmitConflict,
    annotation_submit_and_claim,
    draft_save,
    lease_claim,
    lease_skip,
)
from labelling.rating.submits import ANSWERED, not_correctable
from labelling.rating.tasks import drain_soon
from labelling.rating.validation import InvalidJudgement

T = TypeVar("T")
REFUSALS = {400: schema.Refusal, 404: schema.Refusal, 409: schema.Refusal}


def _message(claim: Claim) -> str:
    if claim.reason is None:
        return ""
    if claim.reason == "paused":
        return claim.detail
    if claim.reason == "guidelines" and claim.detail == "changed":
        return _("The rules have changed. Please read what is new; then the next item opens.")
    return {
        "queue-empty": _("There is nothing to label right now. Please come back later."),
        "guidelines": _("Please read the guidelines first."),
        "no-campaign": _("There is no such campaign."),
        "quota": _("You have done all that is open to you today. Please come back tomorrow."),
        "screening-failed": _("You have not passed this campaign's screening."),
        "screening-missing": _("This campaign's screening is not ready yet. Please come back later."),
    }[claim.reason]


def _offer(claim: Claim) -> dict[str, Any]:
    return {
        "held": [str(lease) for lease in claim.held],
        "leases": [lease_payload(row) for row in claim.shown],
        "reason": claim.reason,
        "message": _message(claim),
    }


def answered(work: Callable[[], T]) -> T:
    """Run a service; its refusals become answers that name the field."""
    try:
        return work()
    except LeaseNotFound:
        raise _no_lease() from None
    except InvalidJudgement as fault:
        raise ApiError(status=400, code="invalid", message=fault.message, field=fault.field) from None
    except SubmitConflict as conflict:
        raise ApiError(status=409, code=conflict.code, message=conflict.message) from None


def _no_lease() -> ApiError:
    return ApiError(status=404, code="no-lease", message=_("You have no such item."))


@for_roles(Role.RATER)
@json_route("POST", request=None, responses=schema.Offer, operation_id="claim")
def claim(rater: User, _nothing: dict[str, Any], campaign: str) -> Answer:
    """All leases that the rater holds in this campaign, in their order: one to work on and, ahead, the next ones."""
    return 200, _offer(lease_claim(rater=rater, campaign=campaign))


@for_roles(Role.RATER)
@json_route("PUT", request=schema.Draft, responses={204: None, **REFUSALS}, operation_id="save_draft")
def draft(rater: User, body: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """Keep what the rater has pressed so far; the lease lives on."""
    answered(lambda: draft_save(rater=rater, campaign=campaign, lease=lease, draft=body))
    return 204, None


@for_roles(Role.RATER)
@json_route("POST", request=schema.Submit, responses={200: schema.Submitted, **REFUSALS}, operation_id="submit")
def submit(rater: User, body: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """Store a judgement, once, or a correction of the rater's own (`replaces`); the answer brings the next leases."""
    outcome, following = answered(
        lambda: annotation_submit_and_claim(rater=rater, campaign=campaign, lease=lease, data=body)
    )
    if outcome.told:
        drain_soon()
    return 200, {"annotation": str(uuids.UUID(body["uuid"])), **_offer(following)}


@for_roles(Role.RATER)
@json_route("POST", request=None, responses={200: schema.Offer, **REFUSALS}, operation_id="skip")
def skip(rater: User, _nothing: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """Give an item back, to others: as often as the campaign allows in a round. The answer brings the next leases."""
    return 200, _offer(answered(lambda: lease_skip(rater=rater, campaign=campaign, lease=lease)))


@for_roles(Role.RATER)
@json_route("GET", responses={200: schema.Reopened, 404: schema.Refusal}, operation_id="reopen")
def reopen(rater: User, _nothing: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """One of the rater's own items with the answer given, so that the page can open it again to correct it."""
    found = lease_reopened(rater=rater.pk, campaign=campaign, lease=lease)
    if found is None:
        raise _no_lease()
    row, newest = found
    answer = None
    if newest is not None and row["lease_state"] in ANSWERED:
        answer = answer_payload(newest["request"], version=newest["version"])
    refused = not_correctable(row)
    return 200, {"lease": lease_payload(row), "answer": answer, "correctable": refused is None, "reason": refused}


@for_roles(Role.RATER)
@json_route("GET", by_request=True, responses=schema.SessionNow, operation_id="session")
def session(rater: User, request: HttpRequest) -> Answer:
    """Who is signed in here now, and the token that goes with it: another tab may have signed in anew.

    A page sends what it kept only while this is still the account that made it.
    """
    return 200, {"rater": rater.pseudonym, "token": get_token(request)}
