import pytest
from django.test import Client

from labelling.people.models import Role, User
from labelling.rounds.models import Campaign
from tests.factories import CampaignFactory, MembershipFactory, UserFactory


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create(slug="gsm", name="Grade school maths")


@pytest.fixture
def owner(campaign: Campaign) -> User:
    """The lead of this one campaign."""
    return MembershipFactory.create(user__username="olga", role=Role.LEAD, campaign=campaign.slug).user


@pytest.fixture
def colleague(campaign: Campaign) -> User:
    """The lead of another campaign."""
    other = CampaignFactory.create(slug="other", name="Another one")
    return MembershipFactory.create(user__username="carl", role=Role.LEAD, campaign=other.slug).user


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def worker(campaign: Campaign) -> User:
    """A rater of the campaign."""
    return MembershipFactory.create(
        user=UserFactory.create(username="rita"), role=Role.RATER, campaign=campaign.slug
    ).user
