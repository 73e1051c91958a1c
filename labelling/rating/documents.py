"""PRM800K's row, as text: the document that an annotation is kept as. Shape: PRM800K README, "Data format"."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """One candidate for a step, judged. ``rating`` is -1, 0 or 1; None where there is none. ``flagged``: unsure."""

    text: str
    rating: int | None
    flagged: bool | None = False


@dataclass(frozen=True)
class Question:
    """What was asked. ``verifier_score``: the solution score under the model that queued it."""

    problem: str
    reference_solution: str | None
    reference_answer: str | None
    steps: Sequence[str]
    answer: str | None
    verifier_score: float | None


@dataclass(frozen=True)
class Note:
    """What a rater wrote of a negative step (0-based): the type of error, an explanation, the step put right.

    Each text may be empty. PRM800K's row has no place for it: it is kept beside the document.
    """

    step: int
    type: str
    explanation: str
    corrected: str


@dataclass(frozen=True)
class Judgement:
    """What a rater said: ratings and flags one per judged step (equal lengths), alternatives by step index.

    ``total_time``: active time in milliseconds.
    """

    ratings: Sequence[int | None]
    flags: Sequence[bool | None]
    finish_reason: str
    total_time: int
    reason: str = ""
    alternatives: Mapping[int, Sequence[Candidate]] = field(default_factory=dict)
    notes: Sequence[Note] = ()

    @property
    def first_error(self) -> int | None:
        """0-based index of the first step rated -1."""
        return next((index for index, rating in enumerate(self.ratings) if rating == -1), None)


def row_text(
    *,
    labeler: str,
    timestamp: datetime,
    generation: int | None,
    question: Question,
    judgement: Judgement,
    quality_control: bool = False,
    screening: bool = False,
) -> str:
    """One line (no line break at its end). The time is written in UTC, naive and with microseconds, as PRM800K does."""
    moment = timestamp.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    row = {
        "labeler": labeler,
        "timestamp": moment,
        "generation": generation,
        "is_quality_control_question": quality_control,
        "is_initial_screening_question": screening,
        "question": _question(question),
        "label": {
            "steps": [_step(question, judgement, index) for index in range(len(judgement.ratings))],
            "total_time": judgement.total_time,
            "finish_reason": judgement.finish_reason,
        },
    }
    return json.dumps(row, ensure_ascii=False)


def _question(question: Question) -> dict[str, Any]:
    return {
        "problem": question.problem,
        "ground_truth_solution": question.reference_solution,
        "ground_truth_answer": question.reference_answer,
        "pre_generated_steps": list(question.steps),
        "pre_generated_answer": question.answer,
        "pre_generated_verifier_score": question.verifier_score,
    }


def _step(question: Question, judgement: Judgement, index: int) -> dict[str, Any]:
    rating = judgement.ratings[index]
    own = Candidate(question.steps[index], rating, judgement.flags[index])
    completions = [own, *judgement.alternatives.get(index, ())]
    ends = rating == -1 and index == len(judgement.ratings) - 1  # in every-step mode the solution goes on past an error
    return {
        "completions": [{"text": one.text, "rating": one.rating, "flagged": one.flagged} for one in completions],
        "human_completion": None,
        "chosen_completion": None if ends else 0,
    }
