"""Short lines for the person at the terminal; a terminal that went away never stops a shutdown."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    _write(f"{text}\n")


@contextmanager
def timed(text: str, *, own_line: bool = False) -> Iterator[None]:
    """``text … 1.2 s``, its end printed when the work is done; on a line of its own where the work itself prints."""
    begin = time.monotonic()
    _write(f"  {text} … " + own_line * "\n")
    try:
        yield
    except BaseException:
        _write("\n")
        raise
    _write(own_line * "  … " + f"{time.monotonic() - begin:.1f} s\n")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        # Whoever read our output is gone. Writing to nowhere also keeps Python's flush at exit from failing.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
