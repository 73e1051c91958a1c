"""The command, on a real database: called, and as a process."""

import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.exports.rows import file_of, multiply
from tests.factories import AnnotationFactory
from tests.processes import ROOT, environment

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


class TestCommand:
    def test_it_writes_a_campaign_and_sums_up(self, output: Path) -> None:
        stored = AnnotationFactory.create(step_ratings=[1, 0, -1])
        AnnotationFactory.create(gave_up=True, assignment__item__round=stored.round)
        told = StringIO()
        call_command("export_dataset", format="prm800k", output=str(output), campaign=stored.campaign.slug, stdout=told)
        assert output.read_bytes() == file_of([stored])
        lines = told.getvalue().splitlines()
        assert lines[0].startswith("Wrote 1 annotations to ")
        assert lines[1:] == [
            "  finish reasons: found_error 1",
            "  judged steps:   negative 1, neutral 1, positive 1",
            "  left out:       give_up 1",
        ]

    def test_a_converting_format_sums_up_what_it_did(self, output: Path) -> None:
        AnnotationFactory.create_batch(2)
        told = StringIO()
        arguments = [
            "--neutral",
            "positive",
            "--resolve",
            "majority",
            "--split",
            "train",
            "--test-share=0",
            "--truncate",
        ]
        call_command("export_dataset", "--format", "trl", "--output", str(output), *arguments, stdout=told)
        lines = told.getvalue().splitlines()
        assert lines[0] == f"Wrote 2 annotations to {output} (2 lines, {output.stat().st_size:,} bytes)."
        assert lines[1] == "  one answer:     2 solutions by majority 1"

    def test_a_dry_run_goes_through_it_all(self, output: Path) -> None:
        AnnotationFactory.create(step_ratings=[1, None, -1])
        told = StringIO()
        arguments = ["--format", "trl", "--output", str(output), "--neutral", "drop", "--dry-run"]
        with pytest.raises(CommandError, match="step 2 has no rating: choose --unrated keep or cut or leave-out"):
            call_command("export_dataset", *arguments)
        call_command("export_dataset", *arguments, "--unrated", "cut", stdout=told)
        assert told.getvalue().startswith(f"Would write 1 annotations to {output} (1 lines; dry run: nothing written).")
        assert not output.exists()

    def test_it_takes_rounds_and_lists(self, output: Path) -> None:
        stored = AnnotationFactory.create(gave_up=True)
        AnnotationFactory.create(late=True, assignment__item__round=stored.round)
        arguments = ["--campaign", stored.campaign.slug, "--round", "1", "--include", "give_up, late"]
        call_command("export_dataset", "--format", "prm800k", "--output", str(output), *arguments, stdout=StringIO())
        assert len(output.read_text().splitlines()) == 2

    def test_a_refusal_is_a_command_error(self, output: Path) -> None:
        output.write_text("precious")
        with pytest.raises(CommandError, match="--force"):
            call_command("export_dataset", format="prm800k", output=str(output))


@pytest.mark.django_db(transaction=True)
class TestAsAProcess:
    def manage(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "manage.py", "export_dataset", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=False, **options)

    def test_standard_output_is_the_dataset_alone(self) -> None:
        stored = AnnotationFactory.create_batch(2)
        done = self.manage("--format", "prm800k", "--output", "-")
        assert (done.returncode, done.stdout) == (0, file_of(stored))
        assert b"Wrote 2 annotations" in done.stderr

    def test_its_exit_codes_tell_refusals_from_wrong_options(self, output: Path) -> None:
        assert self.manage("--format", "prm800k", "--output", str(output)).returncode == 0
        refused = self.manage("--format", "prm800k", "--output", str(output))
        assert refused.returncode == 1
        assert b"--force" in refused.stderr
        assert b"Traceback" not in refused.stderr
        assert self.manage("--format", "csv", "--output", str(output)).returncode == 2

    def test_a_reader_that_goes_away_is_no_crash(self) -> None:
        multiply(AnnotationFactory.create(), 3_000)
        command = f"{sys.executable} manage.py export_dataset --format prm800k --output - | head -1"
        done = subprocess.run(command, shell=True, cwd=ROOT, env=environment(), capture_output=True, check=True)  # noqa: S602
        assert len(done.stdout.splitlines()) == 1
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr

    def test_its_help_shows_examples(self) -> None:
        told = self.manage("--help").stdout.decode()
        assert "export_dataset --format prm800k --output labels.jsonl --campaign gsm8k" in told
        assert "Exit codes" in told
