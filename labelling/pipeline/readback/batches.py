"""What one transaction of reading back is about: the judgements of whole lines. Plain values."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from labelling.corpus.importers import Line, Refusal, SampleRecord
from labelling.pipeline.readers import Judgement

MOST_JUDGEMENTS = 4_000
MOST_LINES = 10_000
MOST_BYTES = 48 * 2**20  # of documents, so that memory stays flat where they are huge


class Entry(NamedTuple):
    """A judgement, and the line that it came from. ``uuid``: of the annotation, the same at each import.

    ``record``: what was judged, as the corpus takes it.
    """

    path: str
    line: Line
    judgement: Judgement
    uuid: UUID
    record: SampleRecord


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

    @property
    def records(self) -> int:
        return len(self.entries)

    def halves(self) -> tuple["Batch", "Batch"]:
        middle = (len(self.entries) + 1) // 2
        return Batch(self.entries[:middle]), Batch(self.entries[middle:])
