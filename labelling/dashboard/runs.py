"""What raters said, as a lead reads it: out of the stored document, as it was when it was made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelling.rating.models import Annotation, ErrorType


@dataclass(frozen=True)
class RunCandidate:
    """``rating``: positive, neutral or negative; empty where there is none. ``is_chosen``: the run went on from it."""

    text: str
    rating: str
    flagged: bool
    is_chosen: bool


@dataclass(frozen=True)
class RunTurn:
    """``own``: the rater's own step, empty where there is none."""

    number: int
    candidates: Sequence[RunCandidate]
    own: str


WORDS = {1: "positive", 0: "neutral", -1: "negative", None: ""}


def run_of(document: str) -> list[RunTurn]:
    """The turns of a PRM800K row of phase 1."""
    return [_turn(number, step) for number, step in enumerate(json.loads(document)["label"]["steps"], start=1)]


def _turn(number: int, step: dict[str, Any]) -> RunTurn:
    own, chosen = step["human_completion"], step["chosen_completion"]
    candidates = [
        RunCandidate(one["text"], WORDS[one["rating"]], bool(one["flagged"]), at == chosen)
        for at, one in enumerate(step["completions"])
    ]
    return RunTurn(number, candidates, "" if own is None else own["text"])


@dataclass(frozen=True)
class StepNote:
    """What the rater wrote of a negative step; each text may be empty."""

    type: str
    explanation: str
    corrected: str


@dataclass(frozen=True)
class LabelledStep:
    """A step of a finished solution. ``said``: None where it was not judged. ``others``: rated alternatives of it."""

    number: int
    text: str
    is_error: bool
    said: RunCandidate | None
    others: Sequence[RunCandidate]
    note: StepNote | None


def labelled_steps(annotation: Annotation) -> list[LabelledStep]:
    """The whole solution, with what the rater said of its steps."""
    judged = run_of(annotation.document)
    notes = {note["step"]: _note(note) for note in annotation.notes}
    return [
        LabelledStep(
            number=at + 1,
            text=text,
            is_error=at == annotation.first_error,
            said=judged[at].candidates[0] if at < len(judged) else None,
            others=judged[at].candidates[1:] if at < len(judged) else (),
            note=notes.get(at),
        )
        for at, text in enumerate(annotation.solution.steps)
    ]


def _note(note: dict[str, Any]) -> StepNote:
    kind = str(ErrorType(note["type"]).label) if note["type"] else ""
    return StepNote(kind, note["explanation"], note["corrected"])
