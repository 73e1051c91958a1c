"""Where snapshots lie: Django's storage ``snapshots``, a folder or something S3-compatible; or a folder at hand."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

ALIAS: Final = "snapshots"
#: Where a folder's storage writes files, beside all snapshots: what a killed writer leaves is in none of them.
INCOMING: Final = ".incoming"
STALE_SECONDS: Final = 24 * 3600


class FolderStorage(FileSystemStorage):
    """Files in a folder, each of which appears when it is whole and on the disk, and takes an older one's place."""

    def __init__(self, location: str | Path | None = None, **options: Any) -> None:
        super().__init__(location=location, allow_overwrite=True, **options)

    def open(self, name: str, mode: str = "rb") -> Any:
        check_regular(Path(self.path(name)))
        return super().open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        path, incoming = Path(self.path(name)), Path(self.path(INCOMING))
        for folder in (path.parent, incoming):
            folder.mkdir(parents=True, exist_ok=True)
        _sweep(incoming)
        side = incoming / uuid4().hex
        try:
            with side.open("wb") as file:
                for block in content.chunks():
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            side.replace(path)
        finally:
            side.unlink(missing_ok=True)
        return name


def check_regular(path: Path) -> None:
    """What is put in a file's place must not be waited for, nor read without end. Raises ``OSError``."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a regular file")


def _sweep(incoming: Path) -> None:
    """Remove what writers that were killed left there long ago."""
    for path in incoming.iterdir():
        with suppress(FileNotFoundError):  # another one sweeps, or it has arrived
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink()


def store() -> Storage:
    return storages[ALIAS]


def put(name: str, path: Path) -> None:
    with path.open("rb") as file:
        kept = store().save(name, File(file))
    if kept != name:
        raise OSError(f"the storage kept {name} as {kept}: it must be set to overwrite files of the same name")


#: Opens a file of a snapshot by its path within it.
Opener = Callable[[str], IO[bytes]]


def opener(snapshot: str) -> Opener:
    """Of a snapshot that lies in the storage, by its hash."""
    return lambda path: cast("IO[bytes]", store().open(f"{snapshot}/{path}", "rb"))


def opener_of_folder(folder: Path) -> Opener:
    """Of a snapshot that lies in a folder, downloaded or copied."""

    def opened(path: str) -> IO[bytes]:
        check_regular(folder / path)
        return (folder / path).open("rb")

    return opened


def names_below(folder: str) -> Iterator[str]:
    """Paths of all files below a folder of the storage."""
    try:
        folders, files = store().listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files if name)
    for name in folders:
        if name:
            yield from names_below(f"{folder}/{name}")
