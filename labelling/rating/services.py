"""Claiming, drafting, submitting: each one short transaction of plain SQL (``sql.py``)."""

import json
import uuid as uuids
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from labelling.people.models import User
from labelling.rating import sql
from labelling.rating.documents import Judgement, Question, row_text
from labelling.rating.models import GuidelineAcknowledgement
from labelling.rating.validation import InvalidJudgement, draft_number, first_error_judgement
from labelling.rounds.models import GuidelineVersion

Row = Mapping[str, Any]
T = TypeVar("T")
TRIES = 5


class LeaseNotFound(Exception):
    """No such lease of this rater in this campaign."""


class SubmitConflict(Exception):
    """The lease was submitted already, or the UUID belongs to another submit. ``code`` tells which."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Claim:
    """A lease's id, or why there is none: ``queue-empty``, ``guidelines`` (not read yet) or ``no-campaign``."""

    lease: uuids.UUID | None
    reason: str | None = None


def _rows(query: str, params: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _again_on_clash(work: Callable[[], T]) -> T:
    """Run a transaction; run it again where it met another one (a deadlock, or the same rater's second tab)."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return work()
        except (OperationalError, IntegrityError) as error:
            clash = isinstance(error, IntegrityError) or isinstance(error.__cause__, DeadlockDetected)
            if not clash or attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def lease_claim(*, rater: User, campaign: str) -> Claim:
    """The rater's lease in this campaign: the one held, else the next item in line."""
    found = _rows(sql.CAMPAIGN, {"rater": rater.pk, "campaign": campaign})
    if not found:
        return Claim(None, "no-campaign")
    row = found[0]
    if row["guideline_id"] and not row["acknowledged"]:
        return Claim(None, "guidelines")
    params = {
        "rater": rater.pk,
        "campaign": row["id"],
        "guideline": row["guideline_id"],
        "minutes": row["lease_minutes"],
    }
    lease = _again_on_clash(lambda: _held_or_next(params))
    return Claim(lease, None if lease else "queue-empty")


def _held_or_next(params: Mapping[str, Any]) -> uuids.UUID | None:
    held = _rows(sql.CURRENT, params)
    if held:
        return uuids.UUID(str(held[0]["id"]))
    leases_expire(rater=params["rater"])
    wanted = {**params, "id": uuids.uuid4()}
    claimed = _rows(sql.CLAIM, wanted) or _rows(sql.CLAIM_PATIENTLY, wanted)
    return uuids.UUID(str(claimed[0]["id"])) if claimed else None


def leases_expire(*, rater: int | None = None) -> int:
    """Take back the leases that ran out, of one rater or of all. Returns how many."""
    return sum(int(row["gone"]) for row in _rows(sql.EXPIRE, {"rater": rater}))


def draft_save(*, rater: User, campaign: str, lease: uuids.UUID, draft: Mapping[str, Any]) -> None:
    """Keep what was pressed so far, and the lease alive. Raises where the lease is not the rater's, or is done."""
    _again_on_clash(lambda: _draft(rater=rater, campaign=campaign, lease=lease, draft=draft))


def _draft(*, rater: User, campaign: str, lease: uuids.UUID, draft: Mapping[str, Any]) -> None:
    own = _rows(sql.OWN_LEASE, {"lease": lease, "rater": rater.pk, "campaign": campaign})
    if not own:
        raise LeaseNotFound
    if own[0]["state"] in ("completed", "late"):
        raise SubmitConflict("submitted", "This item has been submitted already.")
    seq = draft_number(draft, step_count=own[0]["step_count"])
    if not _rows(sql.SAVE_DRAFT, {"lease": lease, "seq": seq, "document": json.dumps(draft)}):
        raise SubmitConflict("stale-draft", "A newer draft of this item is stored already.")
    _rows(sql.EXTEND, {"lease": lease})


def annotation_submit(*, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]) -> uuids.UUID:
    """Store a judgement, once: the same UUID with the same content again is the same submit.

    Raises ``LeaseNotFound``, ``InvalidJudgement`` (names the field) and ``SubmitConflict``.
    """
    try:
        client_id = uuids.UUID(data["uuid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise InvalidJudgement("uuid", "must be a UUID made by the client.") from None
    request = json.dumps(data, sort_keys=True, ensure_ascii=False)
    _again_on_clash(lambda: _submit(rater=rater, campaign=campaign, lease=lease, client_id=client_id, request=request))
    return client_id


def _submit(*, rater: User, campaign: str, lease: uuids.UUID, client_id: uuids.UUID, request: str) -> None:
    own = _rows(sql.FOR_SUBMIT, {"lease": lease, "rater": rater.pk, "campaign": campaign})
    if not own:
        raise LeaseNotFound
    if _stored_already(client_id, lease=lease, rater=rater, request=request):
        return
    row = own[0]
    if row["state"] in ("completed", "late"):
        raise SubmitConflict("submitted", "This item has been submitted already, with other content.")
    judgement = first_error_judgement(json.loads(request), step_count=len(row["steps"]))
    state = _take_place(row)
    _annotate(row, rater=rater, lease=lease, client_id=client_id, request=request, judgement=judgement, state=state)
    _rows(sql.FINISH, {"lease": lease, "state": state})
    _rows(sql.DROP_DRAFT, {"lease": lease})


def _stored_already(client_id: uuids.UUID, *, lease: uuids.UUID, rater: User, request: str) -> bool:
    stored = _rows(sql.STORED, {"uuid": client_id})
    if not stored:
        return False
    same = (stored[0]["assignment_id"], stored[0]["rater_id"], stored[0]["request"]) == (lease, rater.pk, request)
    if not same:
        raise SubmitConflict("uuid-reused", "This UUID belongs to another submit.")
    return True


def _take_place(row: Row) -> str:
    """Count the completion; ``late`` where the lease had run out and others have filled the item's overlap."""
    if row["state"] == "leased":
        _rows(sql.COMPLETE_HELD, {"item": row["item_id"]})
        return "completed"
    return "completed" if _rows(sql.COMPLETE_LATE, {"item": row["item_id"]}) else "late"


def _annotate(
    row: Row,
    *,
    rater: User,
    lease: uuids.UUID,
    client_id: uuids.UUID,
    request: str,
    judgement: Judgement,
    state: str,
) -> None:
    now = datetime.now(UTC)
    question = Question(
        problem=row["problem"],
        reference_solution=row["reference_solution"],
        reference_answer=row["reference_answer"],
        steps=row["steps"],
        answer=row["final_answer"],
        verifier_score=row["score"],
    )
    document = row_text(
        labeler=row["pseudonym"], timestamp=now, generation=row["generation"], question=question, judgement=judgement
    )
    visible = {name: row[name] for name in ("show_reference_answer", "show_reference_solution")}
    copied = ("item_id", "campaign_id", "round_id", "solution_id", "guideline_id", "model_version_id")
    values = {name: row[name] for name in (*copied, "strategy", "strategy_version", "score", "rank")} | {
        "uuid": client_id,
        "lease": lease,
        "rater": rater.pk,
        "request": request,
        "document": document,
        "step_ratings": list(judgement.ratings),
        "first_error": judgement.first_error,
        "finish_reason": judgement.finish_reason,
        "reason": judgement.reason,
        "total_time": judgement.total_time,
        "visible": json.dumps(visible),
        "late": state == "late",
        "created_at": now,
    }
    if not _rows(sql.ANNOTATE, values):
        raise SubmitConflict("uuid-reused", "This UUID belongs to another submit.")


def guideline_acknowledge(*, rater: User, guideline: GuidelineVersion) -> None:
    GuidelineAcknowledgement.objects.get_or_create(rater=rater, guideline=guideline)
