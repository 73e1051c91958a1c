"""Lines out of files, in flat memory: .jsonl, .json (plain, .gz or .zst), .parquet, and ``-`` for standard input.

What is wrong with one line is that line's error; only a file that cannot be opened at all raises ReadProblem.
"""

import gzip
import io
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, Protocol, cast

if TYPE_CHECKING:  # pyarrow is loaded only where a Parquet file is read
    from pyarrow import RecordBatch

LINE_LIMIT = 16 * 2**20  # bytes
ARRAY_LIMIT = 256 * 2**20  # bytes of a .json file, which is read whole
BATCH_ROWS = 256
_TEXTS = (".jsonl", ".ndjson", ".json")
SUFFIXES = (*(text + packed for text in _TEXTS for packed in ("", ".gz", ".zst")), ".parquet")
_CHUNK = 2**20
_REJECT_HEAD = 2**10  # bytes kept of a line that is over the limit
_BOM = b"\xef\xbb\xbf"
DAMAGED = (EOFError, zlib.error, OSError)  # what unpacking raises; gzip's own error and Arrow's are OSErrors


class ReadProblem(Exception):
    """The file cannot be read at all; the message says why."""


class LineSource(Protocol):
    """What lines are read from: a file, standard input, an unpacked stream."""

    def readline(self, size: int = -1, /) -> bytes: ...


Parsed = tuple[dict[str, object] | None, str | None]


@dataclass(slots=True)
class Line:
    """One line, array entry or row. ``number`` is 1-based; ``bytes_read`` counts the file's own (compressed) bytes.

    ``raw`` is the line as it stood, without its end; None where the file has no lines. ``obj`` or ``error`` is None;
    without ``parsed`` they are read off ``raw`` when they are asked for: some readers know a faster way than ``json``.
    """

    number: int
    raw: bytes | None
    bytes_read: int
    parsed: Parsed | None = None

    @property
    def obj(self) -> dict[str, object] | None:
        return self._parsed()[0]

    @property
    def error(self) -> str | None:
        return self._parsed()[1]

    def _parsed(self) -> Parsed:
        if self.parsed is None:
            self.parsed = _parsed((self.raw or b"").strip())
        return self.parsed

    def as_reject(self) -> bytes:
        """Return what a rejects file keeps: the raw line, or the row as JSON."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.obj, ensure_ascii=False, default=str).encode(errors="backslashreplace")


Refusal = tuple[str, Line, str]  # a file's path, its line, and why


def read_lines(
    path: str,
    *,
    line_limit: int = LINE_LIMIT,
    array_limit: int = ARRAY_LIMIT,
    stdin: IO[bytes] | None = None,
    exact: bool = False,
) -> Iterator[Line]:
    """Yield the lines of one file that are not blank. Raises ReadProblem where the file cannot be opened.

    ``exact``: ``raw`` keeps white space around the line, and a CR before its end.
    """
    if path == "-":
        stream = stdin or sys.stdin.buffer
        return _stream(stream, None, line_limit, exact)
    name = path.lower()
    if not name.endswith(SUFFIXES):
        raise ReadProblem(f"{path}: unknown kind of file; expected one of {', '.join(SUFFIXES)}")
    if not Path(path).is_file():
        raise ReadProblem(f"{path}: no such file" if not os.path.lexists(path) else f"{path}: not a regular file")
    if name.endswith(".parquet"):
        return _parquet(path)
    if name.endswith((".json", ".json.gz", ".json.zst")):
        return _array(path, array_limit)
    return _file(path, line_limit, exact)


def _file(path: str, limit: int, exact: bool) -> Iterator[Line]:
    with _opened(path) as file, _unpacked(file, path) as unpacked:
        yield from _stream(unpacked, file.tell if unpacked is not file else None, limit, exact)


@contextmanager
def _unpacked(file: IO[bytes], path: str) -> Iterator[IO[bytes]]:
    """The file's content, whatever packs it; the file itself where nothing does."""
    name = path.lower()
    if name.endswith(".gz"):
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast("IO[bytes]", unpacked)
    elif name.endswith(".zst"):
        import pyarrow as pa  # here, as it takes a while and other files do without

        with pa.CompressedInputStream(pa.PythonFile(cast("io.IOBase", file), "r"), "zstd") as stream:
            yield io.BufferedReader(cast("io.RawIOBase", stream), _CHUNK)
    else:
        yield file


