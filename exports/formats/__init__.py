"""The dataset formats. To add one: a module here, a line in ``FORMATS``, a page in docs/formats."""

from collections.abc import Iterator
from typing import Final, Protocol

from exports.formats.prm800k import Prm800k
from exports.records import Record


class Format(Protocol):
    """How labelled solutions become lines of text; each format reads what it wrote."""

    name: str
    description: str
    #: Whether an annotation's stored document is, as it stands, the line that ``write`` would give for it.
    takes_documents: bool

    def write(self, record: Record) -> Iterator[str]:
        """The lines of one labelled solution, none holding a line break."""
        ...

    def read(self, line: str) -> Record:
        """What a written line says. Raises ``exports.records.BadRecord``, which names the field."""
        ...


FORMATS: Final[dict[str, Format]] = {one.name: one for one in (Prm800k(),)}
