"""Claiming: which items a rater gets next, one on screen and some ahead, and why there are no more."""

import random
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Final

from labelling.rating import sql
from labelling.rating.database import Clash, Row, again_on_clash, rows
from labelling.rating.models import Admission
from labelling.rating.screening import screening_claim

LEAST_PER_GOLD: Final = 3  # golds are spread over at least three items each
MOST_PER_GOLD: Final = 20  # and at most twenty: who labels a few hundred of a huge round meets them too
LOOK_AGAIN: Final = 25  # items, for golds that were left over
COUNTED: Final = ("served", "cursor", "gold_places")  # of the standing, as a claim leaves them
_dice = random.SystemRandom()


@dataclass(frozen=True)
class Claim:
    """The leases that a rater holds, in the order in which to work through them, and why there are none, or no more.

    ``reason``: ``queue-empty``, ``guidelines`` (not read yet, or, as ``detail`` says, ``changed``), ``no-campaign``,
    ``paused`` (``detail`` says why), ``quota``, ``screening-failed`` or ``screening-missing``; None where as many are
    held as the campaign leases ahead. ``shown``: of the leases that the caller may not know yet, what the page needs of
    item and campaign.
    """

    held: tuple[uuids.UUID, ...] = ()
    reason: str | None = None
    detail: str = ""
    shown: tuple[Row, ...] = field(default=(), compare=False, repr=False)

    @property
    def lease(self) -> uuids.UUID | None:
        """The one to work on now."""
        return self.held[0] if self.held else None


def claim(*, rater: int, campaign: str) -> Claim:
    """All leases that the rater holds in the campaign, filled up with the next items in line."""
    made = again_on_clash(lambda: _claim(rater, campaign))
    if made.held or made.reason != "queue-empty":
        return made
    if leases_expire():
        made = again_on_clash(lambda: _claim(rater, campaign))
    if not made.held and made.reason == "queue-empty":  # a locked row may still have a place left
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
        return Claim(reason="no-campaign")
    refused = _refusal(rater, context)
    if refused is not None:
        return refused
    held = _held(rater, context)
    if _is_to_be_screened(context):
        return _claim_of(context, held) if held else _screening(rater, context)
    most = _most(context)
    if len(held) < most:
        held = [*held, *_fill(rater, context, most, query)]
    kept = _kept(rater, context, [row["id"] for row in held], keep=max(most, 1))  # what is on screen stays there
    return _claim_of(context, [row for row in held if row["id"] in kept], _why_no_more(context, len(kept), most))


def next_claim(*, rater: int, context: dict[str, Any]) -> Claim | None:
    """Fill up what a submit has freed, in its transaction, which has locked the standing.

    Only what is new is brought. None where nothing is held then, or screening comes next: ``claim`` looks deeper.
    """
    refused = _refusal(rater, context)
    if refused is not None or _is_to_be_screened(context):
        return refused
    most = _most(context)
    fresh = _fill(rater, context, most, sql.CLAIM)
    if fresh and fresh[-1]["stale"]:
        rows(sql.UPKEEP, _mine(rater, context))
    held = fresh[-1]["held"] if fresh else [row["id"] for row in _held(rater, context)]
    held = _kept(rater, context, held, keep=most)
    if not held:
        return None if most > 0 else Claim(reason="quota")
    return Claim(tuple(held), _why_no_more(context, len(held), most), shown=_shown(context, fresh))


def _claim_of(context: Row, held: Sequence[Row], reason: str | None = None) -> Claim:
    return Claim(tuple(row["id"] for row in held), reason, shown=_shown(context, held))


def _shown(context: Row, brought: Sequence[Row]) -> tuple[Row, ...]:
    return tuple({**context, **row} for row in brought)


