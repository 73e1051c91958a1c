"""Progress of an export where nobody watches a bar: a line now and then, with the rate and what is left."""

from typing import Any

import pytest

from exports.terminal import LINE_SECONDS, progress_shown


def test_a_line_tells_rate_and_remaining_time(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    now = 100.0
    monkeypatch.setattr("exports.terminal.time.monotonic", lambda: now)
    with progress_shown() as show:
        now += LINE_SECONDS + 10
        show(2_000, 10_000)
        show(2_001, 10_000)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.split("\n") == ["2,000 of 10,000, 100/s, 80 s left", ""]
