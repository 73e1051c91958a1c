"""Publishing guidelines: by the service, and by the command."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from labelling.people.models import Role, User
from labelling.rounds.models import Campaign, GuidelineChange, GuidelineVersion
from labelling.rounds.publishing import LONGEST_BODY, GuidelinesRefused, guideline_publish
from tests.conftest import person
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    made = CampaignFactory.create(slug="maths")
    guideline_publish(campaign=made, body="# Judge")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.md"
    path.write_text("# Judge better\n", encoding="utf-8")
    return path


def publish(capsys: Any, *arguments: str) -> str:
    call_command("publish_guidelines", *arguments)
    return str(capsys.readouterr().out)


def test_the_first_version_is_one_of_the_rules_whatever_was_asked() -> None:
    made = guideline_publish(campaign=CampaignFactory.create(), body="# Judge", change="minor")
    assert (made.number, made.change) == (1, GuidelineChange.RULES)


def test_a_further_version_says_its_kind_its_summary_and_who(campaign: Campaign, lead: User) -> None:
    made = guideline_publish(campaign=campaign, body="# J", change="minor", summary=" A  typo\nless. ", by=lead)
    assert (made.number, made.change, made.summary, made.published_by) == (2, "minor", "A typo less.", lead)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"body": "# J", "summary": ""}, "what changed"),
        ({"body": " \n", "summary": "Less."}, "empty"),
        ({"body": "a\x00b", "summary": "Less."}, "text"),
        ({"body": "x" * (LONGEST_BODY + 1), "summary": "More."}, "Too long"),
        ({"body": "# J", "summary": "Other.", "change": "huge"}, "minor"),
    ],
)
def test_what_cannot_be_published_is_refused_with_the_reason(
    campaign: Campaign, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(GuidelinesRefused, match=message):
        guideline_publish(campaign=campaign, **given)
    assert campaign.guidelines.count() == 1


def test_a_browser_s_line_ends_make_no_other_text(campaign: Campaign) -> None:
    guideline_publish(campaign=campaign, body="# J\n\nOne.", summary="One.")
    assert guideline_publish(campaign=campaign, body="# J\r\n\r\nOne.", summary="Again.").number == 2


def test_the_database_itself_refuses_a_first_version_that_is_minor_and_edits(campaign: Campaign) -> None:
    with pytest.raises(IntegrityError, match="guideline_first_is_rules"), transaction.atomic():
        GuidelineVersion.objects.create(campaign=CampaignFactory.create(), number=1, body="# J", change="minor")
    with pytest.raises(IntegrityError, match="guideline_known_change"), transaction.atomic():
        GuidelineVersion.objects.create(campaign=campaign, number=2, body="# J", change="other")


class TestCommand:
    def test_it_publishes_a_file(self, campaign: Campaign, file: Path, lead: User, capsys: Any) -> None:
        said = publish(
            capsys, "maths", str(file), "--change", "rules", "--summary", "Loops are negative.", "--by", lead.username
        )
        assert said == "Version 2 of maths is published: raters accept it before their next item.\n"
        made = campaign.guidelines.get(number=2)
        assert (made.body, made.change, made.published_by) == ("# Judge better\n", "rules", lead)

    def test_a_minor_change_is_told_as_such_and_the_same_text_publishes_nothing(
        self, campaign: Campaign, file: Path, capsys: Any
    ) -> None:
        arguments = ("maths", str(file), "--change", "minor", "--summary", "A typo.")
        assert "are told, and go on" in publish(capsys, *arguments)
        assert "nothing was published" in publish(capsys, *arguments)
        assert campaign.guidelines.count() == 2

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("nowhere", "FILE", "--change", "minor"), "no campaign"),
            (("maths", "/nowhere.md", "--change", "minor"), "can't be read"),
            (("maths", "FILE", "--change", "minor"), "what changed"),
            (("maths", "FILE", "--change", "minor", "--by", "rita"), "must name a lead"),
        ],
    )
    def test_it_says_what_is_wrong(
        self, campaign: Campaign, file: Path, arguments: tuple[str, ...], message: str
    ) -> None:
        person("rita", Role.RATER)
        with pytest.raises(CommandError, match=message):
            call_command("publish_guidelines", *(str(file) if one == "FILE" else one for one in arguments))
        assert campaign.guidelines.count() == 1

    def test_a_file_that_is_no_text_is_refused(self, campaign: Campaign, tmp_path: Path) -> None:
        (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(CommandError, match="UTF-8"):
            call_command("publish_guidelines", "maths", str(tmp_path / "picture"), "--change", "minor")
