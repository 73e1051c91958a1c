"""Alternatives mode: what a lease has shown, as rows and as the page gets it."""

import uuid as uuids
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from labelling.corpus.candidates import Candidate, Step, candidates_shown, candidates_store
from labelling.corpus.grading import states_answer
from labelling.corpus.models import Origin
from labelling.corpus.text import hide_calculator_marks
from labelling.rating import documents
from labelling.rating.models import Turn


def turns_shown(lease: uuids.UUID) -> dict[UUID, list[Candidate]]:
    """The candidates that a lease has shown so far, by the key of the steps before."""
    turns = list(Turn.objects.filter(assignment=lease).order_by("pk").values_list("prefix_key", "candidates"))
    found = {one.id: one for one in candidates_shown(sorted({one for _, ids in turns for one in ids}))}
    return {key: [found[one] for one in ids] for key, ids in turns}


def turns_offered(lease: uuids.UUID) -> dict[UUID, list[tuple[int, str]]]:
    """(id, text) of the same."""
    return {key: [(one.id, one.text) for one in shown] for key, shown in turns_shown(lease).items()}


def own_steps_store(turns: Sequence[documents.Turn], *, problem_id: int, author_id: int) -> None:
    """Keep a run's own steps with their author."""
    steps: list[str] = []
    for turn in turns:
        if turn.own is not None:
            new = [Step(turn.own, ends=states_answer(turn.own))]
            candidates_store(problem_id=problem_id, steps=steps, new=new, origin=Origin.RATER, author_id=author_id)
        steps.append(turn.step or "")


def turn_payload(key: UUID, candidates: Sequence[Candidate]) -> dict[str, Any]:
    """A turn as the page gets it: nothing of where candidates come from."""
    shown = [{"id": one.id, "text": hide_calculator_marks(one.text), "ends": one.ends} for one in candidates]
    return {"key": str(key), "candidates": shown}


def turns_payload(lease: uuids.UUID) -> list[dict[str, Any]]:
    return [turn_payload(key, candidates) for key, candidates in turns_shown(lease).items()]
