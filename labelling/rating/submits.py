"""Submitting and correcting: stored once, counted within the overlap, gold judged in the same transaction."""

import json
import uuid as uuids
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from labelling.rating import sql
from labelling.rating.alternatives import alternatives_at
from labelling.rating.claims import Claim, context_of, next_claim
from labelling.rating.database import Row, rows
from labelling.rating.documents import Judgement, Question, row_text
from labelling.rating.models import AssignmentState
from labelling.rating.screening import screening_answered
from labelling.rating.turn_rows import own_steps_store, turns_offered
from labelling.rating.turn_validation import Offer, turns_judgement
from labelling.rating.validation import InvalidJudgement, Rules, judgement_of
from labelling.rounds.judge import answer_is_right, below_mark
from labelling.rounds.models import ItemKind, ItemState, Mode, RoundState

ANSWERED: Final = ("completed", "late")
CORRECTABLE: Final = (ItemState.QUEUED, ItemState.DONE)
COPIED: Final = (
    *("id", "item_id", "round_id", "solution_id", "guideline_id", "model_version_id"),
    *("strategy", "strategy_version", "score", "rank", "simulated", "standing"),
)


class LeaseNotFound(Exception):
    """No such lease of this rater in this campaign."""


class SubmitConflict(Exception):
    """What was asked for no longer fits what is stored. ``code`` tells how."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Submission:
    """A rater's submit. ``data``: its body; ``request``: the same as exact text, sorted by key."""

    rater: int
    pseudonym: str
    campaign: str
    lease: uuids.UUID
    uuid: uuids.UUID
    request: str
    data: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def ids(self) -> dict[str, Any]:
        return {"rater": self.rater, "campaign": self.campaign, "lease": self.lease, "uuid": self.uuid}


@dataclass(frozen=True)
class Outcome:
    """``told``: outbox rows. ``next``: the claim made in the same transaction; None where it is to be made after it."""

    told: int = 0
    next: Claim | None = None


def submission_of(
    *, rater: int, pseudonym: str, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]
) -> Submission:
    client_id = uuid_of(data, "uuid")
    try:
        request = json.dumps(data, sort_keys=True, ensure_ascii=False)
    except RecursionError:  # what the parser could just follow
        raise InvalidJudgement("steps", "is nested too deeply.") from None
    return Submission(rater, pseudonym, campaign, lease, client_id, request, data)


