"""Making a snapshot: written aside, hashed, brought to the storage, and a row only when all of it lies there."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

import exports
from exports.containers.card import CARD
from exports.models import Snapshot, SnapshotProblem
from exports.planning import planned
from exports.requests import Container, ExportRefused, Raters, Request, request_of
from exports.selectors import Filters
from exports.services import (
    ExportReport,
    Progress,
    Run,
    card_told,
    lines_written,
    one_moment,
    shards_written,
)
from exports.snapshots.ledger import Summary, ledger_written
from exports.snapshots.manifest import (
    LEDGER,
    MANIFEST,
    SCHEMA,
    code_version,
    decoded,
    digest,
    digest_of,
    encoded,
    file_facts,
)
from exports.snapshots.storage import opener, put, store
from labelling.jobs.copy import copy_rows
from labelling.jobs.models import Job
from labelling.jobs.services import job_create, job_run, progress_beside

KIND: Final = "snapshot"
TASK: Final = "exports.tasks.build_snapshot"
LONGEST_TITLE: Final = 200


@dataclass(frozen=True, kw_only=True)
class Wanted(Filters):
    """What is to be frozen, as plain values that a job can keep: filters, and fields as in ``export_dataset``."""

    format: str
    choices: Mapping[str, str | None] = field(default_factory=dict)
    raters: Raters = "pseudonym"
    container: Container = "lines"
    unfit: str = "refuse"
    title: str = ""

    def request(self) -> Request:
        """Raises ``ExportRefused``."""
        asked: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(Filters)}
        rounds = None if self.rounds is None else tuple(sorted(set(self.rounds)))
        return request_of(
            format=self.format,
            choices=self.choices,
            filters=Filters(**{**asked, "rounds": rounds, "include": frozenset(self.include)}),
            raters=self.raters,
            container=self.container,
            unfit=self.unfit,
            folder=True,
        )


def snapshot_job_create(*, wanted: Wanted, user: Any = None) -> Job:
    """A job that builds it; the caller enqueues it, or runs it. Raises ``ExportRefused`` where it cannot be made."""
    wanted.request()
    if len(wanted.title) > LONGEST_TITLE:
        raise ExportRefused(f"A title has at most {LONGEST_TITLE} characters.")
    params = {**asdict(wanted), "include": sorted(wanted.include), "choices": dict(wanted.choices)}
    return job_create(kind=KIND, task=TASK, params=params, user=user)


def snapshot_job_run(*, job_id: int, progress: Progress | None = None) -> Snapshot | None:
    """Build what the job asks for; None where somebody else does. Killed in the middle, it is simply run again."""
    with job_run(job_id=job_id) as running:
        if running is None:
            return None
        work = settings.VAR / "work" / f"snapshot-{job_id}"
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        work.mkdir(parents=True)
        try:
            with progress_beside(job_id) as told:

                def both(done: int, total: int) -> None:
                    told(done, total)
                    if progress is not None:
                        progress(done, total)

                made = snapshot_build(Wanted(**running.job.params), work, both, user=running.job.created_by)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        running.report(done=made.rows, total=made.rows, message=made.hash)
    return made


def snapshot_build(wanted: Wanted, work: Path, progress: Progress, *, user: Any = None) -> Snapshot:
    """Build in an empty folder of one's own. The same data, wishes and code give the same snapshot: it is made once."""
    request = wanted.request()
    with one_moment():
        plan = planned(request)
        run = Run(plan, "", progress)
        report, parts = (shards_written if request.container == "parquet" else lines_written)(run, work)
        (work / CARD).write_text(card_told(request, report, parts), encoding="utf-8")
        summary = ledger_written(work / LEDGER, plan, run.conversion.lost)
        schema = _schema()
    files = list(file_facts(work))
    manifest = encoded(_manifest(request, report, summary, files, schema))
    name = digest(manifest)
    _bring(name, work, files, manifest)
    size = sum(file["size"] for file in files)
    made = Snapshot(
        hash=name,
        manifest=manifest.decode(),
        title=wanted.title.strip(),
        campaign=wanted.campaign or "",
        format=wanted.format,
        purpose=request.writer.purpose,
        raters=request.raters,
        split=wanted.split,
        rows=report.lines,
        size=size,
        created_by=user,
    )
    return _kept(made, summary)


