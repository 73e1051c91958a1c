"""The run of reading labelled files back: each batch of judgements into the database, and the tally."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from labelling.corpus.importers import Line
from labelling.corpus.models import ImportBatch
from labelling.corpus.services import ImportProblem
from labelling.corpus.services.importing import rejects_path_default, storable
from labelling.corpus.services.rejects import Rejects
from labelling.corpus.services.sources import read
from labelling.corpus.services.store import statistics_refresh
from labelling.jobs.ahead import Ahead, seldom_collecting
from labelling.pipeline.readback.batches import Batch
from labelling.pipeline.readback.outcome import Counts, Terms
from labelling.pipeline.readback.reading import batches_of
from labelling.pipeline.readback.store import batch_store
from labelling.pipeline.readers import READERS, ReadContext, reader_of
from labelling.prm.services import model_register
from labelling.rating.models import Annotation, Assignment
from labelling.rounds.models import Campaign, Item
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
        statistics_refresh(*(model._meta.db_table for model in (Item, Assignment, Annotation)))
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
        made = batches_of(file.lines(), file.path, file.format, context, campaign.slug, held_out=wanted.held_out)
        with Ahead(made, thread=file.size is not None) as batches, seldom_collecting():
            for batch in batches:
                _store(batch, terms, report, batches.begin)
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


def _store(batch: Batch, terms: Terms, report: ReadbackReport, meanwhile: Callable[[], None]) -> None:
    outcome = batch_store(batch, terms, meanwhile)
    report.lines += batch.lines
    report.counts.add(outcome.counts)
    report.rejects.add_all(batch.bad + outcome.refused)
