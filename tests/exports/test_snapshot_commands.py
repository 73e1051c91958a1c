"""make, verify and diff: what they say, and their exit codes."""

import json
import os
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exports import make_snapshot
from exports.models import Snapshot
from exports.snapshots.manifest import MANIFEST
from exports.snapshots.storage import opener
from labelling.rating.models import Annotation
from tests.exports.frozen import corrected
from tests.factories import AnnotationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


class TestCommands:
    @pytest.fixture
    def made(self) -> Snapshot:
        AnnotationFactory.create_batch(2)
        return make_snapshot(format="prm800k")

    def call(self, *arguments: str) -> tuple[int, str, str]:
        out, told = StringIO(), StringIO()
        try:
            call_command(*arguments, stdout=out, stderr=told)
        except SystemExit as ended:
            return int(str(ended.code)), out.getvalue(), told.getvalue()
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), told.getvalue()

    def test_make_prints_the_hash(self) -> None:
        AnnotationFactory.create()
        code, out, told = self.call("make_snapshot", "--format", "prm800k", "--title", "One")
        assert (code, out.strip()) == (0, Snapshot.objects.get().hash)
        assert "1 rows" in told
        code, out, _ = self.call("make_snapshot", "--format", "prm800k", "--json")
        assert json.loads(out)["manifest"]["rows"] == 1
        assert self.call("make_snapshot", "--format", "trl")[0] == 1

    def test_verify_says_whole(self, made: Snapshot) -> None:
        code, out, _ = self.call("verify_snapshot", made.hash[:12])
        assert (code, "whole (4 files" in out) == (0, True)

    @pytest.mark.parametrize(
        ("path", "harm", "fault"),
        [
            ("data/train.jsonl", b"x", "SHA-256"),
            ("README.md", b"longer than it was" * 1_000, "bytes, not"),
            ("ledger.jsonl", None, "missing"),
            ("manifest.json", b"{}", "cannot be read"),
            ("data/more.jsonl", b"", "not of the snapshot"),
        ],
    )
    def test_verify_tells_what_is_wrong(
        self, made: Snapshot, storage: Path, path: str, harm: bytes | None, fault: str
    ) -> None:
        lying = storage / made.hash / path
        if harm is None:
            lying.unlink()
        elif fault == "SHA-256":
            lying.write_bytes(harm + lying.read_bytes()[1:])
        else:
            lying.write_bytes(harm)
        code, _, told = self.call("verify_snapshot", made.hash)
        assert code == 1
        assert path in told
        assert fault in told
        code, out, _ = self.call("verify_snapshot", "--all", "--json")
        assert (code, json.loads(out)["whole"]) == (1, False)

    @pytest.mark.parametrize("what", ["a pipe", "a device", "a folder"])
    def test_what_takes_a_file_s_place_is_told_and_not_read(
        self, made: Snapshot, storage: Path, tmp_path: Path, what: str
    ) -> None:
        lying = storage / made.hash / "data" / "train.jsonl"
        lying.unlink()
        put: dict[str, Any] = {
            "a pipe": os.mkfifo,
            "a device": lambda at: at.symlink_to("/dev/zero"),
            "a folder": Path.mkdir,
        }
        put[what](lying)
        assert "not a regular file" in self.call("verify_snapshot", made.hash)[2]
        (tmp_path / "copy").symlink_to(storage / made.hash)
        assert "not a regular file" in self.call("verify_snapshot", str(tmp_path / "copy"))[2]

    def test_a_copy_in_a_folder_is_verified_and_compared_by_itself(
        self, made: Snapshot, storage: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(storage / made.hash, tmp_path / "copy")
        assert self.call("verify_snapshot", str(tmp_path / "copy"))[0] == 0
        assert self.call("diff_snapshots", str(tmp_path / "copy"), made.hash) == (0, f"The same: {made.hash}\n", "")

    def test_a_manifest_that_points_elsewhere_is_refused(self, made: Snapshot, storage: Path, tmp_path: Path) -> None:
        shutil.copytree(storage / made.hash, tmp_path / "copy")
        manifest = tmp_path / "copy" / MANIFEST
        manifest.write_text(manifest.read_text().replace("data/train.jsonl", "../../etc/passwd"))
        code, _, told = self.call("verify_snapshot", str(tmp_path / "copy"))
        assert (code, "outside the snapshot" in told) == (1, True)

    def test_diff_tells_what_differs(self, made: Snapshot) -> None:
        corrected(Annotation.objects.order_by("pk")[0], step_ratings=[1, None])
        other = make_snapshot(format="prm800k", simulated=False)
        code, out, _ = self.call("diff_snapshots", made.hash, other.hash)
        assert code == 1
        assert "filters.simulated: true → false" in out
        assert "step 2 +0 → flagged; " in out
        code, out, _ = self.call("diff_snapshots", made.hash, other.hash, "--json")
        assert (code, json.loads(out)["counts"]["changed"]) == (1, 1)

    @pytest.mark.parametrize("name", ["", "abc", "zzzzzzzzzz", "0" * 64, "../x"])
    def test_a_snapshot_that_is_not_there(self, name: str) -> None:
        assert self.call("verify_snapshot", name)[0] == 2
        assert self.call("diff_snapshots", name, name)[0] == 2


class TestExportDataset:
    """``export_dataset --snapshot``."""

    def export(self, *arguments: str) -> str:
        out = StringIO()
        call_command("export_dataset", "--format", "prm800k", "--snapshot", *arguments, stdout=out)
        return out.getvalue()

    def test_it_freezes_and_writes_the_same_rows(self, tmp_path: Path) -> None:
        AnnotationFactory.create_batch(2)
        told = self.export("--output", str(tmp_path / "x.jsonl"))
        made = Snapshot.objects.get()
        assert made.hash in told
        with opener(made.hash)("data/train.jsonl") as file:
            assert (tmp_path / "x.jsonl").read_bytes() == file.read()
        self.export("--container", "parquet", "--output", str(tmp_path / "folder"))
        assert [path.name for path in (tmp_path / "folder" / "data").iterdir()] == ["train-00000-of-00001.parquet"]

    def test_it_may_only_freeze(self) -> None:
        AnnotationFactory.create()
        assert Snapshot.objects.count() == 0
        self.export("--split", "both")
        assert Snapshot.objects.count() == 1

    def test_without_either_there_is_nothing_to_do(self) -> None:
        with pytest.raises(CommandError, match="--output") as refused:
            call_command("export_dataset", "--format", "prm800k")
        assert refused.value.returncode == 2
