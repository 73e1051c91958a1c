"""Writing datasets: chosen in the database, streamed through a format into a file or a folder, all of one moment."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from exports import selectors
from exports.containers.card import CARD, Facts, Part, card_of
from exports.containers.lines import write_lines
from exports.containers.parquet import FOLDER, SHARD_ROWS, Shards
from exports.conversion import Conversion, Group
from exports.formats.schema import arrow_schema
from exports.planning import Plan, planned
from exports.requests import RATERS, Container, ExportRefused, Raters, Request, request_of
from exports.resolving import Resolved
from exports.selectors import Filters
from exports.splits import SALT, TEST_SHARE, Split
from exports.targets import STDOUT, card_beside, file_written, folder_written, target_of
from labelling.rating.selectors import annotations_current

__all__ = [
    "RATERS",
    "STDOUT",
    "ExportRefused",
    "ExportReport",
    "Progress",
    "Run",
    "card_told",
    "export_dataset",
    "lines_written",
    "one_moment",
    "shards_written",
]

Progress = Callable[[int, int], None]
EVERY = 500  # records between two reports of progress


@dataclass(frozen=True)
class Consensus:
    """How several raters' answers became one: method and version, solutions settled, and of these by a person."""

    method: str
    version: int
    solutions: int
    decided: int


@dataclass(frozen=True)
class ExportReport:
    """What an export holds: annotations by finish reason, judged steps by label, and what stayed out and why.

    ``annotations``: those that went in (in ``best-of-n`` samples); ``simulated``: among them by simulated raters.
    ``lines``: rows, by split in ``splits``. ``size``: bytes of the file or of all shards; 0 in a dry run.
    """

    format: str
    output: str
    annotations: int
    finish_reasons: Mapping[str, int]
    labels: Mapping[str, int]
    left_out: Mapping[str, int]
    choices: Mapping[str, str | None] = field(default_factory=dict)
    consensus: Consensus | None = None
    simulated: int = 0
    lines: int = 0
    size: int = 0
    splits: Mapping[str, int] = field(default_factory=dict)


def export_dataset(
    *,
    format: str,
    output: str | Path,
    campaign: str | None = None,
    rounds: Sequence[int] | None = None,
    raters: Raters = "pseudonym",
    include: Collection[str] = (),
    simulated: bool = True,
    split: Split = "all",
    test_share: float = TEST_SHARE,
    salt: str = SALT,
    container: Container = "lines",
    shard_rows: int = SHARD_ROWS,
    unfit: str = "refuse",
    card: bool = True,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    **choices: str | None,
) -> ExportReport:
    """Write the annotations of a campaign (or of all), in the order they were stored, to ``output`` (``-``: stdout).

    ``choices`` are the format's own: ``neutral="positive"``, ``resolve="majority"`` and so on (docs/formats).
    ``include`` names what is left out otherwise: ``give_up``, ``bad_problem``, ``late``, ``gold``, ``screening``;
    annotations of held-out problems go into evaluation sets only, on request, and what was voided or replaced by a
    correction into none. ``simulated``: those of simulated raters too. ``split``: of the problems the ``train`` or
    ``test`` side, told by a hash with ``salt``; ``test_share``: of all problems. ``unfit="leave-out"``: what the
    format cannot hold stays out, counted. ``card``: write one beside a file. ``progress`` is called with (done, total)
    records. The same rows and options give the same bytes; the file, or folder, appears when it is whole.

    Raises ``ExportRefused``, before anything is written where it can.
    """
    filters = Filters(campaign, rounds, frozenset(include), simulated, split, test_share, salt)
    request = request_of(
        format=format,
        choices=choices,
        filters=filters,
        raters=raters,
        container=container,
        unfit=unfit,
    )
    target = target_of(output, container=container, force=force, dry_run=dry_run)
    with one_moment():
        run = Run(planned(request), str(output), progress)
        if dry_run:
            return run.through(lambda _, groups: sum(0 for _ in groups))  # all but the writing
        if container == "parquet":
            assert target is not None  # noqa: S101  target_of has refused standard output
            return _into_folder(run, target, shard_rows)
        return _into_file(run, target, card=card)


