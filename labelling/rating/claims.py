"""Claiming: which item a rater gets next, and why there is none."""

import random
import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from labelling.rating import sql
from labelling.rating.database import Clash, Row, again_on_clash, rows
from labelling.rating.models import Admission
from labelling.rating.screening import screening_claim

LEAST_PER_GOLD: Final = 3  # golds are spread over at least three items each
MOST_PER_GOLD: Final = 20  # and at most twenty: who labels a few hundred of a huge round meets them too
LOOK_AGAIN: Final = 25  # items, for golds that were left over
_dice = random.SystemRandom()


@dataclass(frozen=True)
class Claim:
    """A lease's id, or why there is none.

    ``reason``: ``queue-empty``, ``guidelines`` (not read yet, or, as ``detail`` says, ``changed``), ``no-campaign``,
    ``paused`` (``detail`` says why), ``quota``, ``screening-failed`` or ``screening-missing``. ``shown``: what the page
    needs of item and campaign.
    """

    lease: uuids.UUID | None
    reason: str | None = None
    detail: str = ""
    shown: Row | None = field(default=None, compare=False, repr=False)


def claim(*, rater: int, campaign: str) -> Claim:
    """The lease that the rater holds in the campaign, else the next item in line."""
    made = again_on_clash(lambda: _claim(rater, campaign))
    if made.reason != "queue-empty":
        return made
    if leases_expire():
        made = again_on_clash(lambda: _claim(rater, campaign))
    if made.reason == "queue-empty":  # a locked row may still have a place left
        made = again_on_clash(lambda: _claim(rater, campaign, query=sql.CLAIM_PATIENTLY))
    return made


def context_of(query: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row with the rater's standing in it, locked; made at the first step in a campaign. None: nothing there."""
    found = rows(query, params)
    if not found:
        rows(sql.ENTER_CAMPAIGN, params)
        found = rows(query, params)
    return found[0] if found else None


def _claim(rater: int, campaign: str, query: str = sql.CLAIM) -> Claim:
    context = context_of(sql.CONTEXT, {"rater": rater, "campaign": campaign})
    if context is None:
        return Claim(None, "no-campaign")
    paused = _paused(context)
    if paused is not None:
        return paused
    held = _held(rater, context)  # new rules take effect at the next item: the one on screen is judged to its end
    return next_claim(rater=rater, context=context, query=query) if held is None else held


def _paused(context: Row) -> Claim | None:
    return None if context["paused_at"] is None else Claim(None, "paused", context["pause_reason"])


def _unread(context: Row) -> Claim | None:
    if context["has_read"]:
        return None
    return Claim(None, "guidelines", "" if context["guideline"] is None else "changed")


def _held(rater: int, context: Row) -> Claim | None:
    """The lease that the rater has not answered. One that ran out, but was not taken back yet, is still the rater's."""
    params = {"rater": rater, "campaign": context["id"], "minutes": context["lease_minutes"]}
    held = rows(sql.HELD, params)
    if not held:
        return None
    if held[0]["wanes"] and not rows(sql.EXTEND, {**params, "lease": held[0]["id"]}):
        raise Clash
    return shown_claim(held[0]["id"], context)


def next_claim(*, rater: int, context: dict[str, Any], query: str = sql.CLAIM) -> Claim:
    """Lease the next item to a rater who holds none. In a transaction that has locked the standing."""
    refused = _paused(context) or _unread(context)
    if refused is not None:
        return refused
    if context["screening_required"] and context["admission"] != Admission.ADMITTED:
        lease, reason = screening_claim(rater_id=rater, campaign=context, guideline_id=context["guideline"])
        return Claim(None, reason) if lease is None else shown_claim(lease, context)
    if context["quota"] is not None and context["today"] >= context["quota"]:
        return Claim(None, "quota")
    if context["open_round"] is None or context["open_pool"] not in ("", context["pool"]):
        return Claim(None, "queue-empty")
    _enter_round(rater, context)
    return _leased(rater, context, query)


def _leased(rater: int, context: Row, query: str) -> Claim:
    places = context["gold_places"]
    wanted = {
        **{name: context[name] for name in ("standing", "cursor", "guideline")},
        "rater": rater,
        "campaign": context["id"],
        "round": context["open_round"],
        "minutes": context["lease_minutes"],
        "id": uuids.uuid4(),
        "is_gold": bool(places) and places[0] <= context["served"] + 1,
    }
    taken = rows(query, wanted)
    if not taken:
        return Claim(None, "queue-empty")
    if taken[0]["id"] is None:
        raise Clash
    return Claim(taken[0]["id"], shown={**context, **taken[0]})


def shown_claim(lease: uuids.UUID, context: Row) -> Claim:
    (found,) = rows(sql.LEASE, {"lease": lease})
    return Claim(lease, shown={**context, **found})


def _enter_round(rater: int, context: dict[str, Any]) -> None:
    """Draw which of the rater's items in the round are to be gold: when it begins, and when all places are used up."""
    is_new = context["standing_round"] != context["open_round"]
    if not is_new and (context["gold_places"] or context["served"] % LOOK_AGAIN):
        return
    facts = rows(sql.ROUND_FACTS, {"rater": rater, "round": context["open_round"]})[0]
    fresh = {"served": 0, "skipped": 0, "cursor": 0} if is_new else {}
    context.update(fresh, standing_round=context["open_round"])
    context["gold_places"] = gold_places(served=context["served"], **facts)
    if is_new or context["gold_places"]:
        names = ("standing", "served", "skipped", "cursor")
        values = {name: context[name] for name in names}
        rows(sql.ENTER_ROUND, {**values, "round": context["open_round"], "places": context["gold_places"]})


def gold_places(*, served: int, items: int, overlap: int, golds: int, raters: int) -> list[int]:
    """Ordinals of a rater's items in a round that are gold: drawn without repetition from those to be expected."""
    share = ceil((items - golds) * overlap / max(raters, 1))
    expected = min(max(share, LEAST_PER_GOLD * golds), MOST_PER_GOLD * golds)
    return sorted(_dice.sample(range(served + 1, served + expected + 1), golds))


def leases_expire() -> int:
    """Take back the leases that ran out. Returns how many."""
    return again_on_clash(lambda: sum(int(row["gone"]) for row in rows(sql.EXPIRE, {})))
