"""``manage.py open_round CAMPAIGN --strategy convincing-wrong --per-problem K --budget N``: pick and queue."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labelling.jobs.terminal import console_on, printable
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign
from labelling.rounds.selectors import versions_in_pool
from labelling.rounds.services import Held, RoundRefused, RoundReport, round_open
from labelling.rounds.strategies import STRATEGIES, Pick

SHOWN = 10  # rows of a table; the rest is counted


class Command(BaseCommand):
    help = "Pick solutions from a campaign's pool and queue them for the raters as its next round."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--strategy", choices=sorted(STRATEGIES), default="convincing-wrong")
        parser.add_argument("--per-problem", type=int, required=True, metavar="K", help="at most so many of a problem")
        parser.add_argument("--budget", type=int, metavar="N", help="at most so many in all, round-robin over problems")
        parser.add_argument("--model", metavar="NAME", help="may be left out where one model has scored the pool")
        parser.add_argument("--overlap", type=int, metavar="N", help="raters an item (default: the campaign's)")
        parser.add_argument("--pool", default="", metavar="NAME", help="for this pool of raters alone (default: all)")
        hold = parser.add_mutually_exclusive_group()
        hold.add_argument(
            "--no-reference-hold", action="store_true", help="serve problems with doubtful references too"
        )
        hold.add_argument("--reference-hold-share", type=float, metavar="SHARE", help="agreement that makes a doubt")
        parser.add_argument("--dry-run", action="store_true", help="show what would be queued, and queue nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        share: float | None = options["reference_hold_share"]
        try:
            report = round_open(
                campaign=campaign,
                model_version=_version(campaign, options["model"]),
                per_problem=options["per_problem"],
                strategy=options["strategy"],
                budget=options["budget"],
                reference_hold=not options["no_reference_hold"] if share is None else share,
                overlap=options["overlap"],
                pool=options["pool"],
                dry_run=options["dry_run"],
            )
        except RoundRefused as error:
            raise CommandError(str(error)) from error
        _show(console_on(self.stdout), campaign, report)


def campaign_named(slug: str) -> Campaign:
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        known = ", ".join(Campaign.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise CommandError(
            f"There is no campaign '{slug}' (there are: {known}): "
            f"`manage.py import_solutions FILE… --campaign {slug}` makes it and fills its pool."
        )
    return campaign


def _version(campaign: Campaign, name: str | None) -> ModelVersion:
    """The newest version, of the named model or of the only one, that has scored in the pool."""
    versions = versions_in_pool(campaign)
    names = sorted({version.model.name for version in versions})
    if name is None and len(names) > 1:
        raise CommandError(f"Several models have scored this pool: name one with --model: {', '.join(names)}.")
    found = next((version for version in versions if name in (None, version.model.name)), None)
    if found is not None:
        return found
    scored = f"The model {name!r} has scored nothing" if name else "No model has scored anything"
    known = f"those that have: {', '.join(names)}; or " if names else ""
    raise CommandError(
        f"{scored} in the pool of '{campaign.slug}': {known}"
        f"run `manage.py score_solutions --model {name or 'NAME'} --campaign {campaign.slug} --wait` "
        "(`--list` shows the models)."
    )


def _show(console: Console, campaign: Campaign, report: RoundReport) -> None:
    did = "would queue" if report.round is None else "is open with"
    items = f"{len(report.picks):,} items of {report.problems:,} problems"
    console.print(
        f"Round {report.number} of {campaign.slug} {did} {items}, picked by {report.model_version}.", markup=False
    )
    if report.golds:
        console.print(f"Mixed in for each rater: up to {report.golds:,} gold items.")
    if report.cut:
        console.print(f"The budget cut {report.cut:,} further items.")
    if report.held:
        withheld = sum(held.items for held in report.held)
        console.print(f"Held, check the reference: {len(report.held):,} problems with {withheld:,} items.")
        console.print(_holds(report.held[:SHOWN]))
        _rest(console, len(report.held))
        console.print(
            f"A lead decides them at /campaigns/{campaign.slug}/references/, or `manage.py correct_reference` does.",
            markup=False,
        )
    console.print("First in the queue:")
    console.print(_picks(report.picks[:SHOWN]))
    _rest(console, len(report.picks))
    for note in report.notes:
        console.print(f"Note: {note}", markup=False)


def _rest(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"… and {count - SHOWN:,} more.")


def _holds(holds: Iterable[Held]) -> Table:
    table = Table("problem", "samples agree on", "share", "items held")
    for held in holds:
        answer = Text(printable(held.agreement.answer[:60]))
        table.add_row(str(held.problem_id), answer, f"{held.agreement.share:.0%}", str(held.items))
    return table


def _picks(picks: Iterable[Pick]) -> Table:
    table = Table("problem", "solution", "rank", "verdict", "score")
    for pick in picks:
        one = pick.candidate
        table.add_row(str(one.problem_id), str(one.solution_id), str(pick.rank), one.verdict, f"{one.score:.4f}")
    return table
