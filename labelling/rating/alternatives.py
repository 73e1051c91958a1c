"""The alternatives that first-error mode offers for the failing step: those there were when the item was leased."""

from collections.abc import Sequence
from typing import Any

from labelling.corpus.text import prefix_key, prefix_keys
from labelling.rating import sql
from labelling.rating.database import Row, rows
from labelling.rating.validation import MOST_ALTERNATIVES, Offered
from labelling.rounds.models import Mode


def alternatives_of(row: Row) -> dict[int, list[Offered]]:
    """Them by 0-based step, for whichever of them will fail. ``row`` has a lease's ``sql.LEASE`` and its campaign.

    Empty, without a query, where the campaign or the problem has none to offer.
    """
    return _found(row, 0, prefix_keys(row["steps"])) if _offers(row) else {}


def alternatives_at(row: Row, step: int) -> Sequence[Offered]:
    """Those for one step."""
    return _found(row, step, [prefix_key(row["steps"][:step])]).get(step, []) if _offers(row) else []


def _offers(row: Row) -> bool:
    return bool(row["mode"] == Mode.FIRST_ERROR and row["offer_alternatives"] and row["has_alternatives"])


def _found(row: Row, first: int, prefixes: Sequence[str]) -> dict[int, list[Offered]]:
    asked: dict[str, Any] = {
        "problem": row["problem_id"],
        "prefixes": list(prefixes),
        "steps": row["steps"][first : first + len(prefixes)],
        "until": row["leased_at"],
        "most": MOST_ALTERNATIVES,
    }
    found: dict[int, list[Offered]] = {}
    for one in rows(sql.ALTERNATIVES, asked):
        found.setdefault(first + one["number"] - 1, []).append(Offered(one["id"], one["text"]))
    return found
