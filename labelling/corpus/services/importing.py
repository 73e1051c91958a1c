"""The run of an import: lines to records, records to batches, and the tally."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.text import get_valid_filename

from labelling.corpus.importers import BadLine, ImportContext, Line, SampleRecord, ScoreRecord
from labelling.corpus.importers.checks import within_bounds
from labelling.corpus.importers.records import Record
from labelling.corpus.models import ImportBatch
from labelling.corpus.services.batches import Batch, Counts, Entry
from labelling.corpus.services.rejects import Rejects
from labelling.corpus.services.sources import Source
from labelling.corpus.services.store import batch_store, statistics_refresh
from labelling.jobs.ahead import Ahead

MANY = 1_000  # new rows after which the tables' statistics are made again


@dataclass
class ImportReport:
    """The tally so far. ``bytes_read``: of the files' own bytes, all files together."""

    rejects: Rejects
    lines: int = 0
    bytes_read: int = 0
    counts: Counts = field(default_factory=Counts)

    @property
    def rejected(self) -> int:
        return self.rejects.count


def solutions_import(
    *,
    sources: Sequence[Source],
    context: ImportContext,
    campaign: str = "",
    rejects: Path | None = None,
    watch: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Store all samples and scores of the files, a batch a transaction; ``watch`` sees the tally after each.

    Their problems join the campaign's pool. Bad lines go to ``rejects`` (default: a new file under var/rejects).
    """
    names = [storable(source.path) for source in sources]
    report = ImportReport(Rejects(rejects or rejects_path_default(names[0])))
    formats = ",".join(sorted({source.format for source in sources}))
    row = ImportBatch.objects.create(files=names, format=formats)
    try:
        with Ahead(_batches(sources, context), thread=all(source.size is not None for source in sources)) as batches:
            for batch in batches:
                batches.begin()
                _store(batch, row, campaign, report)
                if watch is not None:
                    watch(report)
        if report.counts.samples_added + report.counts.scores_added >= MANY:
            statistics_refresh()
    finally:
        report.rejects.close()
    row.lines, row.finished_at = report.lines, timezone.now()
    row.save(update_fields=["lines", "finished_at"])
    return report


def storable(path: str) -> str:
    """File names are bytes: write those that are not text so that a database can hold them."""
    return path.encode(errors="backslashreplace").decode()


def rejects_path_default(name: str) -> Path:
    stamp = timezone.now().strftime("%Y%m%dT%H%M%S.%fZ")
    stem = get_valid_filename(Path(name).name.partition(".")[0] or "import") if name != "-" else "stdin"
    folder: Path = settings.VAR / "rejects"
    return folder / f"{stem}-{stamp}.jsonl"


def _store(batch: Batch, row: ImportBatch, campaign: str, report: ImportReport) -> None:
    outcome = batch_store(batch=batch, import_id=row.pk, campaign=campaign)
    report.lines += batch.lines
    report.bytes_read = batch.bytes_read
    report.counts.add(outcome.counts)
    if report.rejects.add_all(batch.bad + outcome.refused):
        row.rejected, row.rejects_file = report.rejected, storable(str(report.rejects.path))
        row.save(update_fields=["rejected", "rejects_file"])


def _batches(sources: Sequence[Source], context: ImportContext) -> Iterator[Batch]:
    """Yield the files' records in batches of whole lines."""
    batch, before = Batch(), 0
    for source in sources:
        for line in source.lines():
            _take(line, source, context, batch)
            batch.bytes_read = before + line.bytes_read
            if batch.is_full:
                yield batch
                batch = Batch()
        before += source.size or 0
    if batch.lines:
        yield batch


def _take(line: Line, source: Source, context: ImportContext, batch: Batch) -> None:
    """Put a line's records into the batch, or the line among its bad ones."""
    batch.lines += 1
    batch.bytes += len(line.raw or b"")
    try:
        records = _records(line, source, context)
    except BadLine as error:
        batch.bad.append((source.path, line, str(error)))
        return
    for record in records:
        if isinstance(record, SampleRecord):
            batch.samples.append(Entry(source.path, line, record))
            batch.bytes += 0 if line.raw else 2 * len(record.text)  # rows of Parquet have no raw line
        elif isinstance(record, ScoreRecord):
            batch.scores.append(Entry(source.path, line, record))


def _records(line: Line, source: Source, context: ImportContext) -> list[Record]:
    if line.obj is None:
        raise BadLine(line.error or "not readable")
    records = list(source.importer.parse(line.obj, context))
    for record in records:
        if isinstance(record, SampleRecord):
            within_bounds(record)
    return records
