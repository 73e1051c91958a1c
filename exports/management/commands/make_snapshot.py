"""``manage.py make_snapshot --format NAME``: a dataset, frozen for good under the hash of what it holds."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from exports.arguments import add_choices, add_filters, add_format, wanted_of
from exports.formats.catalog import formats_told
from exports.models import Snapshot
from exports.requests import ExportRefused
from exports.snapshots.building import make_snapshot, manifest_of
from exports.terminal import progress_shown
from labelling.jobs.command import TeachingCommand

EXAMPLES = """
Examples:
  make_snapshot --format prm800k --campaign gsm8k
      everything that raters have finished in one campaign, frozen; prints the snapshot's hash
  make_snapshot --format trl --neutral positive --campaign gsm8k --split train --title "First training set"
      what a model is trained on, without the problems of the test side
  make_snapshot --format prm800k --container parquet --split both --campaign gsm8k
      a folder for datasets.load_dataset, both sides

The same data, options and code give the same snapshot: made twice, it is there once. Killed in the middle, nothing
of it counts: the same command, or a worker's sweep, completes it. verify_snapshot proves later that it is as it was;
diff_snapshots names every label that two of them do not share.

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong options.
"""


class Command(TeachingCommand):
    help = "Freeze a dataset: files, a card, a ledger of what went in, and a manifest with a hash for each."
    lesson = f"{EXAMPLES}\n{formats_told()}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_format(parser)
        parser.add_argument("--title", default="", help="a name for people; not part of what is hashed")
        parser.add_argument("--json", action="store_true", help="hash, title and manifest as one JSON object")
        add_filters(parser)
        add_choices(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with progress_shown() as progress:
                made = make_snapshot(title=options["title"], progress=progress, **wanted_of(options))
        except (ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            told = {"hash": made.hash, "title": made.title, "manifest": manifest_of(made)}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self._tell(made)

    def _tell(self, made: Snapshot) -> None:
        self.stdout.write(made.hash)
        standing = manifest_of(made)["standing"]
        facts = ", ".join(f"{standing[name]['count']:,} {name}" for name in ("corrected", "voided"))
        self.stderr.write(f"{made.rows:,} rows, {made.size:,} bytes; {facts}.", style_func=str)
