"""What raters do: claim, draft, submit, correct, skip. Each is one short transaction of plain SQL (``sql.py``)."""

import json
import uuid as uuids
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from labelling.people.models import User
from labelling.rating import sql
from labelling.rating.claims import Claim, claim, context_of, leases_expire
from labelling.rating.database import again_on_clash, rows
from labelling.rating.models import GuidelineAcknowledgement
from labelling.rating.submits import ANSWERED, LeaseNotFound, Outcome, SubmitConflict, submission_of, submit
from labelling.rating.turn_validation import turns_draft_number
from labelling.rating.validation import draft_number
from labelling.rounds.models import GuidelineVersion, ItemKind

__all__ = [
    "Claim",
    "LeaseNotFound",
    "SubmitConflict",
    "annotation_submit",
    "annotation_submit_and_claim",
    "draft_save",
    "guideline_acknowledge",
    "lease_claim",
    "lease_skip",
    "leases_expire",
]


def lease_claim(*, rater: User, campaign: str) -> Claim:
    """All leases that the rater holds in this campaign, filled up with the next items in line."""
    return claim(rater=rater.pk, campaign=campaign)


def draft_save(*, rater: User, campaign: str, lease: uuids.UUID, draft: Mapping[str, Any]) -> None:
    """Keep what was pressed so far, and the lease alive. Raises where the lease is not the rater's, or is done."""
    seq, reach = (turns_draft_number(draft), 0) if "turns" in draft else draft_number(draft)
    values = {"lease": lease, "rater": rater.pk, "campaign": campaign, "seq": seq, "reach": reach}
    values["document"] = json.dumps(draft)
    saved = again_on_clash(lambda: rows(sql.SAVE_DRAFT, values), is_one_statement=True)
    if not saved:
        raise LeaseNotFound
    row = saved[0]
    if row["seq"] is not None:
        return
    if row["state"] not in ("leased", "expired"):
        raise SubmitConflict("submitted", _("This item has been submitted or given back already."))
    draft_number(draft, step_count=row["step_count"])
    raise SubmitConflict("stale-draft", _("A newer draft of this item is stored already."))


def annotation_submit(*, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]) -> uuids.UUID:
    """Store a judgement, once: the same UUID with the same content again is the same submit.

    With ``replaces`` (the UUID of the rater's own newest answer to this item) it is a correction of that one.
    Raises ``LeaseNotFound``, ``InvalidJudgement`` (names the field) and ``SubmitConflict``.
    """
    sent = submission_of(rater=rater.pk, pseudonym=rater.pseudonym, campaign=campaign, lease=lease, data=data)
    again_on_clash(lambda: submit(sent, claim_next=False))
    return sent.uuid


def annotation_submit_and_claim(
    *, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]
) -> tuple[Outcome, Claim]:
    """The same, and the rater's next items, as a rule within the same transaction."""
    sent = submission_of(rater=rater.pk, pseudonym=rater.pseudonym, campaign=campaign, lease=lease, data=data)
    outcome = again_on_clash(lambda: submit(sent, claim_next=True))
    return outcome, outcome.next or claim(rater=rater.pk, campaign=campaign)


def lease_skip(*, rater: User, campaign: str, lease: uuids.UUID) -> Claim:
    """Give an item back: it goes to others and never to this rater again. Skipping it twice is skipping it once."""
    again_on_clash(lambda: _skip({"rater": rater.pk, "campaign": campaign, "lease": lease}))
    return claim(rater=rater.pk, campaign=campaign)


def _skip(ids: Mapping[str, Any]) -> None:
    row = context_of(sql.FOR_SUBMIT, ids)
    if row is None:
        raise LeaseNotFound
    state = row["lease_state"]
    if state == "skipped":
        return
    if state in ANSWERED or state == "voided":
        raise SubmitConflict("submitted", _("This item has been submitted already."))
    if row["kind"] == ItemKind.SCREENING:
        raise SubmitConflict("screening", _("Items of the screening can't be skipped."))
    counts = row["standing_round"] == row["round_id"]  # else a lease of a round before, given back late
    if (row["skipped"] if counts else 0) >= row["skips_per_round"]:
        raise SubmitConflict("no-skips-left", _("You have no skips left in this round."))
    values = {**ids, "item_id": row["item_id"], "standing": row["standing"]}
    rows(sql.SKIP, {**values, "skipped": row["skipped"] + int(counts), "leased": int(state == "leased")})


def guideline_acknowledge(*, rater: User, guideline: GuidelineVersion) -> None:
    GuidelineAcknowledgement.objects.get_or_create(rater=rater, guideline=guideline)
