"""What every format states of itself, what it gets, and how its rows become lines."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import msgspec

from exports.formats.schema import has_floats, read_row
from exports.labelled import Row, row_of

#: A row of a dataset as plain values, keys in the format's order.
DataRow = Mapping[str, Any]
Choices = Mapping[str, str | None]
Purpose = Literal["training", "evaluation"]
Source = Literal["annotations", "samples"]
#: Facts beside the document that a format may need; each costs a look-up an annotation.
Fact = Literal["verdict", "generator", "notes"]


class LeftOut(Exception):
    """The record has no place in the dataset by the format's own rules; counted under this reason."""


class Unfit(Exception):
    """The format cannot hold the record: the export stops, and says at which, unless such records are to stay out."""


class ChoiceNeeded(Exception):
    """A record came for which a choice makes a difference, and it was not made."""


@dataclass(frozen=True)
class Option:
    """A choice that a format asks for. Without ``values`` any text will do (and ``default`` is one).

    ``forced``: must be given. Otherwise ``default`` holds; where that is None, the choice must be made as soon as a
    record comes for which it makes a difference.
    """

    name: str
    help: str
    values: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    forced: bool = False

    @property
    def meanings(self) -> str:
        """The values with what each means, to be told where one must be chosen."""
        return "; ".join(f"{value}: {meaning}" for value, meaning in self.values.items())


@dataclass(frozen=True, slots=True)
class Note:
    """Why a step is wrong, in a rater's words, and the kind of error."""

    reason: str
    classification: str


@dataclass(slots=True)
class Case:
    """One labelled solution. ``document``: its PRM800K row; ``row``: the same, decoded when it is first asked for.

    ``first_error``: 0-based, None for none: the rater's, or the one that raters agree on. ``verdict``: on the final
    answer: ``right``, ``wrong``, ``undecided``, or None where it was not graded. ``notes``: by step index.
    ``number``: rows written before this one.
    """

    document: bytes
    first_error: int | None
    verdict: str | None = None
    generator: str = "unknown"
    notes: Mapping[int, Note] = field(default_factory=dict)
    number: int = 0
    _row: Row | None = None

    @property
    def row(self) -> Row:
        """Raises ``exports.records.BadRecord``."""
        if self._row is None:
            self._row = row_of(self.document)
        return self._row


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """One sample of a pool: verdict as in ``Case``, solution scores in [0, 1]."""

    problem: str
    steps: Sequence[str]
    answer: str | None
    verdict: str | None
    prm_score: float | None
    orm_score: float | None


Converter = Callable[[Any], Sequence[DataRow]]


class Format(Protocol):
    """How labelled solutions become rows of a dataset. A format reads the lines that it wrote."""

    name: str
    description: str
    #: An evaluation set may hold held-out problems; a training set never does.
    purpose: Purpose
    #: What a row is made of: an annotation (``Case``) or a sample (``ScoredSample``).
    source: Source
    needs: frozenset[Fact]
    #: Of a rater's judgement a row holds the first error alone, so that one that was decided may stand in its place.
    by_answer: bool

    @property
    def options(self) -> Sequence[Option]:
        """The choices that the format takes."""
        ...

    @property
    def shapes(self) -> Sequence[type]:
        """The ways in which a row may look; which one it is depends on the choices (``shape``)."""
        ...

    def shape(self, choices: Choices) -> type:
        """The ``TypedDict`` of a row."""
        ...

    def converter(self, choices: Choices) -> Converter:
        """What turns a case into its rows (keys in the shape's order). Raises the three above."""
        ...

    def read(self, line: str) -> DataRow:
        """What a line says, checked. Raises ``exports.records.BadRecord``, which names the field."""
        ...

    def tabular(self, row: DataRow) -> DataRow:
        """The row as a table holds it, where each column has one type. Raises ``Unfit``."""
        ...


class Simple:
    """What most formats have in common: training rows of one shape, made of annotations, nothing needed beside them."""

    purpose: Purpose = "training"
    source: Source = "annotations"
    needs: frozenset[Fact] = frozenset()
    by_answer: bool = False
    options: Sequence[Option] = ()
    shapes: Sequence[type]

    def shape(self, choices: Choices) -> type:
        return self.shapes[0]

    def read(self, line: str) -> DataRow:
        row = read_row(line, self.shapes)
        self.check(row)
        return row

    def check(self, row: DataRow) -> None:
        """Beyond its types: do the parts of a row that was read agree? Raises ``BadRecord``."""

    def tabular(self, row: DataRow) -> DataRow:
        return row


_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


def line_of(row: DataRow) -> bytes:
    """The row as ``json.dumps(row, ensure_ascii=False)`` writes it, in UTF-8, without a line break."""
    return _encode(row).encode()


def lines_of(shape: type) -> Callable[[DataRow], bytes]:
    """``line_of`` for rows of one shape, in a third of the time where no number can be spelt in two ways."""
    return line_of if has_floats(shape) else _line_without_floats


def _line_without_floats(row: DataRow) -> bytes:
    return msgspec.json.format(msgspec.json.encode(row), indent=0)
