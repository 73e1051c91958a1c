"""``manage.py export_dataset --format prm800k --output PATH``: a dataset, streamed."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from exports.formats import FORMATS
from exports.selectors import INCLUDABLE
from exports.services import RATERS, STDOUT, ExportRefused, ExportReport, Progress, export_dataset

EXAMPLES = """
Examples:
  export_dataset --format prm800k --output labels.jsonl --campaign gsm8k
      everything that raters have finished in one campaign
  export_dataset --format prm800k --output round3.jsonl --campaign gsm8k --round 3
      one round only; --round may be given several times
  export_dataset --format prm800k --output - --campaign gsm8k | head -1
      to standard output; figures and progress go to standard error
  export_dataset --format prm800k --output all.jsonl --include give_up,bad_problem,late --dry-run
      only count what would go in, and what would stay out and why
  export_dataset --format prm800k --output control.jsonl --campaign gsm8k --include gold,screening
      quality control and screening too, each row flagged as such, as in PRM800K

Left out unless --include names them: give_up and bad_problem (the rater judged no solution), late (submitted after
the item had gone to as many other raters as it needs), gold and screening (they measure raters). Of a corrected
annotation the newest version goes out. Never go out: what a lead has voided, and held-out problems.
Raters appear under their pseudonym; a simulated rater's begins with "sim-". --raters original keeps the id that an
imported row came with; a user's name is in no dataset.

Exit codes: 0 done, 1 refused or failed (the message says why; no file is left half written), 2 wrong options.
"""


class Help(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's order of options, and examples that keep their lines."""


class Command(BaseCommand):
    help = "Write labelled solutions as a dataset file, one row after the other, in the order they were submitted."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=Help, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        formats = "; ".join(f"{one.name}: {one.description}" for one in FORMATS.values())
        parser.add_argument("--format", required=True, choices=list(FORMATS), help=formats)
        parser.add_argument(
            "--output", required=True, metavar="PATH", help="the file to write, or - for standard output"
        )
        parser.add_argument("--campaign", metavar="SLUG", help="only this campaign's (default: of all campaigns)")
        parser.add_argument("--round", type=int, action="append", metavar="N", help="only this round's; repeatable")
        parser.add_argument(
            "--raters", choices=RATERS, default="pseudonym", help="how raters appear (default: %(default)s)"
        )
        parser.add_argument(
            "--include", default="", metavar="WHAT", help=f"also {', '.join(INCLUDABLE)} (comma-separated)"
        )
        parser.add_argument("--no-simulated", action="store_true", help="leave out what simulated raters labelled")
        parser.add_argument("--dry-run", action="store_true", help="count, write nothing")
        parser.add_argument("--force", action="store_true", help="replace the file if it exists")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with _bar() as progress:
                report = export_dataset(
                    format=options["format"],
                    output=options["output"],
                    campaign=options["campaign"],
                    rounds=options["round"],
                    raters=options["raters"],
                    include=[word.strip() for word in options["include"].split(",") if word.strip()],
                    simulated=not options["no_simulated"],
                    force=options["force"],
                    dry_run=options["dry_run"],
                    progress=progress,
                )
        except BrokenPipeError:
            # The reader has read enough; what is still in the buffer must not be written to nobody at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, dry_run=options["dry_run"])

    def _tell(self, report: ExportReport, *, dry_run: bool) -> None:
        out = self.stderr if report.output == STDOUT else self.stdout
        for line in _summary(report, dry_run=dry_run):
            out.write(line, style_func=str)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on standard error, where that is a terminal."""
    columns = (TextColumn("Exporting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Bar(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("export", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _summary(report: ExportReport, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield f"Would write {report.annotations:,} annotations to {report.output} (dry run: nothing written)."
    else:
        written = f"{report.lines:,} lines, {report.size:,} bytes"
        yield f"Wrote {report.annotations:,} annotations to {report.output} ({written})."
    yield f"  finish reasons: {_counts(report.finish_reasons)}"
    yield f"  judged steps:   {_counts(report.labels)}"
    if report.simulated:
        yield f"  simulated:      {report.simulated:,} by simulated raters, sim-… (--no-simulated leaves them out)"
    yield f"  left out:       {_counts(report.left_out)}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if count) or "none"