@contextmanager
def one_moment() -> Iterator[None]:
    """Counts and rows of the same moment, however long the export takes and whatever raters submit meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Run:
    """One export: all its records through the conversion, split by split, and the report of it."""

    def __init__(self, plan: Plan, output: str, progress: Progress | None) -> None:
        self.plan = plan
        self.output = output
        self.progress = progress
        self.conversion = Conversion(plan.request, answers=plan.answers)
        self.done = 0

    def through(self, write: Callable[[str, Iterator[Group]], int]) -> ExportReport:
        """``write`` takes a split's name and its groups, and returns the bytes that it wrote."""
        splits: dict[str, int] = {}
        size = 0
        for name, source in self.plan.parts:
            before = self.conversion.rows
            with closing(self._groups(source)) as groups:
                size += write(name, self._told(groups))
            splits[name] = self.conversion.rows - before
        return self._report(splits, size)

    def _groups(self, source: Any) -> Generator[Group]:
        if self.plan.request.writer.source == "samples":
            return self.conversion.of_samples(source)
        return self.conversion.of_annotations(source)

    def _told(self, groups: Iterator[Group]) -> Iterator[Group]:
        for group in groups:
            yield group
            self.done += 1
            if self.progress is not None and (self.done % EVERY == 0 or self.done == self.plan.total):
                self.progress(self.done, self.plan.total)

    def _report(self, splits: Mapping[str, int], size: int) -> ExportReport:
        plan, lost = self.plan, self.conversion.left_out
        tally, resolved = plan.tally, plan.resolved
        if len(self.conversion.lost):
            chosen = plan.parts[0][1] if len(plan.parts) == 1 else annotations_current()
            tally = tally.without(selectors.tally(selectors.named(chosen, self.conversion.lost)))
        left_out = {why: plan.left_out.get(why, 0) + lost[why] for why in {**plan.left_out, **lost}}
        return ExportReport(
            format=plan.request.writer.name,
            output=self.output,
            annotations=plan.total - lost.total(),
            finish_reasons=tally.finish_reasons,
            labels=tally.labels,
            left_out=left_out,
            choices=plan.request.choices,
            consensus=None if resolved is None else _consensus(resolved),
            simulated=tally.simulated,
            lines=self.conversion.rows,
            size=size,
            splits=splits,
        )


def _consensus(resolved: Resolved) -> Consensus:
    return Consensus(resolved.method, resolved.version, resolved.solutions, len(resolved.by_person))


def _into_file(run: Run, target: Path | None, *, card: bool) -> ExportReport:
    with file_written(target) as file:

        def write(_: str, groups: Iterator[Group]) -> int:
            return sum(write_lines(file, group.rows) for group in groups if group.rows)

        report = run.through(write)
    if target is None:
        return report
    report = replace(report, size=target.stat().st_size)
    if card:
        part = Part(next(iter(report.splits)), target.name, report.lines, report.size)
        with file_written(card_beside(target)) as file:
            file.write(card_told(run.plan.request, report, [part]).encode())
    else:
        card_beside(target).unlink(missing_ok=True)  # of what the file held before
    return report


def _into_folder(run: Run, target: Path, shard_rows: int) -> ExportReport:
    with folder_written(target) as folder:
        report, parts = shards_written(run, folder, shard_rows)
        (folder / CARD).write_text(card_told(run.plan.request, report, parts))
    return report


def shards_written(run: Run, folder: Path, shard_rows: int = SHARD_ROWS) -> tuple[ExportReport, list[Part]]:
    """All splits as Parquet. Raises ``ExportRefused``, also where there is no row at all."""
    request = run.plan.request
    schema = arrow_schema(request.writer.shape(request.choices))
    parts: list[Part] = []

    def write(split: str, groups: Iterator[Group]) -> int:
        shards = Shards(folder, split, schema, shard_rows)
        for group in groups:
            shards.write(group.rows, group.weight)
        size = sum(path.stat().st_size for path in shards.close())
        if shards.rows:
            parts.append(Part(split, f"{FOLDER}/{split}-*", shards.rows, size))
        return size

    report = run.through(write)
    if not parts:
        raise ExportRefused(f"There is no row to write: {_counts(report.left_out)}.")
    return report, parts


def lines_written(run: Run, folder: Path) -> tuple[ExportReport, list[Part]]:
    """Each split as a file of lines in a folder. Raises ``ExportRefused``, also where there is no row at all."""
    parts: list[Part] = []
    (folder / FOLDER).mkdir()

    def write(split: str, groups: Iterator[Group]) -> int:
        before, path = run.conversion.rows, folder / FOLDER / f"{split}.jsonl"
        with path.open("wb") as file:
            size = sum(write_lines(file, group.rows) for group in groups if group.rows)
        if rows := run.conversion.rows - before:
            parts.append(Part(split, f"{FOLDER}/{path.name}", rows, size))
        else:
            path.unlink()
        return size

    report = run.through(write)
    if not parts:
        raise ExportRefused(f"There is no row to write: {_counts(report.left_out)}.")
    return report, parts


def _counts(counts: Mapping[str, int]) -> str:
    left_out = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if count)
    return f"left out: {left_out}" if left_out else "no annotation is chosen"


def card_told(request: Request, report: ExportReport, parts: Sequence[Part]) -> str:
    """The dataset's card."""
    writer, filters = request.writer, request.filters
    made = {
        "format": writer.name,
        "choices": report.choices,
        "filters": {**asdict(filters), "include": sorted(filters.include)},
        "raters": request.raters,
        "consensus": report.consensus and asdict(report.consensus),
        "scores": request.scorers and request.scorers.words,
    }
    options = [(option.name, report.choices[option.name], option) for option in writer.options]
    facts = Facts(
        title=f"{filters.campaign or 'All campaigns'}: {writer.name}",
        description=writer.description,
        shape=writer.shape(request.choices),
        parts=parts,
        made=made,
        counts={
            "annotations" if writer.source == "annotations" else "samples": {"in all": report.annotations},
            "finish reasons": report.finish_reasons,
            "judged steps": report.labels,
            "by simulated raters": {"annotations": report.simulated},
            "left out": report.left_out,
        },
        options=[
            (name, "not needed" if value is None else value, option.values.get(value or "", option.help))
            for name, value, option in options
        ],
    )
    return card_of(facts)
