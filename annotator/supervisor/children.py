"""The programs of a plan as running children: started, watched, started again, stopped."""

import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO

from annotator.embedded.processes import open_log
from annotator.supervisor import groups
from annotator.supervisor.console import say
from annotator.supervisor.minder import Minder
from annotator.supervisor.plan import Plan, Program

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
PAUSE = 0.02


class Child:
    """One program and the process that runs it now, if any."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.due = math.inf  # not before the crew is started
        self.pause = FIRST_PAUSE_SECONDS


class Crew:
    """All children of one supervisor."""

    def __init__(self, plan: Plan, minder: Minder) -> None:
        self.plan = plan
        self.minder = minder
        self.env: Mapping[str, str] = {**os.environ, "STEPMARK_VAR": str(plan.var), "PYTHONUNBUFFERED": "1"}
        self.children = [Child(program) for program in plan.programs]

    def log_path(self, name: str) -> Path:
        return self.plan.var / "log" / f"{name}.log"

    def start(self) -> None:
        for child in self.children:
            self._start(child)

    def look(self) -> None:
        """Notice each child that died and start it again when its pause is over."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, child.process)
            if child.process is None and time.monotonic() >= child.due:
                self._start(child)

    def stop(self, in_a_hurry: Callable[[], bool]) -> None:
        """Stop all children, phase by phase."""
        for phase in sorted({child.program.phase for child in self.children}):
            running = [child for child in self.children if child.program.phase == phase and child.process is not None]
            self._stop_together(running, in_a_hurry)

    def run(
        self, argv: tuple[str, ...], *, stdout: IO[bytes], stderr: IO[bytes] | int | None, pause: Callable[[], None]
    ) -> int:
        """Run a command to its end, calling ``pause`` while it runs; whatever that raises ends the command too."""
        process = groups.spawn(argv, env=self.env, stdout=stdout, stderr=stderr)
        self.minder.add(process.pid)
        try:
            while process.poll() is None:
                pause()
        finally:
            self._end(process)
        return process.returncode

    def _start(self, child: Child) -> None:
        with open_log(self.log_path(child.program.name)) as log:
            child.process = groups.spawn(child.program.argv, env=self.env, stdout=log, stderr=subprocess.STDOUT)
        self.minder.add(child.process.pid)
        child.started = time.monotonic()

    def _bury(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        self._end(process)
        if time.monotonic() - child.started > HEALTHY_SECONDS:
            child.pause = FIRST_PAUSE_SECONDS
        log = self.log_path(child.program.name)
        say(f"  {child.program.name} {_how(process.returncode)}; starting it again in {child.pause:g} s (see {log})")
        child.process = None
        child.due = time.monotonic() + child.pause
        child.pause = min(2 * child.pause, LONGEST_PAUSE_SECONDS)

    def _stop_together(self, children: Iterable[Child], in_a_hurry: Callable[[], bool]) -> None:
        begin = time.monotonic()
        processes = [(child, child.process) for child in children if child.process is not None]
        for child, process in processes:
            process.send_signal(child.program.stop)
        for child, process in processes:
            deadline = begin + child.program.patience
            while process.poll() is None and time.monotonic() < deadline and not in_a_hurry():
                time.sleep(PAUSE)
            self._end(process)
            child.process = None

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Leave nothing of the process's group."""
        groups.signal_group(process.pid, signal.SIGKILL)
        process.wait()
        self.minder.remove(process.pid)


def _how(status: int) -> str:
    return f"was killed ({signal.Signals(-status).name})" if status < 0 else f"ended (exit status {status})"
