"""Bad lines of the files that commands read: where they go, what is told of them, and whether they matter."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from django.core.management.base import CommandError, OutputWrapper

from labelling.corpus.services.rejects import Rejects
from labelling.jobs.terminal import printable


class Report(Protocol):
    """What every import tells of its bad lines."""

    rejects: Rejects

    @property
    def rejected(self) -> int: ...


def rejects_arguments(parser: ArgumentParser) -> None:
    """The files to read, and what to do with their bad lines."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=".jsonl, .json (also .gz, .zst), .parquet; - for stdin"
    )
    parser.add_argument("--rejects", metavar="PATH", help="where bad lines go (default: a new file in var/rejects)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if any line is bad")


def rejects_path(path: str | None, files: Sequence[str]) -> Path | None:
    """Where bad lines are to go; None for the default. Raises CommandError where that would overwrite what is read."""
    if path is None:
        return None
    rejects = Path(path)
    if rejects.is_dir():
        raise CommandError(f"--rejects {path} is a folder; name a file.")
    if rejects.resolve() in {Path(file).resolve() for file in files}:
        raise CommandError(f"--rejects {path} is one of the files to import.")
    return rejects


def rejects_tell(report: Report, stderr: OutputWrapper) -> None:
    """The first bad lines with their reasons, and where all of them are."""
    if not report.rejected:
        return
    shown = report.rejects.shown
    stderr.write("\n".join(printable(line) for line in shown))
    more = f"… and {report.rejected - len(shown):,} more. " if report.rejected > len(shown) else ""
    stderr.write(printable(f"{more}Bad lines, whole and with their reasons: {report.rejects.path}"))


def rejects_refuse(report: Report) -> None:
    """For --strict. Raises CommandError where a line was bad."""
    if report.rejected:
        raise CommandError(f"{report.rejected:,} bad lines, and --strict was asked for.")
