"""Field checks that all importers share: each returns the value in its type, or raises BadLine naming the field."""

import math
from collections.abc import Iterable, Mapping

from labelling.corpus.importers.records import BadLine, SampleRecord
from labelling.corpus.text import BadText, check_text

NAME_LIMIT = 128  # characters of a generator, source or scorer
ID_LIMIT = 200
ANSWER_LIMIT = 1_000  # characters: longer ones would not fit the database's index
INDEX_LIMIT = 2**31 - 1
META_DEPTH = 20
# What a person can still read and a browser still draw; far above any real solution.
STEPS_LIMIT = 1_000
STEP_LIMIT = 20_000  # characters
SOLUTION_LIMIT = 200_000  # characters of all steps together


def kind(value: object) -> str:
    """Name a value's JSON type for a message."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", type(None): "null"}
    return names.get(type(value), "an object" if isinstance(value, Mapping) else "a list")


def wrong_type(name: str, expected: str, value: object) -> BadLine:
    return BadLine(f"{name}: expected {expected}, found {kind(value)}")


def stored(name: str, value: str) -> str:
    """Return a text that PostgreSQL can hold."""
    try:
        return check_text(value)
    except BadText as error:
        raise BadLine(f"{name}: {error}") from error


def text(name: str, value: object) -> str:
    """Return a string that is not blank."""
    if type(value) is not str:
        raise wrong_type(name, "a string", value)
    if not value or value.isspace():
        raise BadLine(f"{name}: expected a string that is not blank")
    return stored(name, value)


def optional_text(name: str, value: object, *, limit: int | None = None) -> str | None:
    if value is None:
        return None
    return limited(name, text(name, value), limit) if limit else text(name, value)


def limited(name: str, value: str, limit: int) -> str:
    if len(value) > limit:
        raise BadLine(f"{name}: expected at most {limit:,} characters, found {len(value):,}")
    return value


def label(name: str, value: object) -> str:
    """Return a name of something, without white space around it."""
    return limited(name, text(name, value).strip(), NAME_LIMIT)


def external_id(name: str, value: object) -> str:
    """Return an id of the source's as text; whole numbers are ids too."""
    if type(value) is int:
        value = str(value) if abs(value) <= INDEX_LIMIT**2 else "9" * (ID_LIMIT + 1)
    return limited(name, text(name, value).strip(), ID_LIMIT)


def texts(name: str, value: object) -> tuple[str, ...]:
    """Return a list of at least one string, none of them blank."""
    if type(value) is not list:
        raise wrong_type(name, "a list of strings", value)
    if not value:
        raise BadLine(f"{name}: expected at least one entry, found an empty list")
    for at, entry in enumerate(value):
        if type(entry) is not str or not entry or entry.isspace() or not entry.isascii() or "\x00" in entry:
            text(f"{name}[{at}]", entry)
    return tuple(value)


def index(name: str, value: object) -> int:
    if type(value) is not int:
        raise wrong_type(name, "a whole number", value)
    if not 0 <= value <= INDEX_LIMIT:
        raise BadLine(f"{name}: expected a whole number from 0 to {INDEX_LIMIT:,}")
    return value


def flag(name: str, value: object) -> bool:
    if type(value) is not bool:
        raise wrong_type(name, "true or false", value)
    return value


def step_scores(name: str, value: object, *, steps: int | None) -> tuple[float, ...]:
    """Return scores in [0, 1], as many as there are steps (where their number is known)."""
    if type(value) is not list:
        raise wrong_type(name, "a list of numbers", value)
    if steps is not None and len(value) != steps:
        raise BadLine(f"{name}: expected {steps} scores, one a step, found {len(value)}")
    if not value:
        raise BadLine(f"{name}: expected at least one score, found an empty list")
    for at, score in enumerate(value):
        if type(score) not in (float, int):
            raise wrong_type(f"{name}[{at}]", "a number", score)
        if not 0 <= score <= 1:  # NaN too
            raise BadLine(f"{name}[{at}]: expected a number from 0 to 1")
    return tuple(map(float, value))


def mapping(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    return value


def storable(name: str, value: object, depth: int = 0) -> None:
    """Refuse what JSONB cannot hold anywhere within ``value``: NUL, lone surrogates, NaN, infinity, deep nesting."""
    if depth > META_DEPTH:
        raise BadLine(f"{name}: expected at most {META_DEPTH} levels of nesting")
    if isinstance(value, str):
        stored(name, value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadLine(f"{name}: expected finite numbers")
    elif isinstance(value, list | Mapping):
        entries: Iterable[object] = [*value, *value.values()] if isinstance(value, Mapping) else value
        for entry in entries:
            storable(name, entry, depth + 1)
    elif value is not None and not isinstance(value, int | float):
        raise BadLine(f"{name}: expected JSON values, found {type(value).__name__}")


def within_bounds(record: SampleRecord) -> SampleRecord:
    """Return the record, or raise BadLine where nobody could label it."""
    if len(record.steps) > STEPS_LIMIT:
        raise BadLine(f"steps: expected at most {STEPS_LIMIT:,}, found {len(record.steps):,}")
    for at, step in enumerate(record.steps):
        limited(f"steps[{at}]", step, STEP_LIMIT)
    limited("problem", record.problem, STEP_LIMIT)
    if sum(map(len, record.steps)) > SOLUTION_LIMIT:
        raise BadLine(f"steps: expected at most {SOLUTION_LIMIT:,} characters in all")
    for index_, candidates in record.alternatives.items():
        for at, text_ in enumerate(candidates):
            limited(f"alternatives.{index_}[{at}]", text_, STEP_LIMIT)
    return record
