"""Rows of raters' standings."""

import factory.declarations as declare
from factory.django import DjangoModelFactory

from labelling.rating import models as rating
from tests.factories import NOON, CampaignFactory, UserFactory


class StandingFactory(DjangoModelFactory[rating.Standing]):
    class Meta:
        model = rating.Standing

    class Params:
        paused = declare.Trait(paused_at=NOON, pause_reason="Too many golds were missed.")

    rater = declare.SubFactory(UserFactory)
    campaign = declare.SubFactory(CampaignFactory)
