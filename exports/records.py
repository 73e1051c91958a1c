"""One labelled solution as typed values, in PRM800K's shape. Source: PRM800K's README, "Data format".

Reading is strict about what it knows and keeps what it does not: a part remembers which keys its row had, in which
order (``layout``), and the values of the unknown ones (``extra``), so that ``as_row`` gives back the same row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

RATINGS: Final = (-1, 0, 1)
FINISH_REASONS: Final = ("found_error", "solution", "bad_problem", "give_up")
Row = Mapping[str, Any]
Reader = Callable[[Any, str], Any]


class BadRecord(ValueError):
    """What is wrong with a row, and where: ``field`` as in ``label.steps[2].completions[0].rating``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Part:
    """``layout``: the keys of the part's row, in their order; those of its fields where it was not read from a row."""

    layout: tuple[str, ...] = ()
    extra: Row = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.layout:
            own = (one.name for one in fields(self) if one.name not in ("layout", "extra"))
            object.__setattr__(self, "layout", (*own, *self.extra))


@dataclass(frozen=True, kw_only=True)
class Candidate(Part):
    """A text for a step. ``rating``: -1, 0, 1, or None where there is none. ``flagged``: the rater was unsure."""

    text: str
    rating: int | None = None
    flagged: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Step(Part):
    """A judged step: its candidates, the rater's own text if there is one, and the index of the one that went on.

    Published rows hold steps in which all three are None.
    """

    completions: tuple[Candidate, ...] | None = None
    human_completion: Candidate | str | None = None
    chosen_completion: int | None = None


@dataclass(frozen=True, kw_only=True)
class Question(Part):
    """What was shown. ``pre_generated_verifier_score``: the solution score that queued it, in [0, 1]."""

    problem: str
    ground_truth_solution: str | None = None
    ground_truth_answer: str | None = None
    pre_generated_steps: tuple[str, ...] | None = None
    pre_generated_answer: str | None = None
    pre_generated_verifier_score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Label(Part):
    """What the rater said. ``total_time``: active time in milliseconds."""

    steps: tuple[Step, ...]
    total_time: int | None
    finish_reason: str


@dataclass(frozen=True, kw_only=True)
class Record(Part):
    """A labelled solution. ``timestamp``: naive ISO, exactly as written. ``generation``: the round, -1 in screening."""

    labeler: str
    timestamp: str
    generation: int | None = None
    is_quality_control_question: bool = False
    is_initial_screening_question: bool = False
    question: Question
    label: Label


def as_row(part: Part) -> dict[str, Any]:
    """The part as plain values, keys in the order of its layout: what ``record_from_row`` was given."""
    return {key: part.extra[key] if key in part.extra else _plain(getattr(part, key)) for key in part.layout}


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return as_row(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def record_from_row(row: Any) -> Record:
    """Parse one row. Raises ``BadRecord``, which names the field."""
    return Record(**_fields(row, "", RECORD, needed=("labeler", "timestamp", "question", "label")))


def _fields(row: Any, where: str, readers: Mapping[str, Reader], *, needed: Sequence[str]) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadRecord(where, f"must be an object, not {_kind(row)}")
    for name in needed:
        if name not in row:
            raise BadRecord(_at(where, name), "is missing")
    known = {name: read(row[name], _at(where, name)) for name, read in readers.items() if name in row}
    return {**known, "layout": tuple(row), "extra": {key: row[key] for key in row if key not in readers}}


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _of_type(wanted: type | tuple[type, ...], words: str) -> Reader:
    def read(value: Any, where: str) -> Any:
        # bool is an int in Python, but true is no number.
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise BadRecord(where, f"must be {words}, not {_kind(value)}")
        return value

    return read


def _or_null(read: Reader) -> Reader:
    return lambda value, where: None if value is None else read(value, where)


def _list_of(read: Reader) -> Reader:
    def read_all(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise BadRecord(where, f"must be a list, not {_kind(value)}")
        return tuple(read(one, f"{where}[{index}]") for index, one in enumerate(value))

    return read_all


def _one_of(values: Sequence[object], read: Reader) -> Reader:
    def check(value: Any, where: str) -> Any:
        if read(value, where) not in values:
            raise BadRecord(where, f"must be one of {', '.join(map(str, values))}, not {value}")
        return value

    return check


_text = _of_type(str, "a text")
_flag = _of_type(bool, "true or false")
_whole = _of_type(int, "a whole number")
_number = _of_type((int, float), "a number")


def _moment(value: Any, where: str) -> str:
    try:
        moment = datetime.fromisoformat(_text(value, where))
    except ValueError:
        raise BadRecord(where, f"must be a time such as 2023-01-22T04:34:27.052924, not {value!r}") from None
    if moment.tzinfo is not None:
        raise BadRecord(where, "must be a time without a zone")
    return str(value)


def _candidate(value: Any, where: str) -> Candidate:
    return Candidate(**_fields(value, where, CANDIDATE, needed=("text",)))


def _step(value: Any, where: str) -> Step:
    return Step(**_fields(value, where, STEP, needed=("completions",)))


def _human(value: Any, where: str) -> Candidate | str:
    return value if isinstance(value, str) else _candidate(value, where)


def _question(value: Any, where: str) -> Question:
    return Question(**_fields(value, where, QUESTION, needed=("problem",)))


def _label(value: Any, where: str) -> Label:
    return Label(**_fields(value, where, LABEL, needed=("steps", "total_time", "finish_reason")))


CANDIDATE: Final[Mapping[str, Reader]] = {
    "text": _text,
    "rating": _or_null(_one_of(RATINGS, _whole)),
    "flagged": _or_null(_flag),
}
STEP: Final[Mapping[str, Reader]] = {
    "completions": _or_null(_list_of(_candidate)),
    "human_completion": _or_null(_human),
    "chosen_completion": _or_null(_whole),
}
QUESTION: Final[Mapping[str, Reader]] = {
    "problem": _text,
    "ground_truth_solution": _or_null(_text),
    "ground_truth_answer": _or_null(_text),
    "pre_generated_steps": _or_null(_list_of(_text)),
    "pre_generated_answer": _or_null(_text),
    "pre_generated_verifier_score": _or_null(_number),
}
LABEL: Final[Mapping[str, Reader]] = {
    "steps": _list_of(_step),
    "total_time": _or_null(_whole),
    "finish_reason": _one_of(FINISH_REASONS, _text),
}
RECORD: Final[Mapping[str, Reader]] = {
    "labeler": _text,
    "timestamp": _moment,
    "generation": _or_null(_whole),
    "is_quality_control_question": _flag,
    "is_initial_screening_question": _flag,
    "question": _question,
    "label": _label,
}
