"""The files of one import: which format each is in, and in which order they are read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from django.conf import settings

from labelling.corpus.importers import (
    IMPORTERS,
    BadLine,
    ImportContext,
    Importer,
    Line,
    ReadProblem,
    ScoreRecord,
    detect_format,
    read_lines,
)

PEEKED = 100  # lines at the head of a file that may be bad before its format cannot be told


class ImportProblem(Exception):
    """The import cannot start or go on; the message says why and what would mend it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``size`` in bytes (None for standard input); ``scores``: its lines need samples that come before."""

    path: str
    size: int | None
    format: str
    scores: bool
    lines: Callable[[], Iterator[Line]]

    @property
    def importer(self) -> Importer:
        return IMPORTERS[self.format]


def sources_open(*, files: Sequence[str], format_name: str | None, context: ImportContext) -> list[Source]:
    """Return the files in the order to read them: samples first, then the scores that name them.

    Raises ImportProblem for a missing or unreadable file and for a format that is unknown or cannot be told.
    """
    if format_name is not None and format_name not in IMPORTERS:
        raise ImportProblem(f"Unknown format {format_name!r}; there are {', '.join(sorted(IMPORTERS))}.")
    if files.count("-") > 1:
        raise ImportProblem("Standard input (-) can be read once only.")
    found = [_source(path, format_name, context) for path in files]
    return sorted(found, key=lambda source: source.scores)


def _source(path: str, format_name: str | None, context: ImportContext) -> Source:
    lines = read(path)
    peeked = list(islice(lines, 1 if format_name else PEEKED))
    objects = [line.obj for line in peeked if line.obj is not None]
    name = format_name or next(filter(None, map(detect_format, objects)), None)
    if name is None:
        raise ImportProblem(_untold(path, peeked))
    scores = bool(objects) and _is_score(IMPORTERS[name], objects[0], context)
    if path == "-":
        return Source(path, None, name, scores, partial(chain, peeked, lines))
    return Source(path, Path(path).stat().st_size, name, scores, partial(read, path))


def read(path: str, *, exact: bool = False) -> Iterator[Line]:
    """Yield a file's lines (``exact``: to the byte); whatever hinders reading on is an ImportProblem."""
    try:
        yield from read_lines(path, line_limit=settings.MAX_LINE_BYTES, exact=exact)
    except ReadProblem as error:
        raise ImportProblem(str(error)) from error
    except OSError as error:
        raise ImportProblem(f"{path}: {error.strerror or error}") from error


def _is_score(importer: Importer, obj: dict[str, object], context: ImportContext) -> bool:
    try:
        return isinstance(next(importer.parse(obj, context), None), ScoreRecord)
    except BadLine:
        return False


def _untold(path: str, peeked: Sequence[Line]) -> str:
    if not peeked:
        return f"{path}: the file is empty."
    first = next((line for line in peeked if line.error), None)
    why = f" (line {first.number}: {first.error})" if first else ""
    return f"{path}: its format cannot be told from its first lines{why}; name it with --format {_choices()}."


def _choices() -> str:
    return "|".join(sorted(IMPORTERS))
