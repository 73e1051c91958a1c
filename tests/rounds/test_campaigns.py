"""Making campaigns and publishing guidelines."""

import pytest
from django.core.exceptions import ValidationError

from labelling.rounds.models import Campaign, GuidelineVersion
from labelling.rounds.publishing import DEFAULT_GUIDELINES, guideline_publish
from labelling.rounds.services import campaign_get_or_create

pytestmark = pytest.mark.django_db


def test_a_new_campaign_has_the_default_guidelines_as_version_one() -> None:
    campaign, created = campaign_get_or_create(slug="gsm8k", name="GSM8K")

    assert created
    assert (campaign.slug, campaign.name, campaign.purpose) == ("gsm8k", "GSM8K", "training")
    version = campaign.guidelines.get()
    assert (version.number, version.body) == (1, DEFAULT_GUIDELINES.read_text(encoding="utf-8"))


def test_a_known_campaign_comes_back_unchanged() -> None:
    first, _ = campaign_get_or_create(slug="gsm8k", name="GSM8K")

    assert campaign_get_or_create(slug="gsm8k", name="Another name") == (first, False)
    assert Campaign.objects.get().name == "GSM8K"
    assert GuidelineVersion.objects.count() == 1


def test_without_a_name_it_is_called_by_its_slug() -> None:
    assert campaign_get_or_create(slug="gsm8k")[0].name == "gsm8k"


@pytest.mark.parametrize("slug", ["", "*", "two words", "a/b", "s" * 65])
def test_what_is_no_slug_makes_no_campaign(slug: str) -> None:
    with pytest.raises(ValidationError):
        campaign_get_or_create(slug=slug)
    assert not Campaign.objects.exists()


def test_guidelines_are_numbered_and_the_same_text_adds_none() -> None:
    campaign, _ = campaign_get_or_create(slug="gsm8k")

    second = guideline_publish(campaign=campaign, body="# Judge better", summary="Better.")
    assert second.number == 2
    assert guideline_publish(campaign=campaign, body="# Judge better", summary="Better.") == second
    assert guideline_publish(campaign=campaign, body="# Judge best", summary="Best.").number == 3
