"""What the benchmarks share: where the real data lies, and how a result or a skip is printed."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("STEPMARK_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


class Skipped(Exception):
    """The benchmark can't run here; the message says what it needs."""


def needs(*parts: str) -> Path:
    """A file of the shared data, or Skipped."""
    path = SHARED.joinpath(*parts)
    if not path.is_file():
        raise Skipped(
            f"needs {'/'.join(parts)} of the shared data folder, which is not here (STEPMARK_SHARED names it)"
        )
    return path


def say(text: str) -> None:
    """A line for people, on standard error: standard output is the result's."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def run(
    name: str,
    measure: Callable[[argparse.Namespace], Mapping[str, Any]],
    *,
    options: Callable[[argparse.ArgumentParser], None] | None = None,
    broken: Callable[[Mapping[str, Any]], list[str]] | None = None,
) -> None:
    """Measure and print: one JSON object with ``--json``, else a line a figure. A skip is no failure.

    ``broken`` names the figures that no run may have (not the ones that a slow machine has); with any, the exit status
    is 1.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    if options:
        options(parser)
    chosen = parser.parse_args()
    faults: list[str] = []
    try:
        result = {"benchmark": name, **measure(chosen)}
        faults = broken(result) if broken else []
    except Skipped as reason:
        say(f"{name} is skipped: it {reason}")
        result = {"benchmark": name, "skipped": str(reason)}
    lines = [json.dumps(result)] if chosen.json else [f"{key:28} {value}" for key, value in result.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    if faults:
        say(f"{name}: a promise is broken: {', '.join(faults)}")
        sys.exit(1)
