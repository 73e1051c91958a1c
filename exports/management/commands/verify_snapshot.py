"""``manage.py verify_snapshot HASH|FOLDER…``: is every byte as it was?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from exports.models import Snapshot
from exports.snapshots.finding import Unknown, snapshot_found
from exports.snapshots.verifying import Verdict, verify_snapshot
from exports.terminal import progress_shown
from labelling.jobs.command import TeachingCommand
from labelling.jobs.terminal import printable

EXAMPLES = """
Examples:
  verify_snapshot 3f2a9c41be07
      by its hash, or the beginning of it: files in the storage, and the row in the database
  verify_snapshot downloads/gsm8k-3f2a9c41be07
      a folder that it was copied to; no database row is needed
  verify_snapshot --all --json
      every snapshot there is

Exit codes: 0 all as it was, 1 something is not (each fault is told), 2 there is no such snapshot, or wrong options.
"""


class Command(TeachingCommand):
    help = "Read a snapshot's files again and compare each with the hash that the manifest, and its name, give."
    lesson = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("snapshots", nargs="*", metavar="HASH|FOLDER")
        parser.add_argument("--all", action="store_true", help="every snapshot that is known here")
        parser.add_argument("--json", action="store_true", help="one JSON object a snapshot")

    def handle(self, *args: Any, **options: Any) -> None:
        names = list(options["snapshots"])
        if options["all"]:
            names += Snapshot.objects.order_by("pk").values_list("hash", flat=True)
        elif not names:
            raise CommandError("Name a snapshot, or --all.", returncode=2)
        try:
            found = [snapshot_found(name) for name in names]
        except Unknown as error:
            raise CommandError(str(error), returncode=2) from error
        faults = 0
        for one in found:
            with progress_shown("Verifying") as progress:
                verdict = verify_snapshot(one, progress)
            self._tell(verdict, as_json=options["json"])
            faults += len(verdict.faults)
        if faults:
            sys.exit(1)

    def _tell(self, verdict: Verdict, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(verdict), "whole": not verdict.faults}, ensure_ascii=False))
            return
        for fault in verdict.faults:
            self.stderr.write(f"{verdict.snapshot}: {printable(fault)}")
        if not verdict.faults:
            self.stdout.write(f"{verdict.snapshot}: whole ({verdict.files:,} files, {verdict.size:,} bytes)")
