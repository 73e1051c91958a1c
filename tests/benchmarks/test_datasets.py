"""The benchmark of datasets in short, so that it can't rot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_runs_and_tells_every_figure() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.datasets", "--rows", "300", "--times", "1", "--json"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "annotator.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["rows"] == 300
    assert figures["step_labels"] > 2_000
    wanted = {"import_rows_per_second", "export_rows_per_second", "import_ratio", "export_ratio"}
    assert all(figures[name] > 0 for name in wanted | {"peak_memory_growth", "parquet_seconds"})
