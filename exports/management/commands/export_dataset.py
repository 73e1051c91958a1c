"""``manage.py export_dataset --format NAME --output PATH``: a dataset, streamed."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandError

from exports.arguments import add_choices, add_filters, add_format, wanted_of
from exports.formats.catalog import formats_told
from exports.requests import ExportRefused
from exports.services import STDOUT, ExportReport, export_dataset
from exports.snapshots.building import make_snapshot
from exports.snapshots.copying import rows_copied
from exports.terminal import progress_shown
from labelling.jobs.command import TeachingCommand
from labelling.jobs.terminal import printable

EXAMPLES = """
Examples:
  export_dataset --format prm800k --output labels.jsonl --campaign gsm8k
      everything that raters have finished in one campaign, as they said it
  export_dataset --format trl --neutral positive --output prm.jsonl.gz --campaign gsm8k --split train
      rows for TRL's PRMTrainer, without the problems of the test set; .gz and .zst are packed
  export_dataset --format processbench --resolve majority --output bench.jsonl --campaign gsm8k
      a benchmark: one first error a solution, where more than half of its raters name the same
  export_dataset --format qwen --neutral positive --container parquet --split both --output prm-data
      a folder for datasets.load_dataset("prm-data"): Parquet shards of train and test, and a dataset card
  export_dataset --format best-of-n --model qwen-prm --output pool.jsonl --campaign gsm8k
      every sample with verdict and score, for best-of-N curves
  export_dataset --format prm800k --output round3.jsonl --campaign gsm8k --round 3
      one round only; --round may be given several times
  export_dataset --format prm800k --output - --campaign gsm8k | head -1
      to standard output; figures and progress go to standard error
  export_dataset --format trl --neutral positive --campaign gsm8k --snapshot --output prm.jsonl
      the same rows frozen under a hash, to be proven and compared later (make_snapshot, verify_snapshot)
  export_dataset --format prm800k --output all.jsonl --include give_up,bad_problem,late --dry-run
      go through everything, and only tell what would go in, and what would stay out and why
"""

RULES = """
Choices that change what labels mean have no default: a format asks for them at once (--neutral), or at the first
annotation for which they make a difference (several raters, alternatives, unrated steps).

Left out unless --include names them: give_up and bad_problem (the rater judged no solution), late (submitted after
the item had gone to as many other raters as it needs), gold and screening (they measure raters). Of a corrected
annotation the newest version goes out. Never go out: what a lead has voided, and held-out problems (but for
evaluation: --include held_out with processbench, prmbench, best-of-n).
Raters appear in prm800k rows only, under their pseudonym; a simulated rater's begins with "sim-". --raters original
keeps the id that an imported row came with; a user's name is in no dataset.

Exit codes: 0 done, 1 refused or failed (the message says why; no file is left half written), 2 wrong options.
"""


class Command(TeachingCommand):
    help = "Write labelled solutions as a dataset, in the form that a trainer or a benchmark reads."
    lesson = f"{EXAMPLES}\n{formats_told()}\n{RULES}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_format(parser)
        parser.add_argument(
            "--output",
            metavar="PATH",
            help="the file to write (.gz and .zst are packed), the folder for --container parquet, or - for standard "
            "output",
        )
        parser.add_argument(
            "--snapshot",
            action="store_true",
            help="freeze it (see make_snapshot); --output, if given, gets its rows",
        )
        add_filters(parser)
        _add_writing(parser)
        add_choices(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["snapshot"]:
            self._freeze(options)
            return
        if options["output"] is None:
            raise CommandError("Say where to: --output PATH (- for standard output), or --snapshot.", returncode=2)
        try:
            with progress_shown() as progress:
                report = export_dataset(
                    output=options["output"],
                    card=not options["no_card"],
                    force=options["force"],
                    dry_run=options["dry_run"],
                    progress=progress,
                    **wanted_of(options),
                )
        except BrokenPipeError:
            # The reader has read enough; what is still in the buffer must not be written to nobody at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, dry_run=options["dry_run"])

    def _freeze(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            raise CommandError("A dry run freezes nothing: leave out --snapshot.", returncode=2)
        try:
            with progress_shown() as progress:
                made = make_snapshot(progress=progress, **wanted_of(options))
            if options["output"] is not None:
                rows_copied(made, options["output"], force=options["force"])
        except (ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        out = self.stderr if options["output"] == STDOUT else self.stdout
        out.write(f"Snapshot {made.hash} ({made.rows:,} lines).", style_func=str)

    def _tell(self, report: ExportReport, *, dry_run: bool) -> None:
        out = self.stderr if report.output == STDOUT else self.stdout
        for line in _summary(report, dry_run=dry_run):
            out.write(line, style_func=str)


def _add_writing(parser: ArgumentParser) -> None:
    parser.add_argument("--no-card", action="store_true", help="no PATH.card.md beside the file")
    parser.add_argument("--dry-run", action="store_true", help="go through it all, write nothing")
    parser.add_argument("--force", action="store_true", help="replace the file, or a dataset's folder, if it exists")


def _summary(report: ExportReport, *, dry_run: bool) -> Iterator[str]:
    what = "samples" if report.format == "best-of-n" else "annotations"
    if dry_run:
        would = f"{report.lines:,} lines; dry run: nothing written"
        yield f"Would write {report.annotations:,} {what} to {printable(report.output)} ({would})."
    else:
        written = f"{report.lines:,} lines, {report.size:,} bytes"
        yield f"Wrote {report.annotations:,} {what} to {printable(report.output)} ({written})."
    if len(report.splits) > 1 or "test" in report.splits:
        yield f"  splits:         {_counts(report.splits)}"
    if report.consensus is not None:
        settled = f"{report.consensus.method} {report.consensus.version}"
        yield f"  one answer:     {report.consensus.solutions:,} solutions by {settled}"
    yield f"  finish reasons: {_counts(report.finish_reasons)}"
    yield f"  judged steps:   {_counts(report.labels)}"
    if report.simulated:
        yield f"  simulated:      {report.simulated:,} by simulated raters, sim-… (--no-simulated leaves them out)"
    yield f"  left out:       {_counts(report.left_out)}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if count) or "none"
