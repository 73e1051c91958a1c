"""What a rater may be shown."""

import json
import uuid as uuids
from typing import Any

from django.db import connection
from django.urls import reverse

from labelling.corpus.text import hide_calculator_marks
from labelling.rating import sql


def lease_payload(lease: uuids.UUID) -> dict[str, Any]:
    """A lease as the page gets it. It holds nothing of scores, verdicts, other raters or the item's kind."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LEASE, {"lease": lease})
        (key, expires, slug, answer, solution, problem, reference_answer, reference_solution, steps, seq, draft) = (
            cursor.fetchone()
        )
    return {
        "id": str(key),
        "expires_at": expires.isoformat(),
        "draft_url": reverse("api-draft", args=[slug, key]),
        "submit_url": reverse("api-submit", args=[slug, key]),
        "problem": {
            "text": hide_calculator_marks(problem),
            "reference_answer": reference_answer if answer else None,
            "reference_solution": hide_calculator_marks(reference_solution or "") or None if solution else None,
        },
        "steps": [{"text": hide_calculator_marks(step)} for step in steps],
        "draft": None if seq is None else {**json.loads(draft), "seq": seq},
    }
