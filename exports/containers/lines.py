"""Lines in a file, packed by its suffix. The same lines give the same bytes: no name and no time goes in."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import IOBase
from pathlib import Path
from typing import IO, Final, cast

BUFFER: Final = 2**20
LEVEL: Final = 6


@contextmanager
def opened(path: Path, *, name: str) -> Iterator[IO[bytes]]:
    """The file to write lines into, whole and closed at the end; ``name`` (``labels.jsonl.gz``) tells the packing."""
    suffix = Path(name).suffix.lower()
    with path.open("wb", buffering=BUFFER) as file:
        if suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=LEVEL, mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        elif suffix == ".zst":
            import pyarrow as pa  # here, as it takes a while and plain lines do without

            with pa.CompressedOutputStream(pa.PythonFile(cast("IOBase", file), "w"), "zstd") as packed:
                yield cast("IO[bytes]", packed)
        else:
            yield file


def write_lines(file: IO[bytes], group: Sequence[bytes]) -> int:
    """Write a group of lines at once. Returns the number of bytes."""
    block = b"\n".join((*group, b""))
    file.write(block)
    return len(block)
