"""What one transaction of reading back is about, and what became of it."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from labelling.corpus.importers import Line
from labelling.pipeline.readers import Judgement
from labelling.rounds.models import Campaign

MOST_JUDGEMENTS = 4_000
MOST_LINES = 10_000
MOST_BYTES = 48 * 2**20  # of documents, so that memory stays flat where they are huge

Refusal = tuple[str, Line, str]


@dataclass(slots=True)
class Entry:
    """A judgement, and the line that it came from. ``uuid``: of the annotation, the same at each import."""

    path: str
    line: Line
    judgement: Judgement
    uuid: UUID


def uuid_of(campaign: str, format_name: str, identity: bytes) -> UUID:
    """A judgement read from the same bytes into the same campaign is the same annotation."""
    return UUID(bytes=sha256(b"\0".join((campaign.encode(), format_name.encode(), identity))).digest()[:16])


@dataclass
class Batch:
    """Judgements of whole lines; ``bad``: lines that gave none. ``bytes_read``: how far the files have been read."""

    entries: list[Entry] = field(default_factory=list)
    bad: list[Refusal] = field(default_factory=list)
    lines: int = 0
    bytes: int = 0
    bytes_read: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= MOST_JUDGEMENTS or self.lines >= MOST_LINES or self.bytes >= MOST_BYTES

    def halves(self) -> tuple["Batch", "Batch"]:
        middle = (len(self.entries) + 1) // 2
        return Batch(self.entries[:middle]), Batch(self.entries[middle:])


@dataclass
class Counts:
    annotations_added: int = 0
    annotations_known: int = 0
    steps_added: int = 0
    problems_added: int = 0
    solutions_added: int = 0
    raters_added: int = 0
    rounds_added: int = 0

    def add(self, other: "Counts") -> None:
        for each in fields(Counts):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass
class Outcome:
    counts: Counts = field(default_factory=Counts)
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, entry: Entry, reason: str) -> None:
        self.refused.append((entry.path, entry.line, reason))

    def add(self, other: "Outcome") -> None:
        self.counts.add(other.counts)
        self.refused += other.refused


@dataclass(frozen=True)
class Terms:
    """Where the judgements go. ``batch_id``: of the corpus' import row."""

    campaign: Campaign
    format: str
    model_version_id: int
    batch_id: int
    moment: datetime
    held_out: bool = False
