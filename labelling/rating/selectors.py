"""What a rater may be shown, and which annotations stand."""

import json
import uuid as uuids
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from labelling.corpus.text import hide_calculator_marks
from labelling.rating import sql
from labelling.rating.models import Annotation, VoidedAnnotation


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


def annotations_current() -> QuerySet[Annotation, Annotation]:
    """The annotations that stand: of each assignment its newest version, unless a void has taken it out."""
    # Named by their columns, so that the database walks two small indexes, not the wide table a second time.
    replaced = Annotation.objects.filter(replaces__isnull=False, replaces=OuterRef("pk"))
    voided = VoidedAnnotation.objects.filter(restored=False, annotation=OuterRef("pk"))
    return Annotation.objects.filter(~Exists(replaced), ~Exists(voided))
