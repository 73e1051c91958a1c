"""``manage.py import_gold FILE… --campaign SLUG --use gold|screening``: solutions whose first error is known."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.corpus.services import ImportProblem
from labelling.jobs.tasks import job_enqueue
from labelling.pipeline.golds import GoldReport, Terms, golds_import
from labelling.pipeline.people import person_named
from labelling.pipeline.rejects import rejects_arguments, rejects_path, rejects_refuse, rejects_tell
from labelling.pipeline.services import gradings_create
from labelling.rounds.management.commands.open_round import campaign_named
from labelling.rounds.models import Campaign, GoldUse


class Command(BaseCommand):
    help = "Make gold, or screening items, of a file: native lines with `acceptable` and, if wanted, `explanation`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        rejects_arguments(parser)
        parser.add_argument("--campaign", metavar="SLUG", required=True)
        parser.add_argument("--use", choices=GoldUse.values, default=GoldUse.GOLD.value)
        parser.add_argument("--person", metavar="NAME", help="who made it gold")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        try:
            report = golds_import(
                files=options["files"],
                terms=Terms(campaign, GoldUse(options["use"]), person_named(options["person"])),
                rejects=rejects_path(options["rejects"], options["files"]),
            )
        except ImportProblem as error:
            raise CommandError(str(error)) from error
        self._tell(report)
        self._tell_set(campaign)
        for job in gradings_create():
            job_enqueue(job)
        if not report.counts:
            raise CommandError("No line could be made gold.")
        if options["strict"]:
            rejects_refuse(report.samples)

    def _tell(self, report: GoldReport) -> None:
        counts = report.counts
        self.stdout.write(
            f"Gold: {counts['added']:,} added, {counts['changed']:,} changed, {counts['known']:,} known; "
            f"{report.samples.rejected:,} of {report.samples.lines:,} lines set aside."
        )
        rejects_tell(report.samples, self.stderr)

    def _tell_set(self, campaign: Campaign) -> None:
        active = campaign.golds.filter(active=True)
        screening = active.filter(use=GoldUse.SCREENING).count()
        self.stdout.write(
            f"{campaign.slug} has {active.filter(use=GoldUse.GOLD).count():,} golds for its rounds and "
            f"{screening:,} items for screening."
        )
        if campaign.screening_required and screening < campaign.screening_items:
            self.stdout.write(
                f"Note: the screening asks for {campaign.screening_items}: {campaign.screening_items - screening} "
                "are missing, and nobody can be admitted before."
            )
