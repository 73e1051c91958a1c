"""PRM800K's rows, with every oddity of the published files: the line itself becomes the document."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from exports import labelled
from exports.formats import Unfit
from exports.formats.walk import path_of
from labelling.corpus.importers import BadLine, Line
from labelling.corpus.text import BadText, check_text
from labelling.pipeline.readers.base import (
    HIGHEST,
    SCREENING,
    ItemKind,
    Judgement,
    Ratings,
    ReadContext,
    Reader,
    identity_of,
)

MOST_MILLISECONDS = 2**63 - 1


class Question(labelled.Question, kw_only=True):
    ground_truth_solution: str | None = None
    pre_generated_verifier_score: float | None = None


class Label(labelled.Label, kw_only=True):
    total_time: int | None


class Row(labelled.Row, kw_only=True):
    labeler: str
    timestamp: str
    question: Question
    label: Label
    generation: int | None = None
    is_quality_control_question: bool = False
    is_initial_screening_question: bool = False


class PublishedCandidate(labelled.Candidate, kw_only=True, forbid_unknown_fields=True, gc=False):
    rating: labelled.Rating | None
    flagged: bool | None


class PublishedStep(labelled.Step, kw_only=True, forbid_unknown_fields=True, gc=False):
    completions: list[PublishedCandidate] | None  # type: ignore[assignment]  # of the same attributes
    human_completion: None
    chosen_completion: int | None


class PublishedQuestion(Question, kw_only=True, forbid_unknown_fields=True, gc=False):
    ground_truth_solution: str | None
    ground_truth_answer: str | None
    pre_generated_steps: list[str] | None
    pre_generated_answer: str | None
    pre_generated_verifier_score: float | None


class PublishedLabel(Label, kw_only=True, forbid_unknown_fields=True, gc=False):
    steps: list[PublishedStep]  # type: ignore[assignment]


class PublishedRow(Row, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A row with all the keys of phase 2, and no other: how many keys its line holds is plain."""

    question: PublishedQuestion
    label: PublishedLabel
    generation: int | None
    is_quality_control_question: bool
    is_initial_screening_question: bool

    @property
    def keys(self) -> int:
        steps = self.label.steps
        return _KEYS + 3 * (len(steps) + sum([len(step.completions) for step in steps if step.completions]))


_KEYS = sum(len(part.__struct_fields__) for part in (PublishedRow, PublishedQuestion, PublishedLabel))
_DECODER = msgspec.json.Decoder(PublishedRow)
_SPACED = re.compile(rb'"[ \t\r\n]+:')


def quick(line: Line) -> Judgement | None:
    """The judgement of a line as those published in phase 2 are; None where ``parse`` has to look closer.

    A decoder takes the last of two values for one key without a word, so keys are counted: at each there is ``":``,
    and where a text holds that too the count is higher, and the line not for us.
    """
    raw = line.raw
    if raw is None or b"\\u" in raw:
        return None
    try:
        row = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if raw.count(b'":') != row.keys or _SPACED.search(raw):
        return None
    return _judgement(row, line, raw.decode())


def parse(obj: Mapping[str, Any], line: Line, _: ReadContext) -> Iterator[Judgement]:
    try:
        row = msgspec.convert(obj, Row)
    except msgspec.ValidationError as error:
        raise BadLine(str(error)) from error
    document = _document(line)
    if "\\u" in document:
        _check_escapes(obj)
    yield _judgement(row, line, document)


def _judgement(row: Row, line: Line, document: str) -> Judgement:
    texts, ratings, failed_at = _path(row)
    question, label = row.question, row.label
    reason = label.finish_reason
    if reason not in ("found_error", "solution", "bad_problem", "give_up"):
        raise BadLine(
            f"label.finish_reason: expected found_error, solution, bad_problem or give_up, found {reason[:40]!r}"
        )
    return Judgement(
        document=document,
        identity=identity_of(line),
        labeler=row.labeler,
        moment=_moment(row.timestamp),
        generation=_generation(row.generation),
        kind=_kind(row),
        problem=question.problem,
        reference_answer=question.ground_truth_answer,
        reference_solution=question.ground_truth_solution,
        steps=question.pre_generated_steps or texts or [""],
        answer=question.pre_generated_answer,
        ratings=ratings,
        first_error=_first_error(reason, ratings, failed_at),
        finish_reason=reason,
        total_time=min(max(label.total_time or 0, 0), MOST_MILLISECONDS),
        score=_score(question.pre_generated_verifier_score),
    )


def _document(line: Line) -> str:
    if line.raw is None:
        return json.dumps(line.obj, ensure_ascii=False)
    return line.raw.decode()


def _check_escapes(value: object) -> None:
    """What escapes spell is not in the line's own characters: NUL, half a surrogate pair."""
    if isinstance(value, str):
        try:
            check_text(value)
        except BadText as error:
            raise BadLine(str(error)) from error
    elif isinstance(value, dict):
        for key, entry in value.items():
            _check_escapes(key)
            _check_escapes(entry)
    elif isinstance(value, list):
        for entry in value:
            _check_escapes(entry)


def _path(row: Row) -> tuple[Sequence[str], Ratings, int]:
    """Texts and ratings along the path, and where it failed if it did: at the turn where nothing could go on."""
    try:
        path = path_of(row)
    except Unfit:  # it names a candidate that is not there: what was shown, as far as that is plain
        shown = [step.completions[0] for step in row.label.steps if step.completions]
        return [one.text for one in shown], [one.rating for one in shown], max(len(shown) - 1, 0)
    ratings = list(path.ratings)
    ends_at_a_turn = bool(path.turns) and path.turns[-1].taken is None and path.turns[-1].before == len(path.texts)
    if ends_at_a_turn and row.label.finish_reason == "found_error":
        ratings.append(-1)  # every candidate failed
    return path.texts, ratings, max(len(ratings) - 1, 0)


def _first_error(reason: str, ratings: Ratings, failed_at: int) -> int | None:
    """Published rows hold sessions that found an error and rate none -1: it is where they ended."""
    if reason == "solution":
        return None
    if -1 in ratings:
        return ratings.index(-1)
    return failed_at if reason == "found_error" else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(f"timestamp: expected a time such as 2023-01-22T04:34:27.052924, found {text[:40]!r}") from None
    if moment.tzinfo is not None:
        raise BadLine("timestamp: expected a time without a zone")
    return moment.replace(tzinfo=UTC)


def _generation(number: int | None) -> int | None:
    if number is not None and not SCREENING <= number <= HIGHEST:
        raise BadLine(f"generation: expected a whole number from -1 to {HIGHEST:,}, or null")
    return number


def _kind(row: Row) -> ItemKind:
    if row.is_initial_screening_question or row.generation == SCREENING:
        return "screening"
    return "gold" if row.is_quality_control_question else "normal"


def _score(number: float | None) -> float | None:
    if number is not None and not math.isfinite(number):
        raise BadLine("question.pre_generated_verifier_score: expected a finite number")
    return number


def detect(obj: Mapping[str, Any]) -> bool:
    return "labeler" in obj and isinstance(obj.get("question"), dict) and isinstance(obj.get("label"), dict)


READER = Reader("PRM800K's rows: raters, times, generations and each line's own bytes are kept", parse, detect, quick)
