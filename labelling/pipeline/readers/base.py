"""What a reader of labelled files gives: one rater's judgement of one solution, and the PRM800K row that it becomes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from labelling.corpus.importers import BadLine, Line
from labelling.corpus.text import BadText, check_text

ItemKind = Literal["normal", "gold", "screening"]
Ratings = Sequence[int | None]
SCREENING: Final = -1  # the generation of rows from screening
HIGHEST: Final = 2**31 - 1


class Judgement(NamedTuple):
    """``document``: the PRM800K row, its exact text; ``identity``: what makes it this judgement and no other.

    ``steps``: the solution's own, or in alternatives mode the path; ``ratings``: along it; ``generation``: null where
    the row names none. ``generator``, ``external_id``, ``is_right`` (the final answer): where the file tells.
    """

    document: str
    identity: bytes
    labeler: str
    moment: datetime
    generation: int | None
    kind: ItemKind
    problem: str
    reference_answer: str | None
    reference_solution: str | None
    steps: Sequence[str]
    answer: str | None
    ratings: Ratings
    first_error: int | None
    finish_reason: str
    total_time: int
    score: float | None = None
    generator: str | None = None
    external_id: str | None = None
    is_right: bool | None = None


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What holds for a whole file. ``moment``: of judgements that bear none; ``labeler``: of those without a rater.

    ``folder``: the name of the one that the file lies in, which some tools name after the rater.
    """

    moment: datetime
    labeler: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A format. ``parse`` gives a line's judgements or raises BadLine; ``detect`` says whether a line is of it.

    ``quick``, where there is one, reads a line without ``json`` if nothing about it is odd, and gives None otherwise.
    """

    summary: str
    parse: Callable[[Mapping[str, Any], Line, ReadContext], Iterator[Judgement]]
    detect: Callable[[Mapping[str, Any]], bool]
    quick: Callable[[Line], Judgement | None] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One solution judged in another tool's file: what is needed to write the row that it would be in PRM800K."""

    problem: str
    steps: Sequence[str]
    ratings: Ratings
    labeler: str
    moment: datetime
    identity: bytes
    flags: Sequence[bool] = ()
    reference_answer: str | None = None
    answer: str | None = None
    generator: str | None = None
    external_id: str | None = None
    is_right: bool | None = None
    total_time: int = 0


def judgement_of(said: Said) -> Judgement:
    """The judgement, with a PRM800K row composed for it: given up where steps are left over and none is bad.

    Raises BadLine for texts that cannot be stored, and where nothing is rated.
    """
    texts = [said.problem, said.labeler, *said.steps, said.reference_answer or "", said.answer or ""]
    check_texts(texts)
    if not said.steps:
        raise BadLine("steps: expected at least one")
    if not any(rating is not None for rating in said.ratings):
        raise BadLine("no step is rated")
    first_error = said.ratings.index(-1) if -1 in said.ratings else None
    whole = len(said.ratings) == len(said.steps)
    finish_reason = ("solution" if whole else "give_up") if first_error is None else "found_error"
    return Judgement(
        document=_document(said, first_error, finish_reason),
        identity=said.identity,
        labeler=said.labeler,
        moment=said.moment,
        generation=None,
        kind="normal",
        problem=said.problem,
        reference_answer=said.reference_answer,
        reference_solution=None,
        steps=said.steps,
        answer=said.answer,
        ratings=said.ratings,
        first_error=first_error,
        finish_reason=finish_reason,
        total_time=said.total_time,
        generator=said.generator,
        external_id=said.external_id,
        is_right=said.is_right,
    )


def _document(said: Said, first_error: int | None, finish_reason: str) -> str:
    flags = said.flags or [rating is None for rating in said.ratings]
    steps = [
        {
            "completions": [{"text": text, "rating": rating, "flagged": flag}],
            "human_completion": None,
            "chosen_completion": None if at == first_error else 0,
        }
        for at, (text, rating, flag) in enumerate(zip(said.steps, said.ratings, flags, strict=False))
    ]
    row = {
        "labeler": said.labeler,
        "timestamp": said.moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        "generation": None,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": said.problem,
            "ground_truth_solution": None,
            "ground_truth_answer": said.reference_answer,
            "pre_generated_steps": list(said.steps),
            "pre_generated_answer": said.answer,
            "pre_generated_verifier_score": None,
        },
        "label": {"steps": steps, "total_time": said.total_time, "finish_reason": finish_reason},
    }
    return json.dumps(row, ensure_ascii=False)


def check_texts(texts: Sequence[str]) -> None:
    """Raises BadLine for what PostgreSQL cannot hold."""
    try:
        for text in texts:
            check_text(text)
    except BadText as error:
        raise BadLine(str(error)) from error


def judgement_id(labeler: str, given: object) -> bytes:
    """For rows that bear no rater of their own: the same row by another rater is another judgement."""
    return json.dumps([labeler, given], sort_keys=True).encode()


def text_at(row: Mapping[str, Any], *names: str) -> str:
    """The first of the fields that is there. Raises BadLine where it is no text, or none is there."""
    for name in names:
        if name in row:
            if not isinstance(row[name], str):
                raise BadLine(f"{name}: expected a string")
            return str(row[name])
    raise BadLine(f"{names[0]}: expected a string, found none")


def texts_at(row: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, or of objects with one. Raises BadLine."""
    given = row.get(name)
    if not isinstance(given, list) or not given:
        raise BadLine(f"{name}: expected a list of strings")
    texts: list[str] = []
    for at, one in enumerate(given):
        text = one.get("text", one.get("step")) if isinstance(one, dict) else one
        if not isinstance(text, str):
            raise BadLine(f"{name}[{at}]: expected a string")
        texts.append(text)
    return texts


def identity_of(line: Line) -> bytes:
    """A line's own bytes, without the white space around them; an entry of a list as ``json`` writes it."""
    if line.raw is not None:
        return line.raw.strip()
    return json.dumps(line.obj, ensure_ascii=False).encode()
