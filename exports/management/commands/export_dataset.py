"""``manage.py export_dataset --format NAME --output PATH``: a dataset, streamed."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter

from exports.formats import FORMATS, Option
from exports.formats.catalog import formats_told, options_by_name
from exports.requests import CONTAINERS, RATERS, ExportRefused
from exports.services import STDOUT, ExportReport, export_dataset
from exports.splits import SALT, SPLITS, TEST_SHARE
from exports.terminal import progress_shown

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


class Help(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's order of options, and examples that keep their lines."""


class Command(BaseCommand):
    help = "Write labelled solutions as a dataset, in the form that a trainer or a benchmark reads."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        epilog = f"{EXAMPLES}\n{formats_told()}\n{RULES}"
        return super().create_parser(prog_name, subcommand, formatter_class=Help, epilog=epilog, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", required=True, choices=list(FORMATS), help="the rows' form: see Formats below")
        parser.add_argument(
            "--output",
            required=True,
            metavar="PATH",
            help="the file to write (.gz and .zst are packed), the folder for --container parquet, or - for standard "
            "output",
        )
        _add_filters(parser)
        _add_writing(parser)
        group = parser.add_argument_group("choices of the formats (each takes those listed with it below)")
        for option in options_by_name().values():
            _add_choice(group, option)

    def handle(self, *args: Any, **options: Any) -> None:
        choices: Any = {name: options.get(name.replace("-", "_")) for name in options_by_name()}
        try:
            with progress_shown() as progress:
                report = export_dataset(
                    format=options["format"],
                    output=options["output"],
                    campaign=options["campaign"],
                    rounds=options["round"],
                    raters=options["raters"],
                    include=[word.strip() for word in options["include"].split(",") if word.strip()],
                    simulated=not options["no_simulated"],
                    split=options["split"],
                    test_share=options["test_share"],
                    salt=options["salt"],
                    container=options["container"],
                    unfit=options["unfit"],
                    card=not options["no_card"],
                    force=options["force"],
                    dry_run=options["dry_run"],
                    progress=progress,
                    **choices,
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


def _add_choice(group: Any, option: Option) -> None:
    meanings = "; ".join(f"{value}: {meaning}" for value, meaning in option.values.items())
    about = f"{option.help}. {meanings}" if meanings else option.help
    if not option.values:
        default = f" (default: {option.default!r})" if option.default else ""
        group.add_argument(f"--{option.name}", metavar="TEXT", help=about + default)
    elif "yes" in option.values:
        group.add_argument(f"--{option.name}", nargs="?", const="yes", choices=list(option.values), help=about)
    else:
        group.add_argument(f"--{option.name}", choices=list(option.values), help=about)


def _add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--campaign", metavar="SLUG", help="only this campaign's (default: of all campaigns)")
    parser.add_argument("--round", type=int, action="append", metavar="N", help="only this round's; repeatable")
    parser.add_argument("--include", default="", metavar="WHAT", help="also what is left out otherwise, by commas")
    parser.add_argument("--no-simulated", action="store_true", help="leave out what simulated raters labelled")
    parser.add_argument(
        "--split",
        choices=SPLITS,
        default="all",
        help="of all problems the train or test side; both: each in Parquet files of its own (default: %(default)s)",
    )
    parser.add_argument(
        "--test-share", type=float, default=TEST_SHARE, metavar="SHARE", help="of all problems (default: %(default)s)"
    )
    parser.add_argument(
        "--salt", default=SALT, metavar="TEXT", help="another one splits otherwise; the same splits the same always"
    )


def _add_writing(parser: ArgumentParser) -> None:
    parser.add_argument("--raters", choices=RATERS, default="pseudonym", help="how raters appear in prm800k rows")
    parser.add_argument(
        "--container", choices=CONTAINERS, default="lines", help="JSON lines in a file, or Parquet shards in a folder"
    )
    parser.add_argument(
        "--unfit",
        choices=("refuse", "leave-out"),
        default="refuse",
        help="what the format cannot hold stops the export, or stays out and is counted (default: %(default)s)",
    )
    parser.add_argument("--no-card", action="store_true", help="no PATH.card.md beside the file")
    parser.add_argument("--dry-run", action="store_true", help="go through it all, write nothing")
    parser.add_argument("--force", action="store_true", help="replace the file, or a dataset's folder, if it exists")


def _summary(report: ExportReport, *, dry_run: bool) -> Iterator[str]:
    what = "samples" if report.format == "best-of-n" else "annotations"
    if dry_run:
        would = f"{report.lines:,} lines; dry run: nothing written"
        yield f"Would write {report.annotations:,} {what} to {report.output} ({would})."
    else:
        written = f"{report.lines:,} lines, {report.size:,} bytes"
        yield f"Wrote {report.annotations:,} {what} to {report.output} ({written})."
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
