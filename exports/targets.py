"""Where a dataset goes: it appears under its name when it is whole and on the disk, or not at all."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from exports.containers import lines
from exports.containers.card import CARD
from exports.containers.parquet import FOLDER
from exports.requests import ExportRefused

STDOUT: Final = "-"


def target_of(output: str | Path, *, container: str, force: bool, dry_run: bool) -> Path | None:
    """Where it is to lie, links followed; None for standard output. Raises ``ExportRefused``."""
    if str(output) == STDOUT:
        if container != "lines":
            raise ExportRefused("Parquet is written into a folder: standard output takes lines.")
        return None
    _check_name(str(output), container=container)
    target = Path(os.path.realpath(output))
    if dry_run:
        return target
    if target.exists():
        _check_free(target, output, container=container, force=force)
    if not target.parent.is_dir():
        raise ExportRefused(f"There is no folder {target.parent}; make it first.")
    return target


def _check_name(output: str, *, container: str) -> None:
    try:
        output.encode()
    except UnicodeEncodeError:
        raise ExportRefused(f"{output!r} is no UTF-8: give another name.") from None
    if container == "lines" and output.endswith(os.sep):
        raise ExportRefused(f"{output} is a folder's name: give a file's, as lines go into one.")


def _check_free(target: Path, output: str | Path, *, container: str, force: bool) -> None:
    if container == "lines":
        if not target.is_file():
            raise ExportRefused(f"{output} is not a regular file; give a file's path, or - for standard output.")
    else:
        # Only what this made is ever removed: a folder's name is mistyped too easily.
        if not target.is_dir() or {entry.name for entry in target.iterdir()} - {CARD, FOLDER}:
            raise ExportRefused(f"{output} is no folder of a dataset; give a new folder's path.")
        if not any(target.iterdir()):
            return
    if not force:
        raise ExportRefused(f"{output} exists already; --force replaces it.")


def card_beside(target: Path) -> Path:
    """What a file holds, in words: the card that a folder has as its README."""
    return target.with_name(f"{target.name}.card.md")


@contextmanager
def file_written(target: Path | None) -> Iterator[IO[bytes]]:
    """A side file that takes the target's name at the end, or standard output."""
    if target is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    side = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with lines.opened(side, name=target.name) as file:
            yield file
        _to_disk(side)
        side.replace(target)
    finally:
        side.unlink(missing_ok=True)


@contextmanager
def folder_written(target: Path) -> Iterator[Path]:
    """A side folder that takes the target's name at the end."""
    side = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        side.mkdir()
        yield side
        for path in sorted(side.rglob("*")):
            if path.is_file():
                _to_disk(path)
        if target.exists():
            shutil.rmtree(target)
        side.rename(target)
    finally:
        shutil.rmtree(side, ignore_errors=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
