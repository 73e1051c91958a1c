"""``manage.py name_test_set NAME``: problems held out under a name, and what has seen them already."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from exports.models import TestSet
from exports.splits import SALT
from exports.test_sets import Problems, Taint, TestSetRefused, keys_of, of_file, of_held_out, of_split, taint_of
from exports.test_sets import test_set_name as set_name
from labelling.jobs.command import TeachingCommand
from labelling.jobs.terminal import printable

EXAMPLES = """
Examples:
  name_test_set math-500 --problems test.jsonl
      as the paper did it: 500 problems of MATH's test set; one JSON object a line with `problem`
  name_test_set gsm8k-test --share 0.1 --campaign gsm8k
      the test side of a campaign's problems, by the same hash as export_dataset --split
  name_test_set math-500
      one that is named already: again what has seen it

The problems are held out from then on, for good, also those that are imported later: train_prm and every training
format refuse them. Snapshots and models that hold some of them already are listed: figures of such a model on this set
mean nothing. What other tools trained is not known here.

Exit codes: 0 done, 1 refused (the message says why), 2 wrong options.
"""


class Command(TeachingCommand):
    help = "Name a test set, hold its problems out, and list the snapshots and models that hold some of them already."
    lesson = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--problems", metavar="FILE", help="JSON lines with `problem`, or PRM800K rows; .gz too")
        source.add_argument("--share", type=float, metavar="SHARE", help="of all problems, by their hash")
        source.add_argument("--held-out", action="store_true", help="the problems that are held out already")
        parser.add_argument("--salt", default=SALT, metavar="TEXT", help="of --share (default: %(default)s)")
        parser.add_argument("--campaign", metavar="SLUG", help="of --share and --held-out: only its problems")
        parser.add_argument("--dry-run", action="store_true", help="only tell what has seen them")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            problems, source = _problems(options)
            if not options["dry_run"]:
                set_name(name=options["name"], problems=problems, source=source)
        except (TestSetRefused, ValueError) as error:
            raise CommandError(printable(str(error))) from error
        taint = taint_of(problems)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(options["name"], len(problems), taint), ensure_ascii=False))
        else:
            self._tell(options, len(problems), taint)

    def _tell(self, options: dict[str, Any], problems: int, taint: Taint) -> None:
        held = "would be held out" if options["dry_run"] else "are held out"
        self.stdout.write(f"{printable(options['name'])}: {problems:,} problems {held}.")
        for snapshot, count in taint.snapshots:
            self.stdout.write(f"  snapshot {snapshot.short} ({snapshot.format}) holds {count:,} of them")
        for version, count in taint.models:
            self.stdout.write(printable(f"  model {version} was trained on {count:,} of them"))
        if not taint.snapshots and not taint.models:
            self.stdout.write("  No training snapshot and no model trained here holds any of them.")
        for version in taint.unknown:
            self.stdout.write(printable(f"  model {version}: what it was trained on is not known"))


def _problems(options: dict[str, Any]) -> tuple[Problems, str]:
    """The problems, and in words where they are from."""
    campaign = options["campaign"]
    of = f" of {campaign}" if campaign else ""
    if options["problems"]:
        return of_file(options["problems"]), f"file {options['problems']}"
    if options["share"] is not None:
        found = of_split(share=options["share"], salt=options["salt"], campaign=campaign)
        return found, f"share {options['share']}, salt {options['salt']!r}{of}"
    if options["held_out"]:
        return of_held_out(campaign), f"held out{of}"
    known = TestSet.objects.filter(name=options["name"]).first()
    if known is None:
        raise TestSetRefused("There is no such test set yet: say which problems (--problems, --share, --held-out).")
    return dict.fromkeys(keys_of(known)), known.source


def _plain(name: str, problems: int, taint: Taint) -> dict[str, Any]:
    return {
        "name": name,
        "problems": problems,
        "snapshots": [{"hash": one.hash, "format": one.format, "problems": count} for one, count in taint.snapshots],
        "models": [{"model": str(version), "problems": count} for version, count in taint.models],
        "unknown_models": [str(version) for version in taint.unknown],
    }
