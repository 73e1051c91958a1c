"""Rows of raters' standings."""

from typing import Any

from labelling.people.models import User
from labelling.rating.models import Standing
from labelling.rounds.models import Campaign
from tests.factories import NOON


def standing_make(*, rater: User, campaign: Campaign, paused: bool = False, **fields: Any) -> Standing:
    pause = {"paused_at": NOON, "pause_reason": "Too many golds were missed."} if paused else {}
    return Standing.objects.create(rater=rater, campaign=campaign, **pause, **fields)
