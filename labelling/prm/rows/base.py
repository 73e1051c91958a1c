"""What a labelled row says, whatever its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from labelling.corpus.text import BadText, check_text
from labelling.prm.embedded.examples import Example

NEUTRAL: Final = ("positive", "negative")


class BadRow(ValueError):
    """What is wrong with a row, and where."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a whole solution: its first error (0-based; None: no step is wrong), or its final answer."""

    steps: tuple[str, ...]
    first_error: int | None = None
    is_searched: bool = False  # somebody looked for the first error
    is_right: bool | None = None  # the final answer


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row's problem, its labelled steps, its whole solution's verdict if it has one.

    ``left_out``: why it isn't for training, or None.
    """

    problem: str
    examples: tuple[Example, ...]
    left_out: str | None = None
    verdict: Verdict | None = None


class Read(Protocol):
    def __call__(self, row: Mapping[str, Any], *, neutral: str) -> Labelled: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """``keys``: those by which it is told from others. ``read`` raises BadRow."""

    name: str
    keys: frozenset[str]
    read: Read


def text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise BadRow(f"{key}: must be a text")
    return storable(value, key)


def texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row[key]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadRow(f"{key}: must be a list of texts")
    return tuple(storable(one, f"{key}[{at}]") for at, one in enumerate(value))


def storable(value: str, where: str) -> str:
    """A text that could be a sample's: tokenizers and databases take no half characters."""
    try:
        return check_text(value)
    except BadText as error:
        raise BadRow(f"{where}: {error}") from error


def truth(row: Mapping[str, Any], key: str) -> bool:
    value = row[key]
    if not isinstance(value, bool):
        raise BadRow(f"{key}: must be true or false, not {value!r}")
    return value


def path_examples(problem: str, steps: Sequence[str], labels: Sequence[bool]) -> tuple[Example, ...]:
    """A label a step, of the first so many steps."""
    return tuple(
        Example(problem, tuple(steps[:at]), step, float(label))
        for at, (step, label) in enumerate(zip(steps, labels, strict=False))
    )
