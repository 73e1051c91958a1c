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
class Turn:
    """Alternatives mode: the judged candidates for one step, and what the run went on from, if it did.

    ``chosen``: a candidate's place. ``own``: the rater's own step instead.
    """

    candidates: Sequence[Candidate]
    chosen: int | None = None
    own: str | None = None

    @property
    def step(self) -> str | None:
        return self.own if self.chosen is None else self.candidates[self.chosen].text

    @property
    def has_failed(self) -> bool:
        """No candidate is good enough to go on from, and the rater wrote none."""
        ratings = {one.rating for one in self.candidates}
        return self.step is None and -1 in ratings and not ratings & {0, 1}

    @property
    def rating(self) -> int | None:
        """That of the chosen candidate; -1 where all fail; a rater's own step has none."""
        if self.chosen is not None:
            return self.candidates[self.chosen].rating
        return -1 if self.has_failed else None

    @property
    def flagged(self) -> bool | None:
        return False if self.chosen is None else self.candidates[self.chosen].flagged


@dataclass(frozen=True)
class Question:
    """What was asked. ``verifier_score``: the solution score under the model that queued it.

    ``steps`` is None in alternatives mode, where the solution is made step by step.
    """

    problem: str
    reference_solution: str | None
    reference_answer: str | None
    steps: Sequence[str] | None
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

    ``total_time``: active time in milliseconds; ``step_times``: the part of it that each step took, where it was told.
    It is kept beside the document, which has PRM800K's shape.
    """

    ratings: Sequence[int | None]
    flags: Sequence[bool | None]
    finish_reason: str
    total_time: int
    reason: str = ""
    step_times: Sequence[int] = ()
    alternatives: Mapping[int, Sequence[Candidate]] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    turns: Sequence[Turn] = ()

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
            "steps": _steps(question, judgement),
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
        "pre_generated_steps": None if question.steps is None else list(question.steps),
        "pre_generated_answer": question.answer,
        "pre_generated_verifier_score": question.verifier_score,
    }


def _steps(question: Question, judgement: Judgement) -> list[dict[str, Any]]:
    if question.steps is None:
        return [_turn(turn) for turn in judgement.turns]
    return [_step(question.steps, judgement, index) for index in range(len(judgement.ratings))]


def _turn(turn: Turn) -> dict[str, Any]:
    """As in PRM800K's phase 1: its rows name a rater's own step so."""
    own = {"text": turn.own, "rating": None, "source": "human", "flagged": False, "corrected_rating": None}
    return {
        "completions": [_completion(one) for one in turn.candidates],
        "human_completion": None if turn.own is None else own,
        "chosen_completion": turn.chosen,
    }


def _completion(one: Candidate) -> dict[str, Any]:
    return {"text": one.text, "rating": one.rating, "flagged": one.flagged}


def _step(steps: Sequence[str], judgement: Judgement, index: int) -> dict[str, Any]:
    rating = judgement.ratings[index]
    own = Candidate(steps[index], rating, judgement.flags[index])
    completions = [own, *judgement.alternatives.get(index, ())]
    return {
        "completions": [_completion(one) for one in completions],
        "human_completion": None,
        "chosen_completion": None if rating == -1 else 0,
    }