def _refusal(rater: int, context: Row) -> Claim | None:
    """Who is paused gets nothing. Until changed rules are read there is only what was begun by the old ones."""
    if context["paused_at"] is not None:
        leases_release(rater=rater, campaign=context["id"], keep=0)
        return Claim(reason="paused", detail=context["pause_reason"])
    if context["has_read"]:
        return None
    begun = _claim_of(context, [row for row in _held(rater, context) if row["seq"] is not None])
    return replace(begun, reason="guidelines", detail="" if context["guideline"] is None else "changed")


def _is_to_be_screened(context: Row) -> bool:
    return bool(context["screening_required"]) and context["admission"] != Admission.ADMITTED


def _screening(rater: int, context: Row) -> Claim:
    """Nothing is leased ahead in a screening: each next item may hang on the last answer."""
    lease, reason = screening_claim(rater_id=rater, campaign=context, guideline_id=context["guideline"])
    return Claim(reason=reason) if lease is None else _claim_of(context, rows(sql.LEASE, {"lease": lease}))


def _most(context: Row) -> int:
    """How many leases the rater may hold: those ahead and the one on screen, within what is left of the quota."""
    wanted = int(context["lease_ahead"]) + 1
    return wanted if context["quota"] is None else max(0, min(wanted, context["quota"] - context["today"]))


def _why_no_more(context: Row, held: int, most: int) -> str | None:
    if held > context["lease_ahead"]:
        return None
    return "quota" if held >= most else "queue-empty"


def _mine(rater: int, context: Row) -> dict[str, Any]:
    names = {"campaign": "id", "minutes": "lease_minutes", "guideline": "guideline"}
    return {"rater": rater, **{name: context[column] for name, column in names.items()}}


def _held(rater: int, context: Row) -> Sequence[Row]:
    """The leases that the rater has not answered. What ran out, but was not taken back yet, is still the rater's."""
    held = rows(sql.HELD, _mine(rater, context))
    if not any(row["stale"] for row in held):
        return held
    rows(sql.UPKEEP, _mine(rater, context))
    return [row for row in rows(sql.HELD, _mine(rater, context)) if not row["ran_out"]]  # else it is just taken back


def _kept(rater: int, context: Row, held: Sequence[uuids.UUID], *, keep: int) -> list[uuids.UUID]:
    """Give back what is beyond a quota that was lowered meanwhile, and was not begun."""
    if len(held) <= keep or keep > context["lease_ahead"]:
        return list(held)
    gone = leases_release(rater=rater, campaign=context["id"], keep=keep)
    return [lease for lease in held if lease not in gone]


def _fill(rater: int, context: dict[str, Any], most: int, query: str) -> list[Row]:
    """Lease items, one after the other, until ``most`` are held or none is left."""
    if most <= 0 or context["open_round"] is None or context["open_pool"] not in ("", context["pool"]):
        return []
    _enter_round(rater, context)
    fresh: list[Row] = []
    while (row := _leased(rater, context, most, query)) is not None:
        fresh.append(row)
        context.update({name: row[name] for name in COUNTED})
        if len(row["held"]) >= most:
            break
    return fresh


def _leased(rater: int, context: Row, most: int, query: str) -> Row | None:
    places = context["gold_places"]
    wanted = {
        **_mine(rater, context),
        **{name: context[name] for name in ("standing", "cursor")},
        "round": context["open_round"],
        "id": uuids.uuid4(),
        "most": most,
        "is_gold": bool(places) and places[0] <= context["served"] + 1,
    }
    taken = rows(query, wanted)
    if not taken:
        return None
    if taken[0]["id"] is None:
        raise Clash
    return taken[0]


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


def leases_release(*, rater: int, campaign: int, keep: int) -> set[uuids.UUID]:
    """Give back what the rater holds beyond the first ``keep`` leases and has not begun. In a transaction.

    It is as if they had run out: the rater gets them again, in their order, as long as nobody else has taken them.
    """
    return {row["id"] for row in rows(sql.RELEASE, {"rater": rater, "campaign": campaign, "keep": keep})}
