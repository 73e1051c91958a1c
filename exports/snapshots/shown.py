"""What pages and API do alike: start a build, find what a person may see, say it in plain values."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from exports.models import Snapshot
from exports.requests import ExportRefused
from exports.snapshots.building import Wanted, manifest_of, snapshot_job_create
from exports.snapshots.listing import snapshots_for
from exports.snapshots.manifest import MANIFEST
from labelling.jobs.models import Job, JobState
from labelling.jobs.tasks import job_enqueue
from labelling.people.errors import ApiError
from labelling.people.models import User


def line_of(made: Snapshot) -> dict[str, Any]:
    facts = ("hash", "title", "format", "split", "rows", "size")
    return {
        **{name: getattr(made, name) for name in facts},
        "created_at": made.created_at.isoformat(),
        "url": reverse("api-snapshot", args=[made.campaign, made.hash]),
    }


def build_of(job: Job) -> dict[str, Any]:
    is_done = job.state == JobState.DONE
    return {
        "job": job.pk,
        **{name: getattr(job, name) for name in ("state", "done", "total")},
        "error": job.error.removeprefix("ExportRefused: "),
        "snapshot": job.message if is_done else None,
        "url": reverse("api-snapshot-build", args=[job.params["campaign"], job.pk]),
    }


@transaction.atomic
def build_begun(user: User, wanted: Wanted) -> Job:
    """Raises ``ApiError`` where it cannot be made as asked."""
    try:
        job = snapshot_job_create(wanted=wanted, user=user)
    except ExportRefused as error:
        raise ApiError(status=400, code="refused", message=str(error)) from error
    job_enqueue(job)
    return job


def snapshot_seen(user: User, campaign: str, name: str) -> Snapshot:
    """Raises ``ApiError``: not of this campaign, or not for this person."""
    made = snapshots_for(user, campaign).filter(hash=name).first()
    if made is None:
        raise missing()
    return made


def missing() -> ApiError:
    return ApiError(status=404, code="no-snapshot", message=_("There is no such snapshot."))


def files_of(made: Snapshot) -> list[dict[str, Any]]:
    """Every file, the manifest last, each with its address."""
    size = len(made.manifest.encode())
    files = [*manifest_of(made)["files"], {"path": MANIFEST, "size": size, "sha256": made.hash}]
    return [
        {**file, "url": reverse("api-snapshot-file", args=[made.campaign, made.hash, file["path"]])} for file in files
    ]
