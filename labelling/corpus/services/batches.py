"""What one transaction of an import is about: its records, what became of them, and what was refused."""

from dataclasses import dataclass, field, fields
from typing import Generic, Protocol, Self, TypeVar
from uuid import UUID

from labelling.corpus.importers import Line, Refusal, SampleRecord, ScoreRecord
from labelling.corpus.importers.records import Record

R_co = TypeVar("R_co", bound=Record, covariant=True)
MOST_RECORDS = 2_000
MOST_LINES = 10_000  # with few records or none, for bad lines: the tally should move on
MOST_BYTES = 32 * 2**20  # of lines, so that memory stays flat where lines are huge
SHORT = 60  # characters of a text that a reason repeats


class HasLine(Protocol):
    """Whatever came from a line of a file."""

    @property
    def path(self) -> str: ...

    @property
    def line(self) -> Line: ...


@dataclass(frozen=True, slots=True)
class Entry(Generic[R_co]):
    """A record and the line that it came from."""

    path: str
    line: Line
    record: R_co


@dataclass
class Batch:
    """Whole lines' records, bounded in number and in bytes; ``bad``: the lines that gave none.

    ``bytes_read``: how far the import has come, in the files' own bytes, all files together.
    """

    samples: list[Entry[SampleRecord]] = field(default_factory=list)
    scores: list[Entry[ScoreRecord]] = field(default_factory=list)
    bad: list[Refusal] = field(default_factory=list)
    lines: int = 0
    bytes: int = 0
    bytes_read: int = 0

    @property
    def records(self) -> int:
        return len(self.samples) + len(self.scores)

    @property
    def is_full(self) -> bool:
        return self.records >= MOST_RECORDS or self.lines >= MOST_LINES or self.bytes >= MOST_BYTES

    def halves(self) -> tuple["Batch", "Batch"]:
        """Return the records in two batches. The bad lines, and the counts, stay with neither."""
        samples, scores = (len(self.samples) + 1) // 2, len(self.scores) // 2
        return (
            Batch(self.samples[:samples], self.scores[:scores]),
            Batch(self.samples[samples:], self.scores[scores:]),
        )


@dataclass
class Sums:
    """Numbers that are added up field by field."""

    def add(self, other: Self) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass
class Counts(Sums):
    """What an import added, and what was there before."""

    samples_added: int = 0
    samples_known: int = 0
    solutions_added: int = 0
    problems_added: int = 0
    alternatives_added: int = 0
    scores_added: int = 0
    scores_known: int = 0
    pool_added: int = 0

    @property
    def twins(self) -> int:
        """Samples added whose text another sample of the problem has too."""
        return self.samples_added - self.solutions_added

    @property
    def accepted(self) -> int:
        return self.samples_added + self.samples_known + self.scores_added + self.scores_known


@dataclass
class Refusals:
    """What the database, or another record, was against."""

    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, entry: HasLine, reason: str) -> None:
        self.refused.append((entry.path, entry.line, reason))


@dataclass
class Outcome(Refusals):
    """What one transaction did."""

    counts: Counts = field(default_factory=Counts)

    def add(self, other: Self) -> None:
        self.counts.add(other.counts)
        self.refused += other.refused


@dataclass(slots=True)
class Placed:
    """A sample whose problem is stored; ``key`` is its solution's, ``solution_id`` follows once that is stored."""

    entry: Entry[SampleRecord]
    problem_id: int
    key: UUID
    solution_id: int = 0

    @property
    def record(self) -> SampleRecord:
        return self.entry.record

    @property
    def identity(self) -> tuple[int, str, str, int]:
        """What makes it this sample and no other."""
        return self.problem_id, self.record.generator, self.record.source, self.record.sample_index


def short(text: str | None) -> str:
    """Return a text as a reason repeats it."""
    shown = repr(text)
    return shown if len(shown) <= SHORT else f"{shown[:SHORT]}…"
