"""What a rater may be shown, and which annotations stand."""

import json
import uuid as uuids
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from labelling.corpus.text import hide_calculator_marks
from labelling.rating import sql
from labelling.rating.alternatives import alternatives_of
from labelling.rating.database import Row, rows
from labelling.rating.models import Annotation, VoidedAnnotation
from labelling.rating.turn_rows import turns_payload
from labelling.rounds.models import AnswerShown, Mode

_ANY_LEASE = uuids.UUID(int=0)


@lru_cache(maxsize=256)
def _addresses(campaign: str) -> Mapping[str, str]:
    names = ("draft", "submit", "skip", "question", "report")
    return {f"{name}_url": reverse(f"api-{name}", args=[campaign, _ANY_LEASE]) for name in names}


def lease_payload(row: Row) -> dict[str, Any]:
    """A lease as the page gets it. It holds nothing of scores, verdicts, other raters or the item's kind.

    ``row`` has the columns of ``sql.LEASE`` and the campaign's ``slug`` and settings of what is shown.
    """
    key, problem, solution = str(row["id"]), row["text"], row["reference_solution"]
    shows_solution = row["show_reference_solution"] and solution
    return {
        "id": key,
        "expires_at": row["expires_at"].isoformat(),
        **{name: url.replace(str(_ANY_LEASE), key) for name, url in _addresses(row["slug"]).items()},
        "problem": {
            "text": hide_calculator_marks(problem),
            "reference_answer": None if row["answer_shown"] == AnswerShown.HIDDEN else row["reference_answer"],
            "reference_is_guess": row["answer_shown"] == AnswerShown.GUESS,
            "reference_solution": (hide_calculator_marks(solution) or None) if shows_solution else None,
        },
        **_judged_of(row),
        "draft": None if row["seq"] is None else {**json.loads(row["document"]), "seq": row["seq"]},
    }


def _steps(row: Row) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [{"text": hide_calculator_marks(step)} for step in row["steps"]]
    for index, offered in alternatives_of(row).items():
        steps[index]["alternatives"] = [{"text": hide_calculator_marks(one.text)} for one in offered]
    return steps


def _judged_of(row: Row) -> dict[str, Any]:
    """What there is to judge: the solution's steps, or, in alternatives mode, the candidates shown so far."""
    if row["mode"] != Mode.ALTERNATIVES:
        return {"steps": _steps(row)}
    turn_url = reverse("api-turn", args=[row["slug"], row["id"]])
    return {"steps": [], "turn_url": turn_url, "turns": turns_payload(row["id"])}


def annotations_newest() -> QuerySet[Annotation, Annotation]:
    """Of each assignment the newest version, voided or not."""
    # Named by its column, so that the database walks a small index, not the wide table a second time.
    replaced = Annotation.objects.filter(replaces__isnull=False, replaces=OuterRef("pk"))
    return Annotation.objects.filter(~Exists(replaced))


def annotations_current() -> QuerySet[Annotation, Annotation]:
    """The annotations that stand: of each assignment its newest version, unless a void has taken it out."""
    voided = VoidedAnnotation.objects.filter(restored=False, annotation=OuterRef("pk"))
    return annotations_newest().filter(~Exists(voided))


def answer_payload(request: str, *, version: int) -> dict[str, Any]:
    """What a rater submitted, as it was sent, and which version it is."""
    sent = json.loads(request)
    return {"reason": "", **{name: sent[name] for name in sent if name != "replaces"}, "version": version}


def lease_reopened(*, rater: int, campaign: str, lease: uuids.UUID) -> tuple[Row, Row | None] | None:
    """The rater's own lease, and its newest answer where there is one. None: no such lease."""
    found = rows(sql.REOPENED, {"rater": rater, "campaign": campaign, "lease": lease})
    if not found:
        return None
    (shown,) = rows(sql.LEASE, {"lease": lease})
    newest = rows(sql.NEWEST, {"lease": lease})
    return {**found[0], **shown}, newest[0] if newest else None
