"""What PostgreSQL and Redis have in common: one life, told by a lock that the running server itself holds."""

import enum
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from annotator.embedded import locks, processes
from annotator.embedded.errors import EmbeddedError
from annotator.embedded.processes import Folder

START_SECONDS = 180.0  # crash recovery after hard use takes longer than one thinks
SILENT_SECONDS = 15.0  # how long a live server may have no socket before it is taken to be lost
SIGNAL_AGAIN_SECONDS = 0.5
PAUSE = 0.02


class State(enum.Enum):
    READY = "answers, and serves our data folder"
    BUSY = "answers, but isn't ready yet"
    STRANGER = "answers, but serves another data folder"
    SILENT = "doesn't answer"


class Server(Protocol):
    """One embedded server of one data folder."""

    @property
    def title(self) -> str: ...

    @property
    def program(self) -> str:
        """The process name."""
        ...

    @property
    def data(self) -> Path:
        """The folder that the server works in."""
        ...

    @property
    def lock(self) -> Path:
        """The lock file: held for as long as a process of this server lives; not empty while it is meant to run."""
        ...

    @property
    def log(self) -> Path: ...

    @property
    def stop_signals(self) -> tuple[tuple[signal.Signals, float], ...]:
        """From polite to rude, each with the seconds to wait for the end."""
        ...

    def state(self) -> State: ...

    def launch(self, lock_fd: int) -> None:
        """Start the process with the locked descriptor handed down; nothing of this server runs now."""
        ...


def is_up(server: Server) -> bool:
    # The lock is asked as well: a server of a removed folder may still answer at a socket outside it.
    return server.state() is State.READY and locks.is_held(server.lock)


def is_meant_to_run(server: Server) -> bool:
    return server.lock.exists() and server.lock.stat().st_size > 0


def start(server: Server, pulse: Callable[[], None]) -> None:
    """Make the server answer. To be called under the start lock. Raises EmbeddedError with the log's end.

    ``pulse`` is called while waiting and may raise to give up.
    """
    attempt = _Start(server)
    while not attempt.step():
        pulse()
        time.sleep(PAUSE)
    server.lock.write_text("up\n")


class _Start:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.launched = False
        self.begun = self.heard = time.monotonic()

    def step(self) -> bool:
        """Look once and do the next thing; whether the server is up."""
        now = time.monotonic()
        state, alive = self.server.state(), locks.is_held(self.server.lock)
        if alive and state is State.READY:
            return True
        if now - self.begun > START_SECONDS:
            raise _failure(self.server, f"doesn't answer after {START_SECONDS:.0f} s")
        if not alive:
            self._launch()
        elif state is State.STRANGER or now - self.heard > SILENT_SECONDS:
            stop(self.server)
            self.launched, self.heard = False, now
        elif state is State.BUSY:
            self.heard = now
        return False

    def _launch(self) -> None:
        if self.launched:
            raise _failure(self.server, "ended while starting")
        self.launched = _launch(self.server)
        self.heard = time.monotonic()


def stop(server: Server) -> None:
    """End every process of the server and wait until they are gone. To be called under the start lock."""
    if server.lock.exists():
        server.lock.write_text("")
    for number, seconds in server.stop_signals:
        if not locks.is_held(server.lock):
            return
        _end_with(server, number, seconds)
    if locks.is_held(server.lock):
        raise _failure(server, "can't be stopped")


def kill_strays(server: Server) -> None:
    """For a data folder that was removed under its server: nothing is left to save."""
    for process in processes.strays_of(server.data, server.program):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _launch(server: Server) -> bool:
    """Launch unless a process of this server still lives (a killed server's children take a moment to go)."""
    fd = locks.attempt(server.lock, locks.EXCLUSIVE)
    if fd is None:
        return False
    try:
        server.launch(fd)
    finally:
        os.close(fd)
    return True


def _signal(server: Server, number: signal.Signals) -> None:
    if not server.data.exists():
        return
    found = processes.processes_in(Folder.of(server.data), server.program)
    pids = {process.pid for process in found}
    for process in found:
        # A server's own children are told by their parent; only SIGKILL goes to each.
        with suppress(psutil.NoSuchProcess):
            if number == signal.SIGKILL or process.ppid() not in pids:
                process.send_signal(number)


def _end_with(server: Server, number: signal.Signals, seconds: float) -> None:
    """Signal until all is gone or the time is over: a server that was just started doesn't hear the first signal."""
    deadline = time.monotonic() + seconds
    again = 0.0
    while locks.is_held(server.lock) and time.monotonic() < deadline:
        if time.monotonic() >= again:
            _signal(server, number)
            again = time.monotonic() + SIGNAL_AGAIN_SECONDS
        time.sleep(PAUSE)


def _failure(server: Server, what: str) -> EmbeddedError:
    return EmbeddedError(
        f"The embedded {server.title} {what}. The end of {server.log}:\n{processes.log_tail(server.log)}"
    )
