"""Which snapshot is meant: by its hash or the beginning of it, or by a folder that it was copied to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exports.models import Snapshot
from exports.snapshots.manifest import MANIFEST
from exports.snapshots.storage import Opener, opener, opener_of_folder

LEAST: Final = 6  # of a hash's characters


class Unknown(Exception):
    """No such snapshot, or several; the message says what to do."""


@dataclass(frozen=True)
class Found:
    """``name``: its hash, or its folder. ``stored``: its row, where it is one of ours."""

    name: str
    open: Opener
    stored: Snapshot | None = None


def snapshot_found(named: str) -> Found:
    """Raises ``Unknown``."""
    if (Path(named) / MANIFEST).is_file():
        return Found(str(Path(named)), opener_of_folder(Path(named)))
    word = named.strip().lower()
    if len(word) < LEAST or not all(char in "0123456789abcdef" for char in word):
        raise Unknown(
            f"{named!r} is neither a snapshot's hash (its first {LEAST} characters are enough) nor a folder with a "
            f"{MANIFEST}."
        )
    rows = list(Snapshot.objects.filter(hash__startswith=word)[:2])
    if not rows:
        raise Unknown(f"There is no snapshot {word}… here.")
    if len(rows) > 1:
        raise Unknown(f"Several snapshots begin with {word}: give more of the hash.")
    return Found(rows[0].hash, opener(rows[0].hash), rows[0])
