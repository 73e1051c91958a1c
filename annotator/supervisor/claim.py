"""One supervisor per data folder, and a free port, or a clear word about who has them."""

import errno
import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from annotator.embedded import locks
from annotator.supervisor.console import say
from annotator.supervisor.plan import HOST, Plan

DYING_SECONDS = 30.0
NOTICE_SECONDS = 2.0  # in which a supervisor whose parent was killed notices it


class RefusedError(Exception):
    """The product can't be started or go on; the message names the mend."""


@dataclass(frozen=True)
class Holder:
    """What a supervisor writes into its lock file."""

    pid: int
    address: str
    stopping: bool = False


def take_lock(plan: Plan, pause: Callable[[], None]) -> int:
    """The descriptor that holds the supervisor's lock; waits for one that is ending, calling ``pause`` meanwhile."""
    path = plan.var / "supervisor.lock"
    begin = time.monotonic()
    told = False
    while (fd := locks.attempt(path, locks.EXCLUSIVE)) is None:
        waited = time.monotonic() - begin
        holder = _read(path)
        stays = holder is not None and not holder.stopping and _lives(holder.pid)
        if waited > DYING_SECONDS or (stays and waited > NOTICE_SECONDS):
            raise RefusedError(_already_runs(plan, holder))
        if not stays and not told:
            say("  waiting for an earlier run to end …")
            told = True
        pause()
    write_holder(fd, Holder(os.getpid(), plan.address))
    return fd


def write_holder(fd: int, holder: Holder) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps(asdict(holder)).encode(), 0)


def check_port(port: int) -> None:
    """Raise RefusedError unless the port can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except PermissionError as error:
            raise RefusedError(f"Port {port} needs rights that this user lacks. Choose another: PORT=8000.") from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise RefusedError(
                f"Port {port} is in use by another program. Choose another one: PORT={port + 1}."
            ) from error


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text()))
    except (ValueError, TypeError, FileNotFoundError):
        return None  # being written at this moment


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _already_runs(plan: Plan, holder: Holder | None) -> str:
    where = f" at {holder.address} (process {holder.pid})" if holder else ""
    return (
        f"Stepmark already runs{where} on the data folder {plan.var}. "
        "Stop that one first, or give this one its own folder and port: STEPMARK_VAR=… PORT=…"
    )
