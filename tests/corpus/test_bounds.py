"""What an import takes has bounds: what nobody could read or draw is set aside."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.importing import import_files, line, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"steps": ["So on."] * 1_001}, "steps: expected at most 1,000, found 1,001"),
        ({"steps": ["x" * 20_001]}, r"steps\[0\]: expected at most 20,000 characters"),
        ({"steps": ["x" * 20_000] * 11}, "steps: expected at most 200,000 characters in all"),
        ({"problem": "x" * 20_001}, "problem: expected at most 20,000 characters"),
    ],
)
def test_what_nobody_could_label_is_set_aside(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    file = write(tmp_path / "lines.jsonl", [line(**changes)])
    report = import_files(file, rejects=tmp_path / "rejects.jsonl")
    assert report.counts.samples_added == 0
    assert re.search(reason, (tmp_path / "rejects.jsonl").read_text(encoding="utf-8"))
