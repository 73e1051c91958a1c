"""What raters write to the lead, what came back, and their own keys, as routes of the API.

Beside the hot path: a rater calls one of these now and then. They work the same for items of every kind.
"""

import uuid as uuids
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from labelling.people.access import for_roles
from labelling.people.errors import ApiError
from labelling.people.models import Role, User
from labelling.people.plain_api import Answer, json_route
from labelling.rating import question_schema as schema
from labelling.rating.api import REFUSALS, answered
from labelling.rating.keymap_services import key_map_save
from labelling.rating.questions import (
    TooManyNotes,
    answers_mark_read,
    question_ask,
    unread_count,
    waiting_count,
)
from labelling.rating.reports import reference_report
from labelling.rating.schema import Refusal
from labelling.rating.words import known_only, uuids_of

NOTE_REFUSALS = {**REFUSALS, 429: Refusal}


def _noted(work: Callable[[], uuids.UUID]) -> str:
    """Run a service; its refusals, the hour's limit among them, become answers."""
    try:
        return str(answered(work))
    except TooManyNotes:
        message = _("That is more than can be sent within an hour. It is kept and sent later.")
        raise ApiError(status=429, code="too-many", message=message) from None


@for_roles(Role.RATER)
@json_route("POST", request=schema.Question, responses={200: schema.Asked, **NOTE_REFUSALS}, operation_id="ask")
def question(rater: User, body: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """Ask the lead about an item of one's own; the same `uuid` again is the same question."""
    return 200, {"question": _noted(lambda: question_ask(rater=rater, campaign=campaign, lease=lease, data=body))}


@for_roles(Role.RATER)
@json_route("POST", request=schema.Report, responses={200: schema.Reported, **NOTE_REFUSALS}, operation_id="report")
def report(rater: User, body: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """Say that the answer shown looks wrong; a second report on the same problem takes the first one's place."""
    return 200, {"report": _noted(lambda: reference_report(rater=rater, campaign=campaign, lease=lease, data=body))}


@for_roles(Role.RATER)
@json_route("GET", responses=schema.AnswerCounts, operation_id="answers")
def answers(rater: User, _nothing: dict[str, Any]) -> Answer:
    """How many answers to one's questions are unread, and how many questions wait for one."""
    return 200, {"unread": unread_count(rater), "waiting": waiting_count(rater)}


@for_roles(Role.RATER)
@json_route("POST", request=schema.Read, responses={200: schema.Unread, 400: Refusal}, operation_id="mark_answers_read")
def answers_read(rater: User, body: dict[str, Any]) -> Answer:
    """Mark answers as read; those that are not one's own, or not answered, change nothing."""
    named = answered(lambda: _named(body))
    return 200, {"unread": answers_mark_read(rater=rater, questions=named)}


def _named(body: dict[str, Any]) -> list[uuids.UUID]:
    known_only(body, {"questions"})
    return uuids_of(body.get("questions"), "questions")


@for_roles(Role.RATER)
@json_route("PUT", request=schema.Keys, responses={200: schema.Keys, 400: Refusal}, operation_id="save_keys")
def keys(rater: User, body: dict[str, Any]) -> Answer:
    """Keep the rater's own keys of the labelling page; `null` goes back to the page's."""
    return 200, {"keys": answered(lambda: key_map_save(rater=rater, data=body))}
