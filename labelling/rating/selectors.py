"""What a rater may be shown."""

import json
import uuid as uuids
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.urls import reverse

from labelling.corpus.text import hide_calculator_marks
from labelling.rating import sql
from labelling.rating.database import Row, rows

_ANY_LEASE = uuids.UUID(int=0)


@lru_cache(maxsize=256)
def _addresses(campaign: str) -> Mapping[str, str]:
    names = {"draft_url": "api-draft", "submit_url": "api-submit", "skip_url": "api-skip"}
    return {key: reverse(name, args=[campaign, _ANY_LEASE]) for key, name in names.items()}


def lease_payload(row: Row) -> dict[str, Any]:
    """A lease as the page gets it. It holds nothing of scores, verdicts, other raters or the item's kind.

    ``row`` has the columns of ``sql.LEASE`` and the campaign's ``slug`` and ``show_…`` settings.
    """
    key, problem, solution = str(row["id"]), row["text"], row["reference_solution"]
    shows_solution = row["show_reference_solution"] and solution
    return {
        "id": key,
        "expires_at": row["expires_at"].isoformat(),
        **{name: url.replace(str(_ANY_LEASE), key) for name, url in _addresses(row["slug"]).items()},
        "problem": {
            "text": hide_calculator_marks(problem),
            "reference_answer": row["reference_answer"] if row["show_reference_answer"] else None,
            "reference_solution": (hide_calculator_marks(solution) or None) if shows_solution else None,
        },
        "steps": [{"text": hide_calculator_marks(step)} for step in row["steps"]],
        "draft": None if row["seq"] is None else {**json.loads(row["document"]), "seq": row["seq"]},
    }


def answer_payload(request: str, *, version: int) -> dict[str, Any]:
    """What a rater submitted, as it was sent, and which version it is."""
    sent = json.loads(request)
    kept = ("uuid", "steps", "finish_reason", "total_time")
    return {"version": version, "reason": sent.get("reason", ""), **{name: sent[name] for name in kept}}


def lease_reopened(*, rater: int, campaign: str, lease: uuids.UUID) -> tuple[Row, Row | None] | None:
    """The rater's own lease, and its newest answer where there is one. None: no such lease."""
    found = rows(sql.REOPENED, {"rater": rater, "campaign": campaign, "lease": lease})
    if not found:
        return None
    (shown,) = rows(sql.LEASE, {"lease": lease})
    newest = rows(sql.NEWEST, {"lease": lease})
    return {**found[0], **shown}, newest[0] if newest else None
