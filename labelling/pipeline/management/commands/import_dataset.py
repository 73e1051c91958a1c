"""``manage.py import_dataset FILE… --campaign SLUG``: labelled files read back, their raters kept."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from labelling.corpus.services import ImportProblem
from labelling.jobs.command import TeachingCommand
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on
from labelling.pipeline.readback.importing import (
    AUTO,
    FORMATS,
    GOLD,
    LabelledFile,
    ReadbackReport,
    Wanted,
    dataset_import,
    files_open,
)
from labelling.pipeline.readers import READERS
from labelling.pipeline.rejects import rejects_arguments, rejects_path, rejects_refuse, rejects_tell
from labelling.pipeline.services import gradings_create
from labelling.pipeline.terminal import reading_shown

TOLD = "\n".join(f"  {name:<14} {reader.summary}" for name, reader in READERS.items())
LESSON = f"""
Formats:
{TOLD}
  {GOLD:<14} native lines with `acceptable`: gold for the campaign's rounds, as by import_gold

Each judgement becomes an annotation of the campaign (made if new), in a closed round of its generation; every export
takes it. Raters get accounts that nobody can sign in with, and appear in exports under a pseudonym; export_dataset
--raters original gives PRM800K's lines back byte for byte. Importing again adds only what is new. The problems join
no pool: nobody is asked to label them.

Examples:
  import_dataset phase2_train.jsonl --campaign prm800k
  import_dataset labels.jsonl.zst more.jsonl.gz --campaign mixed --dry-run
  zcat labels.gz | import_dataset - --format prm800k --campaign mixed --rejects bad.jsonl

Exit codes: 0 done, 1 nothing could be imported, or a line was bad and --strict was given, 2 wrong options.
"""


class Command(TeachingCommand):
    help = "Read labelled files back: raters, times and every rating are kept."
    lesson = LESSON

    def add_arguments(self, parser: ArgumentParser) -> None:
        rejects_arguments(parser)
        parser.add_argument("--campaign", metavar="SLUG", required=True, help="whose annotations they become")
        parser.add_argument(
            "--format", metavar="NAME", default=AUTO, help=f"{', '.join(FORMATS)} (default: auto, by the first lines)"
        )
        parser.add_argument("--rater", metavar="NAME", help="who judged, where the file names nobody")
        parser.add_argument("--held-out", action="store_true", help="the problems are a test set: never trained on")
        parser.add_argument("--no-grade", action="store_true", help="leave the final answers ungraded")
        parser.add_argument("--dry-run", action="store_true", help="go through it all, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Wanted(options["campaign"], options["rater"], options["held_out"], options["dry_run"])
        try:
            files = files_open(files=options["files"], format_name=options["format"])
            if any(file.format == GOLD for file in files):
                self._golds(files, options)
                return
            with reading_shown(console_on(self.stderr), _size(files)) as read:
                report = dataset_import(
                    files=files,
                    wanted=wanted,
                    rejects=rejects_path(options["rejects"], options["files"]),
                    watch=lambda tally: read(tally.lines, tally.bytes_read),
                )
        except ImportProblem as error:
            raise CommandError(str(error)) from error
        self._tell(report, wanted)
        if not wanted.dry_run and not options["no_grade"]:
            for job in gradings_create():
                job_enqueue(job)
        if not report.counts.annotations_added + report.counts.annotations_known:
            raise CommandError("Nothing could be imported.")
        if options["strict"]:
            rejects_refuse(report)

    def _golds(self, files: list[LabelledFile], options: dict[str, Any]) -> None:
        if any(file.format != GOLD or file.size is None for file in files) or options["dry_run"]:
            raise CommandError("Gold is imported from files of its own, whole: by import_gold, or without other files.")
        kept = {name: options[name] for name in ("campaign", "rejects", "strict")}
        call_command("import_gold", *options["files"], stdout=self.stdout, stderr=self.stderr, **kept)

    def _tell(self, report: ReadbackReport, wanted: Wanted) -> None:
        counts = report.counts
        did = "Would add" if wanted.dry_run else "Added"
        self.stdout.write(
            f"{did} {counts.annotations_added:,} annotations ({counts.steps_added:,} rated steps) to "
            f"{wanted.campaign}: {counts.raters_added:,} new raters, {counts.rounds_added:,} new rounds, "
            f"{counts.problems_added:,} new problems, {counts.solutions_added:,} new solutions."
        )
        if counts.annotations_known:
            nothing = "" if counts.annotations_added else " Nothing new."
            self.stdout.write(f"{counts.annotations_known:,} were there already.{nothing}")
        self.stdout.write(f"{report.lines:,} lines read, {report.rejected:,} set aside.")
        rejects_tell(report, self.stderr)


def _size(files: list[LabelledFile]) -> int | None:
    """Bytes of all files; None where one is standard input, which has no end to tell."""
    sizes = [file.size for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)