def _manifest(
    request: Request, report: ExportReport, summary: Summary, files: Sequence[Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    filters = request.filters
    return {
        "schema": {"snapshot": SCHEMA, "database": schema},
        "code": code_version(Path(exports.__file__).parent),
        "format": request.writer.name,
        "purpose": request.writer.purpose,
        "choices": dict(request.choices),
        "container": request.container,
        "raters": request.raters,
        "unfit": "leave-out" if request.leaves_unfit_out else "refuse",
        "filters": {**asdict(filters), "include": sorted(filters.include)},
        "consensus": report.consensus and asdict(report.consensus),
        "scores": request.scorers and request.scorers.words,
        "rows": report.lines,
        "counts": {
            "annotations" if request.writer.source == "annotations" else "samples": report.annotations,
            "finish_reasons": dict(report.finish_reasons),
            "labels": dict(report.labels),
            "rows_by_split": dict(report.splits),
            "simulated": report.simulated,
            "left_out": dict(report.left_out),
            "problems": len(summary.problems),
            **{group: {name: dict(what) for name, what in names.items()} for group, names in summary.counts.items()},
        },
        "standing": {
            "corrected": {"count": summary.corrected, "rule": "in at their newest version"},
            "replaced": {"count": summary.replaced, "rule": "older versions: left out, listed in the ledger"},
            "voided": {"count": summary.voided, "rule": "left out, listed in the ledger"},
        },
        "files": list(files),
    }


def _schema() -> dict[str, str]:
    """The newest migration of each of our own apps: the shape of the tables that it was read from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app, max(name) FROM django_migrations "
            "WHERE app IN ('corpus', 'prm', 'rounds', 'rating', 'review') GROUP BY app"
        )
        return dict(cursor.fetchall())


def _bring(name: str, work: Path, files: Sequence[Mapping[str, Any]], manifest: bytes) -> None:
    """Put all into the storage, the manifest last; what a killed run has brought already stays."""
    path = work / MANIFEST
    path.write_bytes(manifest)
    wanted = [*files, {"path": MANIFEST, "size": len(manifest), "sha256": name}]
    for file in wanted:
        if not _lies(name, file):
            put(f"{name}/{file['path']}", work / file["path"])


def _lies(name: str, file: Mapping[str, Any]) -> bool:
    if not store().exists(f"{name}/{file['path']}"):
        return False
    with opener(name)(file["path"]) as lying:
        return digest_of(lying) == (file["size"], file["sha256"])


@transaction.atomic
def _kept(made: Snapshot, summary: Summary) -> Snapshot:
    Snapshot.objects.bulk_create([made], ignore_conflicts=True)  # another build of the same may have been first
    kept = Snapshot.objects.select_for_update().get(hash=made.hash)
    if not kept.problems.exists():
        rows = ((kept.pk, key, test) for key, test in summary.problems.items())
        copy_rows(SnapshotProblem, ("snapshot_id", "key", "test"), rows)
    return kept


def make_snapshot(*, format: str, progress: Progress | None = None, **wanted: Any) -> Snapshot:
    """Freeze a dataset: the options of ``export_dataset`` but for its output, and a ``title``. Runs here and now.

    Raises ``ExportRefused``. Where this process is killed, a worker's sweep completes what it began.
    """
    known = set(Wanted.__dataclass_fields__) - {"format", "choices"}
    choices = {name: wanted.pop(name) for name in list(wanted) if name not in known}
    asked = Wanted(format=format, choices=choices, **wanted)
    made = snapshot_job_run(job_id=snapshot_job_create(wanted=asked).pk, progress=progress)
    assert made is not None  # noqa: S101  the job is ours alone
    return made


def manifest_of(snapshot: Snapshot) -> dict[str, Any]:
    return decoded(snapshot.manifest.encode())
