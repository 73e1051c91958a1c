"""The run of reading labelled files back: lines to judgements, judgements to batches, and the tally."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from labelling.corpus.importers import BadLine, Line
from labelling.corpus.models import ImportBatch
from labelling.corpus.services import ImportProblem
from labelling.corpus.services.importing import ahead, rejects_path_default, storable
from labelling.corpus.services.rejects import Rejects
from labelling.corpus.services.sources import read
from labelling.corpus.services.store import statistics_refresh
from labelling.pipeline.readback.batches import Batch, Counts, Entry, Terms, uuid_of
from labelling.pipeline.readback.store import batch_store
from labelling.pipeline.readers import READERS, Judgement, ReadContext, Reader, reader_of
from labelling.prm.services import model_register
from labelling.rounds.models import Campaign
from labelling.rounds.services import campaign_get_or_create

AUTO = "auto"
GOLD = "gold"  # native lines whose first error is known: no judgements, so ``pipeline.golds`` takes them
FORMATS = (AUTO, *READERS, GOLD)
MODEL = "imported labels"  # what stands for the model of rounds that were labelled elsewhere
PEEKED = 100
MANY = 1_000


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """``size`` in bytes; None for standard input."""

    path: str
    size: int | None
    format: str
    lines: Callable[[], Iterator[Line]]


@dataclass
class ReadbackReport:
    """The tally so far. ``bytes_read``: of the files' own bytes. ``finish_reasons`` … of what was added."""

    rejects: Rejects
    lines: int = 0
    bytes_read: int = 0
    counts: Counts = field(default_factory=Counts)

    @property
    def rejected(self) -> int:
        return self.rejects.count


@dataclass(frozen=True)
class Wanted:
    """``labeler``: who judged, where a file names nobody (default: its format). ``dry_run``: write nothing."""

    campaign: str
    labeler: str | None = None
    held_out: bool = False
    dry_run: bool = False


def files_open(*, files: Sequence[str], format_name: str = AUTO) -> list[LabelledFile]:
    """Look at the files. Raises ImportProblem for one that cannot be read or whose format is not known."""
    if format_name not in FORMATS:
        raise ImportProblem(f"Unknown format {format_name!r}; there are {', '.join(FORMATS)}.")
    if files.count("-") > 1:
        raise ImportProblem("Standard input (-) can be read once only.")
    return [_file(path, format_name) for path in files]


def _file(path: str, format_name: str) -> LabelledFile:
    lines = read(path, exact=True)
    peeked = list(islice(lines, PEEKED if format_name == AUTO else 1))
    objects = [line.obj for line in peeked if line.obj is not None]
    name = next(filter(None, map(_told, objects)), None) if format_name == AUTO else format_name
    if name is None:
        first = next((line for line in peeked if line.error), None)
        why = f" (line {first.number}: {first.error})" if first else ""
        choices = "|".join(FORMATS[1:])
        raise ImportProblem(
            f"{path}: its format cannot be told from its first lines{why}; name it: --format {choices}."
        )
    if path == "-":
        return LabelledFile(path, None, name, partial(chain, peeked, lines))
    return LabelledFile(path, Path(path).stat().st_size, name, partial(read, path, exact=True))


def _told(obj: dict[str, object]) -> str | None:
    return GOLD if "acceptable" in obj and "steps" in obj else reader_of(obj)


def dataset_import(
    *,
    files: Sequence[LabelledFile],
    wanted: Wanted,
    rejects: Path | None = None,
    watch: Callable[[ReadbackReport], None] | None = None,
) -> ReadbackReport:
    """Store every judgement of the files as an annotation of the campaign, which is made where it is new.

    A batch a transaction; ``watch`` sees the tally after each. Bad lines go to ``rejects``. Raises ImportProblem.
    """
    report = ReadbackReport(Rejects(rejects or rejects_path_default(files[0].path)))
    try:
        if wanted.dry_run:
            with transaction.atomic():
                _run(files, wanted, report, watch)
                transaction.set_rollback(True)
        else:
            _run(files, wanted, report, watch)
    finally:
        report.rejects.close()
    if report.counts.annotations_added >= MANY and not wanted.dry_run:
        statistics_refresh()
    return report


def _run(
    files: Sequence[LabelledFile],
    wanted: Wanted,
    report: ReadbackReport,
    watch: Callable[[ReadbackReport], None] | None,
) -> None:
    campaign = _campaign(wanted.campaign)
    _, version = model_register(name=MODEL, backend="recorded", config={"scorer": MODEL})
    before = 0
    for file in files:
        row = ImportBatch.objects.create(files=[storable(file.path)], format=file.format)
        moment = timezone.now()
        terms = Terms(campaign, file.format, version.pk, row.pk, moment, wanted.held_out)
        context = ReadContext(moment, wanted.labeler or file.format, _folder(file.path))
        batches = _batches(file, context, campaign.slug)
        for batch in batches if file.size is None else ahead(batches):
            _store(batch, terms, report)
            report.bytes_read = before + batch.bytes_read
            if watch is not None:
                watch(report)
            row.lines += batch.lines
        before += file.size or 0
        row.finished_at, row.rejected = timezone.now(), report.rejected
        row.rejects_file = storable(str(report.rejects.path)) if report.rejected else ""
        row.save(update_fields=["lines", "finished_at", "rejected", "rejects_file"])


def _folder(path: str) -> str:
    return "" if path == "-" else storable(Path(path).resolve().parent.name)


def _campaign(slug: str) -> Campaign:
    try:
        campaign, _ = campaign_get_or_create(slug=slug)
    except ValidationError as error:
        raise ImportProblem(f"--campaign {slug}: {' '.join(error.messages)}") from error
    return campaign


def _store(batch: Batch, terms: Terms, report: ReadbackReport) -> None:
    outcome = batch_store(batch, terms)
    report.lines += batch.lines
    report.counts.add(outcome.counts)
    by_line: dict[tuple[str, int], tuple[Line, list[str]]] = {}
    for path, line, reason in batch.bad + outcome.refused:
        by_line.setdefault((path, line.number), (line, []))[1].append(reason)
    for (path, _), (line, reasons) in sorted(by_line.items(), key=lambda one: one[0]):
        report.rejects.add(file=path, line=line, reasons=reasons)
    if by_line:
        report.rejects.flush()


def _batches(file: LabelledFile, context: ReadContext, campaign: str) -> Iterator[Batch]:
    batch, reader = Batch(), READERS[file.format]
    for line in file.lines():
        batch.lines += 1
        batch.bytes_read = line.bytes_read
        try:
            for judged in _judgements(line, reader, context):
                uuid = uuid_of(campaign, file.format, judged.identity)
                batch.entries.append(Entry(file.path, line, judged, uuid))
                batch.bytes += 3 * len(judged.document)  # the line, what was decoded of it, and the document
        except BadLine as error:
            batch.bad.append((file.path, line, str(error)))
            batch.bytes += len(line.raw or b"")
        if batch.is_full:
            yield batch
            batch = Batch()
    if batch.lines:
        yield batch


def _judgements(line: Line, reader: Reader, context: ReadContext) -> list[Judgement]:
    if line.raw is not None and b"\x00" in line.raw:
        raise BadLine("holds a NUL character (U+0000): remove it")
    if line.obj is None:
        raise BadLine(line.error or "not readable")
    return list(reader.parse(line.obj, line, context))