def _opened(path: str) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise ReadProblem(f"{path}: {error.strerror}") from error


def _stream(stream: LineSource, tell: Callable[[], int] | None, limit: int, exact: bool) -> Iterator[Line]:
    """Yield lines; ``tell`` gives the bytes read where the stream is unpacked from another."""
    number, consumed = 0, 0
    while True:
        number += 1
        try:
            raw = stream.readline(limit + 2)  # room for the line's end
            longer = len(raw.rstrip(b"\r\n")) > limit
            size = len(raw) + (_skip_line(stream) if longer and not raw.endswith(b"\n") else 0)
        except DAMAGED as error:
            yield Line(number, b"", consumed, (None, f"the compressed file is damaged from here on: {error}"))
            return
        if not raw:
            return
        consumed = tell() if tell else consumed + size
        if longer:
            yield Line(number, raw[:_REJECT_HEAD], consumed, (None, f"longer than {limit:,} bytes ({size:,})"))
            continue
        raw = raw.removeprefix(_BOM) if number == 1 else raw
        if bare := raw.strip():
            yield Line(number, raw.removesuffix(b"\n") if exact else bare, consumed)


def _skip_line(stream: LineSource) -> int:
    """Read to the end of a line without holding it; return its bytes."""
    skipped = 0
    while part := stream.readline(_CHUNK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object: which value is meant?")
    return found


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_object)


def _parsed(raw: bytes) -> Parsed:
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as error:
        return None, f"not UTF-8: byte {error.start + 1} is 0x{raw[error.start]:02x}"
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, NaN, deep nesting
        return None, f"not usable JSON: {error}"
    return (value, None) if isinstance(value, dict) else (None, "expected a JSON object on the line")


def _array(path: str, limit: int) -> Iterator[Line]:
    """Yield the entries of a .json file: a list of objects, or one object."""
    with _opened(path) as file, _unpacked(file, path) as unpacked:
        try:
            content = unpacked.read(limit + 1)
        except DAMAGED as error:
            raise ReadProblem(f"{path}: the compressed file is damaged: {error}") from error
        size = file.tell()
    if len(content) > limit:
        raise ReadProblem(f"{path}: larger than {limit:,} bytes; use .jsonl, which is read line by line")
    try:
        value = _DECODER.decode(content.removeprefix(_BOM).decode().strip())
    except (ValueError, RecursionError) as error:
        raise ReadProblem(f"{path}: not JSON: {error}") from error
    entries = value if isinstance(value, list) else [value]
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            yield Line(number, None, size * number // len(entries), (entry, None))
        else:
            raw = json.dumps(entry).encode()
            yield Line(number, raw, size * number // len(entries), (None, "expected a JSON object as entry"))


def _parquet(path: str) -> Iterator[Line]:
    """Yield a Parquet file's rows, a batch in memory at a time; ``bytes_read`` is the rows' share of the file."""
    import pyarrow.parquet as pq  # here: a third of a second that most imports do not need
    from pyarrow.lib import ArrowException

    size = Path(path).stat().st_size
    try:
        with pq.ParquetFile(path) as file:
            rows, number = max(1, file.metadata.num_rows), 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for row, error in _rows(batch):
                    number += 1
                    raw = None if error is None else f"row {number}".encode()
                    yield Line(number, raw, size * number // rows, (row, error))
    except ArrowException as error:
        raise ReadProblem(f"{path}: not a readable Parquet file: {error}") from error


def _rows(batch: "RecordBatch") -> Iterator[Parsed]:
    """A batch's rows; where a value has no Python form (a repeated key, bad UTF-8), row by row, or the row's fault."""
    try:
        yield from [(row, None) for row in batch.to_pylist(maps_as_pydicts="strict")]
    except (KeyError, ValueError, OverflowError):
        for at in range(batch.num_rows):
            try:
                yield batch.slice(at, 1).to_pylist(maps_as_pydicts="strict")[0], None
            except (KeyError, ValueError, OverflowError) as error:
                yield None, f"not usable: {type(error).__name__}: {error}"
