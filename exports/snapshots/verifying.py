"""Is a snapshot still what it was? Every byte of it is read again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.snapshots.finding import Found
from exports.snapshots.manifest import MANIFEST, Broken, decoded, digest, digest_of
from exports.snapshots.storage import Opener, names_below


@dataclass(frozen=True)
class Verdict:
    """``faults``: what is wrong, in words; none: every byte is as the hash says. ``size``: bytes that were read."""

    snapshot: str
    files: int
    size: int
    faults: Sequence[str]


def verify_snapshot(found: Found, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verdict:
    """``progress`` is told bytes read, of how many."""
    try:
        with found.open(MANIFEST) as file:
            held = file.read()
        manifest = decoded(held)
    except (OSError, Broken) as error:
        return Verdict(found.name, 0, 0, [f"{MANIFEST}: {error}"])
    name, faults = digest(held), []
    if found.stored is None:
        found = Found(name, found.open)
    elif name != found.stored.hash or held.decode(errors="replace") != found.stored.manifest:
        faults.append(f"{MANIFEST}: its SHA-256 is {name}, not the snapshot's name")
    read, total = 0, sum(file["size"] for file in manifest["files"])
    for file in manifest["files"]:
        size, fault = _looked_at(found.open, file)
        read += size
        progress(read, total)
        if fault:
            faults.append(f"{file['path']}: {fault}")
    if found.stored is not None:
        faults += _strangers(found.stored.hash, manifest)
    return Verdict(found.name, len(manifest["files"]) + 1, read + len(held), faults)


def _looked_at(opened: Opener, file: dict[str, Any]) -> tuple[int, str]:
    if Path(file["path"]).is_absolute() or ".." in Path(file["path"]).parts:
        return 0, "it lies outside the snapshot"
    try:
        with opened(file["path"]) as lying:
            size, sha256 = digest_of(lying)
    except FileNotFoundError:
        return 0, "it is missing"
    except OSError as error:
        return 0, f"it cannot be read: {error}"
    if size != file["size"]:
        return size, f"it has {size:,} bytes, not {file['size']:,}"
    return size, "" if sha256 == file["sha256"] else f"its SHA-256 is {sha256}, not {file['sha256']}"


def _strangers(name: str, manifest: dict[str, Any]) -> list[str]:
    known = {f"{name}/{file['path']}" for file in manifest["files"]} | {f"{name}/{MANIFEST}"}
    return [f"{path}: it is not of the snapshot" for path in sorted(set(names_below(name)) - known)]
