"""The parent's side of worker.py: one helper process, asked over pipes, killed and made again as often as it takes.

Not multiprocessing: a Celery pool's children are daemons and may have no such children. One helper a process and thread
at a time; a fork makes its own.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any

from labelling.corpus.grading.decisions import Decision
from labelling.corpus.grading.screen import screened

ROOT = Path(__file__).resolve().parents[3]
MEMORY = 1 << 30  # bytes of address space for the helper
SECONDS = 1.0  # for one pair, by the helper's own clock: it stops and lives on
PATIENCE = 1.8  # seconds for one pair, where the helper can't stop itself: it is killed
START_PATIENCE = 30.0  # seconds for the helper's start; the imports take about half a second of computing


class RefereeBroken(RuntimeError):
    """The helper cannot run at all; the message says why."""


class Referee:
    """Compares two answers by algebra, within bounds. ``judge`` never raises for any answer, and never hangs."""

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS, patience: float = PATIENCE) -> None:
        self._command = [sys.executable, "-m", "labelling.corpus.grading.worker", str(memory), str(seconds)]
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._ready, self._owner, self._lock = False, 0, Lock()

    def judge(self, reference: str, answer: str) -> Decision:
        """Right, wrong, or undecided with its reason. Raises RefereeBroken where the helper cannot start."""
        why = screened(reference) or screened(answer)
        if why is not None:
            return Decision("undecided", why)
        with self._lock:
            return self._ask({"reference": reference, "answer": answer})

    def close(self) -> None:
        """End the helper, if there is one; the next question starts another."""
        with self._lock:
            self._end()

    def _ask(self, question: dict[str, str]) -> Decision:
        process = self._helper()
        try:
            _write(process, question)
            said = _read(process, self._patience)
        except BrokenPipeError:
            said = None
        except BaseException:
            self._end()  # whatever stopped the wait: the answer must not be taken for the next question's
            raise
        if said is None:  # killed from outside, by its own alarm, or too late
            ended = process.poll()
            self._end()
            self._start()  # its imports run while the caller goes on
            return Decision("undecided", "memory" if ended is not None and ended > 0 else "time")
        return Decision(said["verdict"], said["why"])

    def _helper(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # after a fork the helper is the parent's
            self._process = None
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._start()
        process = self._process
        if process is None:
            raise RefereeBroken("the grading helper is gone")
        if not self._ready:
            said = _read(process, START_PATIENCE)
            if said is None or "error" in said:
                self._end()
                raise RefereeBroken((said or {}).get("error", "the grading helper does not start"))
            self._ready = True
        return process

    def _start(self) -> None:
        self._owner, self._ready = os.getpid(), False
        self._process = subprocess.Popen(  # noqa: S603  our own module
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )

    def _end(self) -> None:
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _closed(pipe)


def _closed(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _environment() -> dict[str, str]:
    """No database, no keys: the helper gets nothing but what Python needs."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONHASHSEED": "0"}


def _write(process: subprocess.Popen[bytes], what: dict[str, str]) -> None:
    if process.stdin is None:
        raise BrokenPipeError
    process.stdin.write(json.dumps(what).encode() + b"\n")
    process.stdin.flush()


def _read(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any] | None:
    """Return the helper's next line, or None where it ends or the time is over first."""
    if process.stdout is None:
        return None
    received, deadline = b"", time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not received.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                return None
            more = os.read(process.stdout.fileno(), 65_536)
            if not more:
                process.wait()
                return None
            received += more
    answer: dict[str, Any] = json.loads(received)
    return answer
