"""Process groups: each child leads one of its own. Ctrl-C reaches only the supervisor, and a child ends as a whole."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import IO

from annotator.supervisor.plan import REPOSITORY

PR_SET_PDEATHSIG = 1
PAUSE = 0.02

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    argv: tuple[str, ...], *, env: Mapping[str, str], stdout: IO[bytes] | int | None, stderr: IO[bytes] | int | None
) -> subprocess.Popen[bytes]:
    """Start a child that leads its own group and, on Linux, is told by the kernel when this process dies."""
    return subprocess.Popen(  # noqa: S603  the plan's own commands
        argv,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=REPOSITORY,
        env=dict(env),
        start_new_session=True,
        preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509  the supervisor has no threads
    )


def _die_with(parent: int) -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a zombie
        return False
    return True


def end_groups(groups: list[int], *, patience: float) -> None:
    """SIGTERM to each group, then SIGKILL to those that are left after ``patience`` seconds."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 2.0)):
        for group in filter(is_alive, groups):
            signal_group(group, number)
        deadline = time.monotonic() + seconds
        while any(map(is_alive, groups)) and time.monotonic() < deadline:
            time.sleep(PAUSE)
