"""The route of alternatives mode: the candidates for the next step. The middleware has checked the role."""

import uuid as uuids
from typing import Any

from django.utils.translation import gettext as _

from labelling.corpus.tasks import ask_soon
from labelling.people.access import for_roles
from labelling.people.models import Role, User
from labelling.people.plain_api import Answer, json_route
from labelling.rating import turn_schema
from labelling.rating.api import REFUSALS, answered
from labelling.rating.turn_rows import turn_payload
from labelling.rating.turns import NO_GENERATOR, TurnView, turn_open


@for_roles(Role.RATER)
@json_route(
    "POST", request=turn_schema.TurnAsked, responses={200: turn_schema.Turn, **REFUSALS}, operation_id="open_turn"
)
def turn(rater: User, body: dict[str, Any], campaign: str, lease: uuids.UUID) -> Answer:
    """The candidates for the step after `path`. While a generator is waited for (`waiting`) the page asks again."""
    view = answered(lambda: turn_open(rater=rater, campaign=campaign, lease=lease, data=body))
    if view.send is not None:
        ask_soon(view.send)
    shown = turn_payload(view.key, view.candidates or [])
    return 200, {**shown, "waiting": view.candidates is None, "generator": view.generator, "message": _message(view)}


def _message(view: TurnView) -> str:
    if view.candidates is None or view.candidates:
        return ""
    if view.generator == NO_GENERATOR:
        return _("There are no candidates for this step, and no generator is set up that could be asked for some.")
    if view.generator == "failed":
        return _("There are no candidates for this step: the generator could not be reached, or gave none.")
    return _("There are no candidates for this step.")
