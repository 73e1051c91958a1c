"""``manage.py publish_guidelines CAMPAIGN FILE``: the next version of a campaign's guidelines."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.people.models import Role, User
from labelling.people.selectors import has_role
from labelling.rounds.management.commands.open_round import campaign_named
from labelling.rounds.models import Campaign, GuidelineChange
from labelling.rounds.publishing import GuidelinesRefused, guideline_publish


class Command(BaseCommand):
    help = "Publish a Markdown file as the next version of a campaign's guidelines; it holds from each next item on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("file", help="Markdown in UTF-8; - for standard input")
        parser.add_argument(
            "--change",
            choices=GuidelineChange.values,
            required=True,
            help="minor: raters are told, and go on; rules: they accept it before their next item",
        )
        parser.add_argument("--summary", default="", help="what changed, in a sentence: raters read it")
        parser.add_argument("--by", metavar="LEAD", help="the lead whose decision it is, to be kept with the version")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        before = campaign.guidelines.first()
        try:
            made = guideline_publish(
                campaign=campaign,
                body=_text(options["file"]),
                change=options["change"],
                summary=options["summary"],
                by=_lead(campaign, options["by"]),
            )
        except GuidelinesRefused as error:
            raise CommandError(str(error)) from error
        if made == before:
            self.stdout.write(f"Version {made.number} of {campaign.slug} has this very text: nothing was published.")
            return
        what = "accept it before their next item" if made.change == GuidelineChange.RULES else "are told, and go on"
        self.stdout.write(f"Version {made.number} of {campaign.slug} is published: raters {what}.")


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} can't be read as UTF-8 text: {error}") from error


def _lead(campaign: Campaign, name: str | None) -> User | None:
    if name is None:
        return None
    person = User.objects.filter(username=name).first()
    if person is None or not has_role(person, Role.LEAD, campaign=campaign.slug):
        raise CommandError(f"--by must name a lead of '{campaign.slug}'.")
    return person
