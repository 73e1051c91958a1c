"""Snapshots under kill -9, and in a restored database: whole or not there, and the same bytes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, connections

from annotator.embedded.paths import postgres_binary
from exports import make_snapshot
from exports.models import Snapshot
from exports.snapshots.building import snapshot_job_run
from exports.snapshots.finding import snapshot_found
from exports.snapshots.storage import FolderStorage
from exports.snapshots.verifying import verify_snapshot
from labelling.jobs.models import Job, JobState
from tests.exports.frozen import corrected, files_of
from tests.factories import AnnotationFactory
from tests.processes import ROOT, environment, wait_until


class TestStorage:
    def test_a_file_appears_whole_and_takes_the_old_one_s_place(self, tmp_path: Path) -> None:
        folder = FolderStorage(location=tmp_path)
        assert folder.save("a/b.txt", ContentFile(b"one")) == "a/b.txt"
        assert folder.save("a/b.txt", ContentFile(b"two")) == "a/b.txt"
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
        assert (tmp_path / "a" / "b.txt").read_bytes() == b"two"

    def test_a_writer_that_is_killed_leaves_no_file_of_that_name(self, tmp_path: Path) -> None:
        program = f"""
import os, signal
from django.conf import settings
settings.configure()
from exports.snapshots.storage import FolderStorage
class Content:
    def chunks(self):
        yield b"half"
        os.kill(os.getpid(), signal.SIGKILL)
FolderStorage(location={str(tmp_path)!r})._save("a/b.txt", Content())
"""
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
        assert list((tmp_path / "a").iterdir()) == []
        [left] = (tmp_path / ".incoming").iterdir()
        os.utime(left, (0, 0))
        FolderStorage(location=tmp_path).save("a/b.txt", ContentFile(b"whole"))
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b.txt"]


@pytest.mark.django_db(transaction=True)
class TestKilled:
    """A real process, killed with -9 while it builds."""

    def build(self, storage: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "make_snapshot", "--format", "prm800k"]
        extra = {"STEPMARK_SNAPSHOTS": str(storage)}
        return subprocess.Popen(command, cwd=ROOT, env=environment() | extra, stdout=subprocess.PIPE)

    @pytest.mark.parametrize("held", ["rating_annotation", "exports_snapshot"])
    def test_it_leaves_none_and_a_retry_completes_it(self, held: str, storage: Path) -> None:
        """Stopped by a lock where it reads, and where all lies in the storage but the row is missing."""
        AnnotationFactory.create_batch(3)
        holder = connections.create_connection("default")
        try:
            with holder.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute(f"LOCK TABLE {held} IN ACCESS EXCLUSIVE MODE")
                building = self.build(storage)
                wait_until(lambda: waiting() > 0, what="the build's arrival in the middle")
                building.send_signal(signal.SIGKILL)
                building.communicate()
                cursor.execute("ROLLBACK")
        finally:
            holder.close()
        assert not Snapshot.objects.exists()
        assert len(list(storage.glob("*/manifest.json"))) == (held == "exports_snapshot")
        job = Job.objects.get()
        assert job.state == JobState.RUNNING
        wait_until(lambda: not holders(), what="the end of the killed build's session")
        made = snapshot_job_run(job_id=job.pk)  # as the sweep has it run again
        assert made is not None
        assert not verify_snapshot(snapshot_found(made.hash)).faults
        assert [path.name for path in storage.iterdir() if path.name != ".incoming"] == [made.hash]
        assert make_snapshot(format="prm800k") == made
        assert not list((settings.VAR / "work").glob("snapshot-*"))


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def holders() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
class TestAnotherDatabase:
    @pytest.fixture
    def restored(self) -> Iterator[str]:
        """The name of a database that this one is to be restored into."""
        name = f"{connection.settings_dict['NAME']}_restored"
        yield name
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')

    def test_a_dump_and_restore_gives_the_same_bytes(self, restored: str, storage: Path, tmp_path: Path) -> None:
        first = AnnotationFactory.create()
        for annotation in AnnotationFactory.create_batch(4):
            AnnotationFactory.create(assignment__item=annotation.item, step_ratings=[1, -1])
        corrected(first, step_ratings=[1, 1, 1])
        made = make_snapshot(format="prm800k", split="both", test_share=0.5)
        settled = make_snapshot(format="processbench", resolve="dawid-skene", container="parquet")
        before = {one.hash: files_of(one) for one in (made, settled)}
        database = connection.settings_dict
        at = ["-h", str(database["HOST"]), "-U", str(database["USER"])]
        dumped, again = str(tmp_path / "dump"), tmp_path / "again"
        run([str(postgres_binary("pg_dump")), *at, "-Fc", "-f", dumped, str(database["NAME"])])
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{restored}"')
        run([str(postgres_binary("pg_restore")), *at, "-d", restored, dumped])
        url = environment()["DATABASE_URL"].replace(f"/{database['NAME']}?", f"/{restored}?")
        extra = {"DATABASE_URL": url, "STEPMARK_SNAPSHOTS": str(again)}
        command = [sys.executable, "manage.py", "make_snapshot", "--format"]
        for one, options in (
            (made, ["prm800k", "--split", "both", "--test-share", "0.5"]),
            (settled, ["processbench", "--resolve", "dawid-skene", "--container", "parquet"]),
        ):
            assert run([*command, *options], extra).decode().strip() == one.hash
            folder = again / one.hash
            lying = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
            assert {name: path.read_bytes() for name, path in lying.items()} == before[one.hash]


def run(command: list[str], extra: dict[str, str] | None = None) -> bytes:
    done = subprocess.run(command, cwd=ROOT, env=environment() | (extra or {}), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
