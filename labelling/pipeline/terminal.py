"""Progress with rate and time left: a bar where standard error is a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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


@contextmanager
def reading_shown(console: Console, size: int | None) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be called with the lines read and the bytes, of ``size`` (None: nobody knows)."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading", total=size)
        began = told = time.monotonic()

        def read(lines: int, bytes_read: int) -> None:
            nonlocal told
            now = time.monotonic()
            seconds = max(now - began, 1e-9)
            rate = f"{lines:,} lines, {lines / seconds:,.0f} lines/s"
            bar.update(task, completed=bytes_read, description=rate)
            if not console.is_terminal and now - told > LINE_SECONDS:
                told = now
                left = round(seconds * (size / bytes_read - 1)) if size and bytes_read else None
                remaining = "" if left is None else f", {timedelta(seconds=left)} left"
                console.print(f"  {rate}{remaining}", markup=False, highlight=False)

        yield read
