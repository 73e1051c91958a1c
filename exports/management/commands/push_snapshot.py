"""``manage.py push_snapshot HASH --repo ORGANISATION/NAME``: a snapshot onto the Hugging Face hub."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from exports.snapshots.finding import Unknown, snapshot_found
from exports.snapshots.hub import PushRefused, push_snapshot
from labelling.jobs.command import TeachingCommand
from labelling.jobs.terminal import printable

EXAMPLES = """
Examples:
  push_snapshot 3f2a9c41be07 --repo my-team/gsm8k-steps
      into a private dataset there, made where there is none; datasets.load_dataset("my-team/gsm8k-steps") reads it
  push_snapshot 3f2a9c41be07 --repo my-team/gsm8k-steps --public
      for everybody to see, if the dataset is new: fill in the licence in its card

The token comes from HF_TOKEN, or from huggingface-cli login; HF_ENDPOINT names another hub. Needs huggingface_hub.

Exit codes: 0 done, 1 refused or failed (the message says why), 2 there is no such snapshot, or wrong options.
"""


class Command(TeachingCommand):
    help = "Bring a snapshot's files, card and manifest to a dataset on the Hugging Face hub, as one commit."
    lesson = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("snapshot", metavar="HASH")
        parser.add_argument("--repo", required=True, metavar="ORGANISATION/NAME")
        parser.add_argument("--public", action="store_true", help="make a new dataset public (default: private)")
        parser.add_argument("--endpoint", metavar="URL", help="another hub than HF_ENDPOINT or huggingface.co")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = snapshot_found(options["snapshot"])
        except Unknown as error:
            raise CommandError(str(error), returncode=2) from error
        if found.stored is None:
            raise CommandError("A folder cannot be pushed: name a snapshot of this database.", returncode=2)
        try:
            url = push_snapshot(
                found.stored, repo=options["repo"], private=not options["public"], endpoint=options["endpoint"]
            )
        except (PushRefused, OSError) as error:
            raise CommandError(printable(str(error))) from error
        self.stdout.write(url)
