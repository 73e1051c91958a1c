"""A snapshot's manifest: what it holds and how it was made. Its SHA-256 is the snapshot's name. Plain values."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

MANIFEST: Final = "manifest.json"
LEDGER: Final = "ledger.jsonl"
#: Of the manifest's and the ledger's shape.
SCHEMA: Final = 1
BLOCK: Final = 2**20


class Broken(Exception):
    """What lies there is no snapshot's manifest; the message says why."""


def encoded(manifest: Mapping[str, Any]) -> bytes:
    """The one way to write a manifest: the same facts give the same bytes. No time is in it."""
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def decoded(manifest: bytes) -> dict[str, Any]:
    """Raises ``Broken``."""
    try:
        found = json.loads(manifest)
        if found["schema"]["snapshot"] != SCHEMA:
            raise Broken(f"its schema is {found['schema']['snapshot']!r}, and this program reads {SCHEMA}")
        {file["path"]: (file["size"], file["sha256"]) for file in found["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"its manifest cannot be read: {error}") from error
    return dict(found)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of(file: IO[bytes]) -> tuple[int, str]:
    """(bytes, SHA-256) of what is left to read."""
    size, found = 0, hashlib.sha256()
    while block := file.read(BLOCK):
        size += len(block)
        found.update(block)
    return size, found.hexdigest()


def file_facts(folder: Path) -> Iterator[dict[str, Any]]:
    """Path, size and SHA-256 of each file below the folder, in order."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            size, found = digest_of(file)
        yield {"path": path.relative_to(folder).as_posix(), "size": size, "sha256": found}


def code_version(package: Path) -> str:
    """A hash of a package's own source: with which code it was made."""
    sources = sorted(path for path in package.rglob("*.py") if "migrations" not in path.parts)
    return digest(b"".join(path.relative_to(package).as_posix().encode() + path.read_bytes() for path in sources))[:12]
