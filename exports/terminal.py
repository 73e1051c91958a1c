"""Progress of an export on standard error: a bar where that is a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from exports.services import Progress

LINE_SECONDS: Final = 10.0


@contextmanager
def progress_shown(what: str = "Exporting") -> Iterator[Progress]:
    """Gives a function to be called with (done, total); it shows the rate and the time that is left."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    console = Console(file=sys.stderr)
    with Bar(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        began = told = time.monotonic()

        def show(done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            rate = done / max(now - began, 1e-9)
            bar.update(task, completed=done, total=total, description=f"{rate:,.0f}/s")
            if not console.is_terminal and now - told > LINE_SECONDS:
                told = now
                console.print(f"{done:,} of {total:,}, {rate:,.0f}/s, {(total - done) / rate:,.0f} s left")

        yield show
