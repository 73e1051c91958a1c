from collections.abc import Callable

import pytest

from labelling.people.models import User
from labelling.rounds.models import Campaign, Round
from tests.factories import ItemFactory, RoundFactory, UserFactory


@pytest.fixture
def adaptive(db: None) -> Round:
    """A round of three raters an item, up to five, until three agree; one item in it."""
    campaign = {"slug": "maths", "overlap": 3, "overlap_most": 5, "agree": 3}
    opened: Round = RoundFactory.create(**{f"campaign__{name}": value for name, value in campaign.items()})
    ItemFactory.create(round=opened, overlap=3)
    return opened


@pytest.fixture
def campaign(adaptive: Round) -> Campaign:
    return adaptive.campaign


@pytest.fixture
def raters(db: None) -> Callable[[int], list[User]]:
    return UserFactory.create_batch
