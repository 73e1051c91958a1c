"""``manage.py diff_snapshots A B``: which labels, and which settings, two snapshots do not share."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from exports.snapshots.difference import Difference, diff_snapshots, told_in_words
from exports.snapshots.finding import Unknown, snapshot_found
from exports.snapshots.manifest import Broken
from labelling.jobs.command import TeachingCommand
from labelling.jobs.terminal import printable

EXAMPLES = """
Examples:
  diff_snapshots 3f2a9c41be07 b81d55e0c2aa
      each annotation that came, went (and why), or says something else, step by step
  diff_snapshots downloads/old downloads/new --json
      folders that snapshots were copied to, for a program

Exit codes: 0 the same, 1 they differ, 2 there is no such snapshot, or wrong options.
"""
SHOWN = 50


class Command(TeachingCommand):
    help = "Tell two snapshots apart: settings, and annotation by annotation."
    lesson = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("first", metavar="A")
        parser.add_argument("second", metavar="B")
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument("--most", type=int, default=SHOWN, metavar="N", help="changes shown (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = diff_snapshots(snapshot_found(options["first"]), snapshot_found(options["second"]))
        except (Unknown, Broken, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(told), "same": told.same}, ensure_ascii=False))
        else:
            self._tell(told, options["most"])
        if not told.same:
            sys.exit(1)

    def _tell(self, told: Difference, most: int) -> None:
        if told.same:
            self.stdout.write(f"The same: {told.first}")
            return
        self.stdout.write(f"A {told.first}\nB {told.second}")
        for name, (one, other) in told.settings.items():
            both = f"{json.dumps(one, ensure_ascii=False)} → {json.dumps(other, ensure_ascii=False)}"
            self.stdout.write(printable(f"  {name}: {both}"))
        self.stdout.write(", ".join(f"{name} {count:,}" for name, count in told.counts.items()))
        for change in told.changes[:most]:
            self.stdout.write(printable(told_in_words(change)))
        left = sum(told.counts.values()) - told.counts["same"] - min(most, len(told.changes))
        if left > 0:
            self.stdout.write(f"… and {left:,} more (--most, --json).")
