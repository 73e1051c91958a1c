"""``manage.py close_round CAMPAIGN``: close the campaign's open round."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.rounds.management.commands.open_round import campaign_named
from labelling.rounds.models import ItemKind, ItemState
from labelling.rounds.services import RoundRefused, round_close


class Command(BaseCommand):
    help = "Close a campaign's open round: nothing more is served from it; leased items may still be submitted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        try:
            closed = round_close(campaign=campaign)
        except RoundRefused as error:
            raise CommandError(str(error)) from error
        items = closed.items.filter(kind=ItemKind.NORMAL)
        done = items.filter(state=ItemState.DONE).count()
        self.stdout.write(f"Round {closed.number} of {campaign.slug} is closed: {done:,} of {items.count():,} done.")
