"""``python -m benchmarks`` (``make bench``): run every benchmark and print one table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

NOT_BENCHMARKS = {"__init__", "__main__", "kit"}


def _result(name: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own modules
        [sys.executable, "-m", f"benchmarks.{name}", "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    lines = done.stdout.splitlines()
    result: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return result | ({"failed": f"exit status {done.returncode}"} if done.returncode or not lines else {})


def benchmark_names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_BENCHMARKS)


def main() -> int:
    """Run them all, one after the other; 1 where one failed."""
    table = Table("benchmark", "figure", "value")
    failed = 0
    for name in benchmark_names():
        result = _result(name)
        failed += "failed" in result
        for key, value in result.items():
            if key != "benchmark":
                table.add_row(name, key, str(value))
        table.add_section()
    Console(soft_wrap=True).print(table)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
