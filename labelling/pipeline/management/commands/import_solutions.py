"""``manage.py import_solutions FILE…``: samples and their scores into the corpus, then the grading of their answers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from labelling.corpus.grading import EXTRACTORS
from labelling.corpus.importers import IMPORTERS, ImportContext
from labelling.corpus.services import ImportProblem, ImportReport
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait
from labelling.pipeline.rejects import rejects_arguments, rejects_path, rejects_refuse, rejects_tell
from labelling.pipeline.services import ImportPlan, gradings_create, import_plan, import_run
from labelling.pipeline.terminal import reading_shown

FORMATS = "\n".join(f"  {name:<12} {importer.summary}" for name, importer in sorted(IMPORTERS.items()))


class Command(BaseCommand):
    help = "Import samples, and step scores for them; importing again adds only what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        rejects_arguments(parser)
        parser.add_argument(
            "--format",
            metavar="NAME",
            help=f"{', '.join(sorted(IMPORTERS))} (default: told from each file's first lines)",
        )
        parser.add_argument("--campaign", metavar="SLUG", default="", help="whose pool the problems join; made if new")
        parser.add_argument("--source", metavar="NAME", help="where the samples come from, where the file does not say")
        parser.add_argument("--generator", metavar="NAME", help="what made the samples, where the file does not say")
        parser.add_argument(
            "--answers",
            metavar="NAME",
            choices=sorted(EXTRACTORS),
            help=f"where answers stand: {', '.join(sorted(EXTRACTORS))}",
        )
        parser.add_argument("--held-out", action="store_true", help="the problems are a test set: never trained on")
        parser.add_argument("--no-grade", action="store_true", help="leave the final answers ungraded")
        parser.add_argument("--wait", action="store_true", help="show the grading's progress until it is done")

    def handle(self, *args: Any, **options: Any) -> None:
        console = console_on(self.stdout)
        rejects = rejects_path(options["rejects"], options["files"])
        try:
            plan = _plan(options)
            if plan.campaign_created:
                self.stdout.write(
                    f"Made the campaign '{plan.campaign}' with default settings (`configure_campaign` changes them)."
                )
            with reading_shown(console, plan.size) as read:
                report = import_run(plan=plan, rejects=rejects, watch=lambda tally: read(tally.lines, tally.bytes_read))
        except ImportProblem as error:
            raise CommandError(str(error)) from error
        console.print(_summary(report, plan.campaign))
        rejects_tell(report, self.stderr)
        self._grade(console, options)
        if not report.counts.accepted:
            raise CommandError("Nothing could be imported.")
        if options["strict"]:
            rejects_refuse(report)

    def _grade(self, console: Console, options: dict[str, Any]) -> None:
        jobs = [] if options["no_grade"] else gradings_create()
        for job in jobs:
            job_enqueue(job)
            self.stdout.write(f"Job {job.pk} grades {job.total:,} solutions.")
        for job in jobs if options["wait"] else ():
            job_wait(job.pk, console)


def _plan(options: dict[str, Any]) -> ImportPlan:
    context = ImportContext(options["source"], options["generator"], options["held_out"], options["answers"])
    return import_plan(
        files=options["files"], format_name=options["format"], context=context, campaign=options["campaign"]
    )


def _summary(report: ImportReport, campaign: str) -> Table:
    counts = report.counts
    table = Table("", "added", "known", title="Import", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("samples", f"{counts.samples_added:,}", f"{counts.samples_known:,}")
    table.add_row("solutions (distinct texts)", f"{counts.solutions_added:,}", "")
    table.add_row("twins (samples that share a text)", f"{counts.twins:,}", "")
    table.add_row("problems", f"{counts.problems_added:,}", "")
    table.add_row("alternatives", f"{counts.alternatives_added:,}", "")
    table.add_row("step scores (by text and scorer)", f"{counts.scores_added:,}", f"{counts.scores_known:,}")
    if campaign:
        table.add_row(f"problems in the pool of {campaign}", f"{counts.pool_added:,}", "")
    table.add_section()
    table.add_row("lines read", f"{report.lines:,}", "")
    table.add_row("lines rejected", f"{report.rejected:,}", "")
    return table