def uuid_of(data: Mapping[str, Any], name: str) -> uuids.UUID:
    try:
        return uuids.UUID(data[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise InvalidJudgement(name, "must be a UUID made by the client.") from None


def submit(sent: Submission, *, claim_next: bool) -> Outcome:
    """Store it, or recognise it. In a transaction; afterwards lease, standing and item are ours until its end."""
    row = context_of(sql.FOR_SUBMIT, sent.ids)
    if row is None:
        raise LeaseNotFound
    if row["lease_state"] not in ("leased", "expired"):
        return _answered_already(sent, row)
    if "replaces" in sent.data:
        raise SubmitConflict("not-submitted", _("There is nothing to correct: this item has not been submitted."))
    judgement = _judged(sent, row)
    right = answer_is_right(
        first_error=judgement.first_error, finish_reason=judgement.finish_reason, acceptable=row["acceptable"] or ()
    )
    told = _store(sent, row, judgement, right if row["kind"] == ItemKind.GOLD else None)
    if row["kind"] == ItemKind.SCREENING:
        screening_answered(rater_id=sent.rater, campaign_id=row["id"], right=right)
        return Outcome(told)
    return Outcome(told, next_claim(rater=sent.rater, context=row) if claim_next else None)


def _judged(sent: Submission, row: Row) -> Judgement:
    if row["mode"] == Mode.ALTERNATIVES:
        return turns_judgement(sent.data, Offer(turns_offered(sent.lease), allow_give_up=row["allow_give_up"]))
    rules = Rules(
        step_count=len(row["steps"]),
        stops=row["mode"] == Mode.FIRST_ERROR,
        allow_give_up=row["allow_give_up"],
        notes=row["error_notes"],
        offered=partial(alternatives_at, row),
    )
    return judgement_of(sent.data, rules)


def _answered_already(sent: Submission, row: Row) -> Outcome:
    stored = rows(sql.STORED, sent.ids)
    if stored:
        same = (stored[0]["assignment_id"], stored[0]["rater_id"], stored[0]["request"])
        if same == (sent.lease, sent.rater, sent.request):
            return Outcome()
        raise _reused()
    if row["lease_state"] not in ANSWERED:
        state = row["lease_state"]
        why = _("Nothing more can be submitted for this item: %(state)s.")
        raise SubmitConflict(state, why % {"state": AssignmentState(state).label})
    if "replaces" not in sent.data:
        raise SubmitConflict("submitted", _("This item has been submitted already, with other content."))
    return _correct(sent, row)


def _reused() -> SubmitConflict:
    return SubmitConflict("uuid-reused", _("This UUID belongs to another submit."))


def not_correctable(row: Row) -> str | None:
    """The code of why an answer can't be corrected any more; None where it can."""
    if row["lease_state"] not in ANSWERED:
        return str(row["lease_state"])
    if row["kind"] == ItemKind.SCREENING:
        return "screening"
    if row["round_state"] != RoundState.OPEN:
        return "round-closed"
    return None if row["item_state"] in CORRECTABLE else "item-closed"


def _correct(sent: Submission, row: Row) -> Outcome:
    old = uuid_of(sent.data, "replaces")
    reason = not_correctable(row)
    if reason is not None:
        raise SubmitConflict(reason, _("This answer can no longer be corrected."))
    newest = rows(sql.NEWEST, {"lease": sent.lease})[0]
    if newest["uuid"] != old:
        raise SubmitConflict("replaced", _("Another correction of this answer is stored already."))
    judgement = _judged(sent, row)
    values = _annotation(sent, row, judgement) | {
        "version": newest["version"] + 1,
        "replaces": newest["id"],
        "late": newest["late"],
        "gold_right": None,
        "adaptive": row["overlap_most"] is not None and row["kind"] == ItemKind.NORMAL,
    }
    told = _told(rows(sql.CORRECT, values))
    own_steps_store(judgement.turns, problem_id=row["problem_id"], author_id=sent.rater)
    return Outcome(told)


def _told(kept: list[dict[str, Any]]) -> int:
    if not kept:
        raise _reused()
    return int(kept[0]["told"])


def _store(sent: Submission, row: dict[str, Any], judgement: Judgement, right: bool | None) -> int:
    seen, rights = int(right is not None), int(right is True)
    counts = int(row["kind"] != ItemKind.SCREENING)
    row["today"] += counts
    pause_reason = _pause_reason(row, seen, rights)
    if pause_reason:
        row.update(paused_at=datetime.now(UTC), pause_reason=pause_reason)
    values = _annotation(sent, row, judgement) | {
        "version": 1,
        "replaces": None,
        "gold_right": right,
        "leased": int(row["lease_state"] == "leased"),
        "counts": counts,
        "seen": seen,
        "right": rights,
        "pause": bool(pause_reason),
        "pause_reason": pause_reason,
        "asked": row["asked"],
        "adaptive": row["overlap_most"] is not None and row["kind"] == ItemKind.NORMAL,
    }
    told = _told(rows(sql.SUBMIT, values))
    own_steps_store(judgement.turns, problem_id=row["problem_id"], author_id=sent.rater)
    return told


def _pause_reason(row: Row, seen: int, rights: int) -> str:
    """What the rater is told where gold, this one included, lies below the campaign's mark; else nothing."""
    total = row["gold_seen"] + seen - row["gold_from"]
    right = row["gold_right"] + rights - row["gold_right_from"]
    if not seen or row["paused_at"] is not None:
        return ""
    if not below_mark(right=right, seen=total, mark=row["gold_mark"], least=row["gold_least"]):
        return ""
    said = _(
        "Of %(total)s items whose first error is known, your answer was right on %(right)s. Please talk to the lead."
    )
    return said % {"total": total, "right": right}  # in the rater's language: it is the rater's submit


def _annotation(sent: Submission, row: Row, judgement: Judgement) -> dict[str, Any]:
    now = datetime.now(UTC)
    visible = {"reference_answer": row["answer_shown"], "reference_solution": row["show_reference_solution"]}
    return {name: row[name] for name in COPIED} | {
        "uuid": sent.uuid,
        "lease": sent.lease,
        "rater": sent.rater,
        "request": sent.request,
        "document": _document(sent, row, judgement, now),
        "step_ratings": list(judgement.ratings),
        "first_error": judgement.first_error,
        "finish_reason": judgement.finish_reason,
        "reason": judgement.reason,
        "total_time": judgement.total_time,
        "step_times": list(judgement.step_times),
        "notes": json.dumps([asdict(note) for note in judgement.notes]),
        "visible": json.dumps(visible),
        "created_at": now,
    }


def _document(sent: Submission, row: Row, judgement: Judgement, now: datetime) -> str:
    by_turns = row["mode"] == Mode.ALTERNATIVES  # the queued solution only stands for its problem
    question = Question(
        problem=row["text"],
        reference_solution=row["reference_solution"],
        reference_answer=row["reference_answer"],
        steps=None if by_turns else row["steps"],
        answer=None if by_turns else row["final_answer"],
        verifier_score=None if by_turns else row["score"],
    )
    is_screening = row["kind"] == ItemKind.SCREENING
    return row_text(
        labeler=sent.pseudonym,
        timestamp=now,
        generation=None if by_turns else -1 if is_screening else row["generation"],
        question=question,
        judgement=judgement,
        quality_control=row["kind"] == ItemKind.GOLD,
        screening=is_screening,
    )
