"""Snapshots for programs: list, build in the background, look, download. Roles: lead and researcher, by campaign."""

import json
from dataclasses import replace
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.views import APIView

from exports import schema
from exports.downloads import sent
from exports.snapshots.building import KIND, Wanted, manifest_of
from exports.snapshots.listing import builds_of, snapshots_for
from exports.snapshots.shown import build_begun, build_of, files_of, line_of, missing, snapshot_seen
from exports.snapshots.storage import opener
from labelling.jobs.models import Job
from labelling.people.access import for_roles, person_of
from labelling.people.errors import ApiError
from labelling.people.models import Role, User
from labelling.people.plain_api import Answer, json_route
from labelling.rating.schema import Refusal

MOST: Final = 1_000  # snapshots in one answer
REFUSALS: Final = {400: Refusal, 404: Refusal}
BYTES: Final = "application/octet-stream"


@for_roles(Role.LEAD, Role.RESEARCHER)
@json_route("GET", responses=schema.SnapshotList, operation_id="list_snapshots")
def snapshots(user: User, _nothing: dict[str, Any], campaign: str) -> Answer:
    """The campaign's snapshots, newest first, and builds that are not done."""
    made = [line_of(one) for one in snapshots_for(user, campaign)[:MOST]]
    return 200, {"snapshots": made, "builds": [build_of(job) for job in builds_of(campaign)]}


@for_roles(Role.LEAD, Role.RESEARCHER)
@json_route(
    "POST",
    request=schema.SnapshotWanted,
    responses={202: schema.Build, 400: Refusal},
    operation_id="build_snapshot",
)
def build(user: User, body: dict[str, Any], campaign: str) -> Answer:
    """Have a snapshot built in the background. Raters go in by pseudonym."""
    job = build_begun(user, replace(_wanted(body), campaign=campaign, raters="pseudonym"))
    return 202, build_of(job)


def _wanted(body: dict[str, Any]) -> Wanted:
    allowed = set(Wanted.__dataclass_fields__) - {"campaign", "raters"}
    if unknown := sorted(set(body) - allowed):
        raise ApiError(status=400, code="invalid", message="There is no such field.", field=unknown[0])
    try:
        text = json.dumps(body, ensure_ascii=False)
        text.encode()
        if "\\u0000" in text:
            raise ApiError(status=400, code="invalid", message="A text must not hold the character NUL.")
        return msgspec.convert(body, Wanted)
    except UnicodeEncodeError:
        raise ApiError(status=400, code="invalid", message="A text must be whole Unicode.") from None
    except msgspec.ValidationError as error:
        raise ApiError(status=400, code="invalid", message=str(error)) from error


@for_roles(Role.LEAD, Role.RESEARCHER)
@json_route("GET", responses={200: schema.Build, **REFUSALS}, operation_id="snapshot_build")
def build_state(_user: User, _nothing: dict[str, Any], campaign: str, job: int) -> Answer:
    """How far a build has come."""
    found = Job.objects.filter(pk=job, kind=KIND, params__campaign=campaign).first()
    if found is None:
        raise missing()
    return 200, build_of(found)


@for_roles(Role.LEAD, Role.RESEARCHER)
@json_route("GET", responses={200: schema.SnapshotWhole, **REFUSALS}, operation_id="snapshot")
def snapshot(user: User, _nothing: dict[str, Any], campaign: str, snapshot: str) -> Answer:
    """A snapshot: its manifest, and where its files are."""
    made = snapshot_seen(user, campaign, snapshot)
    return 200, {**line_of(made), "files": files_of(made), "manifest": manifest_of(made)}


class SnapshotFileView(APIView):
    """One file of a snapshot, whole or a range of it."""

    @extend_schema(
        operation_id="download_snapshot_file",
        parameters=[
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range, as `bytes=1000-`."),
            OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag that it was begun with."),
        ],
        responses={
            (200, BYTES): OpenApiTypes.BINARY,
            (206, BYTES): OpenApiTypes.BINARY,
            304: None,
            404: Refusal,
            416: None,
        },
    )
    def get(self, request: ApiRequest, campaign: str, snapshot: str, path: str) -> HttpResponseBase:
        """Send a file that the manifest names; its ETag is its SHA-256."""
        plain: HttpRequest = request._request
        made = snapshot_seen(person_of(plain), campaign, snapshot)
        file = next((one for one in files_of(made) if one["path"] == path), None)
        if file is None:
            raise missing()
        try:
            opened = opener(made.hash)(path)
        except OSError:
            message = _("The file is missing in the storage: verify_snapshot says more.")
            raise ApiError(status=404, code="missing", message=message) from None
        name = f"{made.campaign}-{made.short}-{path.rpartition('/')[2]}"
        return sent(plain, opened, size=file["size"], tag=file["sha256"], name=name)


snapshot_file = for_roles(Role.LEAD, Role.RESEARCHER)(SnapshotFileView.as_view())
