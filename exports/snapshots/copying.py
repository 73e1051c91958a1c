"""A stored snapshot's rows, written where an export would have written them."""

import shutil
from pathlib import Path

from exports.containers.card import CARD
from exports.containers.parquet import FOLDER
from exports.models import Snapshot
from exports.requests import ExportRefused
from exports.snapshots.building import manifest_of
from exports.snapshots.manifest import MANIFEST, digest_of
from exports.snapshots.storage import opener
from exports.targets import file_written, folder_written, target_of


def rows_copied(made: Snapshot, output: str | Path, *, force: bool) -> None:
    """Its one file of lines (packed by the output's suffix; ``-``: standard output), or a folder of Parquet."""
    manifest = manifest_of(made)
    paths = [file["path"] for file in manifest["files"] if file["path"].startswith(f"{FOLDER}/")]
    target = target_of(output, container=manifest["container"], force=force, dry_run=False)
    if manifest["container"] == "parquet":
        assert target is not None  # noqa: S101  target_of has refused standard output
        with folder_written(target) as folder:
            _files_copied(made, [*paths, CARD], folder)
        return
    if len(paths) != 1:
        raise ExportRefused("A file of lines holds one split, and this snapshot has both: it stays in its storage.")
    with opener(made.hash)(paths[0]) as rows, file_written(target) as file:
        shutil.copyfileobj(rows, file, 2**20)


def files_copied(made: Snapshot, folder: Path) -> None:
    """All of it into an empty folder, compared with the manifest. Raises ``OSError`` where it is not as it was."""
    files = manifest_of(made)["files"]
    _files_copied(made, [*(file["path"] for file in files), MANIFEST], folder)
    for file in files:
        with (folder / file["path"]).open("rb") as copied:
            if digest_of(copied) != (file["size"], file["sha256"]):
                raise OSError(f"{file['path']} is not as it was: verify_snapshot {made.short} says more")


def _files_copied(made: Snapshot, paths: list[str], folder: Path) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with opener(made.hash)(path) as lying, (folder / path).open("wb") as copy:
            shutil.copyfileobj(lying, copy, 2**20)
