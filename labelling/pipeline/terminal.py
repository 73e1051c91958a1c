"""Progress with rate and time left: a bar where standard error is a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from labelling.pipeline.crew import Watch

LINE_SECONDS = 10.0  # between two lines where there is no terminal


@contextmanager
def work_shown(console: Console, expected: int) -> Iterator[Watch]:
    """Gives a function to be called, from any thread, for each solution that is judged."""
    columns = (TextColumn("  labelling"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=expected)
        began = told = time.monotonic()
        count, lock = 0, Lock()

        def judged() -> None:
            nonlocal count, told
            with lock:
                count += 1
                done = count
            now = time.monotonic()
            pace = _pace(done, expected, now - began)
            bar.update(task, completed=done, total=max(expected, done), description=pace)
            if not console.is_terminal and now - told > LINE_SECONDS:
                told = now
                console.print(f"  {done:,} of {expected:,}, {pace}", markup=False, highlight=False)

        yield judged


def _pace(done: int, expected: int, seconds: float) -> str:
    rate = done / max(seconds, 1e-9)
    left = timedelta(seconds=round(max(0, expected - done) / rate))
    return f"{rate:,.1f}/s, {left} left"
