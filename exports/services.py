"""Writing datasets: selected in the database, streamed into a side file, and put in place when whole."""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, Literal

from django.db import connection, transaction

from exports import selectors
from exports.formats import FORMATS, Format
from exports.records import BadRecord
from labelling.rounds.models import Campaign, Round

Raters = Literal["pseudonym", "original"]
Progress = Callable[[int, int], None]
RATERS: Final = ("pseudonym", "original")
STDOUT: Final = "-"


class ExportRefused(Exception):
    """The export cannot be made as asked; the message says why and what to do."""


@dataclass(frozen=True)
class ExportReport:
    """What an export holds: annotations by finish reason, judged steps by label, and what stayed out and why.

    ``simulated``: annotations among them by simulated raters.
    ``lines`` and ``size`` (bytes) are what was written; both are 0 in a dry run.
    """

    format: str
    output: str
    annotations: int
    finish_reasons: Mapping[str, int]
    labels: Mapping[str, int]
    left_out: Mapping[str, int]
    simulated: int = 0
    lines: int = 0
    size: int = 0


def export_dataset(
    *,
    format: str,
    output: str | Path,
    campaign: str | None = None,
    rounds: Sequence[int] | None = None,
    raters: Raters = "pseudonym",
    include: Collection[str] = (),
    simulated: bool = True,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write the annotations of a campaign (or of all), in the order they were stored, to ``output`` (``-``: stdout).

    ``include`` names what is left out otherwise: ``give_up``, ``bad_problem``, ``late``, ``gold``, ``screening``;
    annotations of held-out problems always are, and so is what was voided or replaced by a correction. ``simulated``:
    those of simulated raters too. ``progress`` is called with (done, total) annotations. The same rows and options
    give the same bytes; the file appears when it is whole.

    Raises ``ExportRefused``, before anything is written where it can.
    """
    writer = _checked(format=format, campaign=campaign, rounds=rounds, raters=raters, include=include)
    target = _target(output, force=force, dry_run=dry_run)
    with one_moment():
        selection = selectors.select(campaign=campaign, rounds=rounds, include=include, simulated=simulated)
        report = ExportReport(
            format=format,
            output=str(output),
            annotations=selection.total,
            finish_reasons=selection.finish_reasons,
            labels=selectors.label_counts(selection.chosen),
            left_out=selection.left_out,
            simulated=selection.simulated,
        )
        if dry_run:
            return report
        with _opened(target) as file:
            lines, size = _write(file, _lines(selection, writer, raters), total=selection.total, progress=progress)
    return replace(report, lines=lines, size=size)


def _checked(
    *,
    format: str,
    campaign: str | None,
    rounds: Sequence[int] | None,
    raters: str,
    include: Collection[str],
) -> Format:
    if format not in FORMATS:
        raise ExportRefused(f"There is no format {format!r}; there is {', '.join(FORMATS)}.")
    if raters not in RATERS:
        raise ExportRefused(f"Raters go out as {' or '.join(RATERS)}, not {raters!r}.")
    if unknown := sorted(set(include) - set(selectors.INCLUDABLE)):
        raise ExportRefused(f"Cannot include {', '.join(unknown)}; only {', '.join(selectors.INCLUDABLE)}.")
    if campaign is not None and not Campaign.objects.filter(slug=campaign).exists():
        known = ", ".join(Campaign.objects.values_list("slug", flat=True)) or "none yet"
        raise ExportRefused(f"There is no campaign {campaign!r} (there is: {known}).")
    if rounds is not None:
        _check_rounds(campaign, rounds)
    return FORMATS[format]


def _check_rounds(campaign: str | None, rounds: Sequence[int]) -> None:
    if campaign is None:
        raise ExportRefused("Rounds are numbered within a campaign: name the campaign too.")
    known = Round.objects.filter(campaign__slug=campaign, number__in=rounds).values_list("number", flat=True)
    if missing := sorted(set(rounds) - set(known)):
        raise ExportRefused(f"Campaign {campaign!r} has no round {', '.join(map(str, missing))}.")


def _target(output: str | Path, *, force: bool, dry_run: bool) -> Path | None:
    """Where the file is to lie, links followed; None for standard output."""
    if str(output) == STDOUT:
        return None
    target = Path(os.path.realpath(output))
    if dry_run:
        return target
    if target.exists() and not target.is_file():
        raise ExportRefused(f"{output} is not a regular file; give a file's path, or - for standard output.")
    if target.exists() and not force:
        raise ExportRefused(f"{output} exists already; --force replaces it.")
    if not target.parent.is_dir():
        raise ExportRefused(f"There is no folder {target.parent}; make it first.")
    return target


@contextmanager
def one_moment() -> Iterator[None]:
    """Counts and rows of the same moment, however long the export takes and whatever raters submit meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _opened(target: Path | None) -> Iterator[IO[bytes]]:
    """A side file that takes the target's name once it is whole and on the disk, or standard output."""
    if target is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    side = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with side.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        side.replace(target)
    finally:
        side.unlink(missing_ok=True)


def _lines(selection: selectors.Selection, writer: Format, raters: str) -> Iterator[Sequence[str]]:
    """The lines of each annotation in turn. A document that is itself the line goes through untouched."""
    for pk, document, pseudonym, own in selectors.documents(selection.chosen):
        if writer.takes_documents and (own or raters == "original"):
            yield (document,)
        else:
            yield _converted(pk, document, writer, labeler=None if raters == "original" else pseudonym)


def _converted(pk: int, document: str, writer: Format, *, labeler: str | None) -> Sequence[str]:
    try:
        record = FORMATS["prm800k"].read(document)
    except BadRecord as error:
        raise ExportRefused(f"Annotation {pk} is no PRM800K row: {error}") from error
    return tuple(writer.write(record if labeler is None else replace(record, labeler=labeler)))


def _write(
    file: IO[bytes], lines: Iterator[Sequence[str]], *, total: int, progress: Progress | None
) -> tuple[int, int]:
    written = size = 0
    for done, group in enumerate(lines, start=1):
        for line in group:
            size += file.write(line.encode() + b"\n")
        written += len(group)
        if progress is not None and (done % selectors.CHUNK == 0 or done == total):
            progress(done, total)
    return written, size
