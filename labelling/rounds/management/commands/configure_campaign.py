"""``manage.py configure_campaign SLUG --mode every_step …``: make a campaign, change its settings, or show them."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import BooleanField, Field, FloatField, IntegerField
from rich.table import Table

from labelling.jobs.terminal import console_on, printable
from labelling.rounds.models import Campaign
from labelling.rounds.services import CONFIGURABLE, campaign_configure, campaign_get_or_create

YES_NO: Final = {"yes": True, "no": False}
NONE: Final = "none"


class Command(BaseCommand):
    help = "Make a campaign, or change its settings (docs/campaigns.md); without options, show them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug; made if new")
        for name in CONFIGURABLE:
            field: Any = Campaign._meta.get_field(name)
            parser.add_argument(
                f"--{name.replace('_', '-')}", type=_reader(field), metavar=_metavar(field), help=_help(field)
            )

    def handle(self, *args: Any, **options: Any) -> None:
        changes = {name: options[name] for name in CONFIGURABLE if options[name] is not None}
        changes = {name: None if value == NONE else value for name, value in changes.items()}
        try:
            campaign, made = campaign_get_or_create(slug=options["campaign"], changes=changes)
            if changes and not made:
                campaign = campaign_configure(campaign=campaign, changes=changes)
        except ValidationError as error:
            raise CommandError("\n".join(_said(error))) from error
        did = "Made" if made else "Changed" if changes else "Settings of"
        self.stdout.write(f"{did} the campaign '{campaign.slug}'.")
        console_on(self.stdout).print(_settings(campaign))


def _reader(field: Field[Any, Any]) -> Callable[[str], Any]:
    """From a word of the command line to what the field holds; the model says whether it is a sensible one."""
    read, kind = next(((read, word) for known, read, word in KINDS if isinstance(field, known)), (str, "text"))

    def reader(word: str) -> Any:
        return NONE if field.null and word == NONE else read(word)

    reader.__name__ = kind  # argparse names it: "invalid whole number value"
    return reader


def _yes_no(word: str) -> bool:
    if word not in YES_NO:
        raise ArgumentTypeError(f"{word!r} is neither yes nor no")
    return YES_NO[word]


KINDS: Final[Sequence[tuple[Any, Callable[[str], Any], str]]] = (
    (BooleanField, _yes_no, "yes or no"),
    (IntegerField, int, "whole number"),
    (FloatField, float, "number"),
)


def _metavar(field: Field[Any, Any]) -> str:
    if isinstance(field, BooleanField):
        return "yes|no"
    if field.choices:
        return "|".join(str(value) for value, _ in field.flatchoices)
    word = "N" if isinstance(field, IntegerField) else "SHARE" if isinstance(field, FloatField) else "TEXT"
    return f"{word}|{NONE}" if field.null else word


def _help(field: Field[Any, Any]) -> str:
    return (str(field.help_text) or str(field.verbose_name)).replace("%", "%%")


def _said(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    fields = {name: "" if name == "__all__" else f"--{name.replace('_', '-')}: " for name in error.message_dict}
    return [f"{fields[name]}{message}" for name, messages in error.message_dict.items() for message in messages]


def _settings(campaign: Campaign) -> Table:
    table = Table("setting", "value")
    for name in CONFIGURABLE:
        table.add_row(name.replace("_", "-"), printable(_word(getattr(campaign, name))))
    return table


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value is None else str(value)
