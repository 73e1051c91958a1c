"""``configure_campaign``: campaigns are made and set up from the command line, and nonsense is refused by name."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from labelling.people.models import User
from labelling.rounds.models import Campaign
from labelling.rounds.services import CONFIGURABLE, RoundRefused, campaign_configure, round_close, round_open
from tests.factories import CampaignFactory, ItemFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[2] / "docs" / "campaigns.md"


def configured(*words: str) -> str:
    out = io.StringIO()
    call_command("configure_campaign", *words, stdout=out)
    return out.getvalue()


def test_it_makes_a_campaign_with_its_settings_and_shows_them() -> None:
    said = configured(
        "algebra", "--mode", "every_step", "--auto-submit", "yes", "--overlap", "2", "--overlap-most", "4"
    )
    campaign = Campaign.objects.get()
    assert (campaign.mode, campaign.auto_submit, campaign.overlap, campaign.overlap_most) == ("every_step", True, 2, 4)
    assert campaign.guidelines.count() == 1
    assert "Made the campaign 'algebra'" in said
    assert re.search(r"auto-submit\W+yes", said)


def test_it_changes_what_is_named_and_leaves_the_rest() -> None:
    CampaignFactory.create(slug="algebra", name="Algebra", overlap=3, overlap_most=5)
    configured("algebra", "--answer-shown", "guess", "--overlap-most", "none")
    campaign = Campaign.objects.get()
    assert (campaign.name, campaign.overlap, campaign.overlap_most, campaign.answer_shown) == (
        "Algebra",
        3,
        None,
        "guess",
    )
    assert "Settings of the campaign 'algebra'" in configured("algebra")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mode", "sideways"], "--mode: .*sideways"),
        (["--auto-submit", "perhaps"], "neither yes nor no"),
        (["--overlap", "0"], "--overlap: .*1"),
        (["--overlap", "two"], "--overlap: invalid whole number value"),
        (["--overlap", "3", "--overlap-most", "2"], "--overlap-most: .*can’t end below"),
        (["--overlap-most", "2"], "--agree: So many can never agree"),
        (["--lease-minutes", "2147483647"], "--lease-minutes: .*30 days"),
        (["--gold-mark", "1.5"], "--gold-mark: A share lies between 0 and 1"),
        (["--screening-mark", "-0.1"], "--screening-mark: A share lies between 0 and 1"),
        (["--mode", "alternatives", "--overlap", "2"], "--overlap: .*one rater"),
        (["--mode", "alternatives", "--overlap-most", "3"], "--overlap-most: .*one rater"),
    ],
)
def test_nonsense_is_refused_by_name_and_makes_nothing(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        configured("algebra", *words)
    assert not Campaign.objects.exists()


def test_the_mode_is_fixed_once_items_are_queued() -> None:
    campaign = ItemFactory.create().campaign
    with pytest.raises(CommandError, match="--mode: The mode can’t change"):
        configured(campaign.slug, "--mode", "every_step")
    configured(campaign.slug, "--mode", "first_error", "--auto-submit", "yes")
    campaign.refresh_from_db()
    assert (campaign.mode, campaign.auto_submit) == ("first_error", True)


@pytest.mark.parametrize(("option", "word"), [("--error-notes", "required"), ("--offer-alternatives", "no")])
def test_what_raters_are_asked_for_holds_for_a_whole_round(option: str, word: str) -> None:
    item = ItemFactory.create()
    with pytest.raises(CommandError, match=f"{option}: A round is open"):
        configured(item.campaign.slug, option, word)
    round_close(campaign=item.campaign)
    configured(item.campaign.slug, option, word)
    campaign = Campaign.objects.get()
    assert (campaign.error_notes, campaign.offer_alternatives) != ("off", True)


def test_alternatives_mode_has_one_rater_an_item_whoever_asks(client: Client, operator: User) -> None:
    campaign = CampaignFactory.create(mode="alternatives")
    with pytest.raises(ValidationError, match="one rater"):
        campaign_configure(campaign=campaign, changes={"overlap": 2})
    with pytest.raises(RoundRefused, match="one rater"):
        round_open(campaign=campaign, model_version=ModelVersionFactory.create(), per_problem=1, overlap=2)
    for more in ({"overlap": 2}, {"overlap_most": 1}):
        with pytest.raises(IntegrityError, match="campaign_alternatives_one_rater"), transaction.atomic():
            Campaign.objects.update(**more)
    client.force_login(operator)
    page = reverse("admin:rounds_campaign_change", args=[campaign.pk])
    form: Any = client.get(page).context["adminform"].form
    sent = {name: "" if value is None else value for name, value in form.initial.items()} | {"overlap": 2}
    assert "one rater" in client.post(page, sent).content.decode()


def test_what_is_no_setting_cannot_be_set() -> None:
    with pytest.raises(ValidationError, match="slug is no setting"):
        campaign_configure(campaign=CampaignFactory.create(), changes={"slug": "other"})


def test_every_setting_has_its_heading_in_the_docs() -> None:
    headings = re.findall(r"^### `([\w-]+)`", PAGE.read_text(encoding="utf-8"), re.M)
    assert headings == [name.replace("_", "-") for name in CONFIGURABLE]
