"""The supervisor's own life: start everything in order, watch, and on the way out stop everything in order."""

import http.client
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from types import FrameType

from annotator import embedded
from annotator.embedded.processes import log_tail, open_log
from annotator.supervisor import claim
from annotator.supervisor.children import Crew
from annotator.supervisor.claim import Holder, RefusedError
from annotator.supervisor.console import say, timed
from annotator.supervisor.minder import Minder
from annotator.supervisor.plan import HOST, Plan, Step

PAUSE = 0.1
KEEPER_SECONDS = 2.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(BaseException):
    """Somebody asked us to stop. Not an Exception: no handler for errors may swallow it."""


class Supervisor:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.parent = os.getppid()
        # `nohup` says that we are meant to outlive the one who started us.
        self.follows_parent = self.parent > 1 and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
        self.requests = 0
        self.shown = b""

    def run(self) -> int:
        """Run the plan until Ctrl-C, SIGTERM or the parent's death; the exit status."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        self.plan.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return self._run_with(claim.take_lock(self.plan, self._pause))
        except StoppedError:
            return 0
        except (RefusedError, embedded.EmbeddedError) as error:
            return _fail(error)

    def _run_with(self, lock: int) -> int:
        minder = Minder(lock)
        crew = Crew(self.plan, minder)
        status = 0
        try:
            self._start(crew)
            self._watch(crew)
        except StoppedError:
            say("\n  stopping …")
        except (RefusedError, embedded.EmbeddedError) as error:
            status = _fail(error)
        finally:
            self._stop(crew, lock)
            minder.close()
            os.close(lock)
        return status

    def _start(self, crew: Crew) -> None:
        claim.check_port(self.plan.port)
        embedded.ensure(self.plan.var, _report_start, self._check)
        for step in self.plan.before:
            self._do(crew, step)
        crew.start()
        for step in self.plan.after:
            self._do(crew, step)
        with timed("starting " + ", ".join(program.name for program in self.plan.programs)):
            self._wait_until_ready(crew)
        say(f"\nStepmark is ready at {self.plan.address} (Ctrl-C stops it; logs in {self.plan.var / 'log'})")
        if self.shown:
            say(self.shown.decode(errors="replace").rstrip())

    def _watch(self, crew: Crew) -> None:
        keeper_due = 0.0
        while True:
            self._pause()
            crew.look()
            if time.monotonic() > keeper_due:
                embedded.ensure_keeper(self.plan.var)
                keeper_due = time.monotonic() + KEEPER_SECONDS

    def _stop(self, crew: Crew, lock: int) -> None:
        self.requests = min(self.requests, 1)
        claim.write_holder(lock, Holder(os.getpid(), self.plan.address, stopping=True))
        crew.stop(in_a_hurry=lambda: self.requests > 1)
        try:
            embedded.release_and_stop(self.plan.var)
        except embedded.EmbeddedError as error:
            _fail(error)

    def _do(self, crew: Crew, step: Step) -> None:
        log = crew.log_path(step.name)
        with open_log(log) as output, tempfile.TemporaryFile() as shown, timed(step.title, own_line=step.shown):
            status = crew.run(
                step.argv,
                stdout=shown if step.shown else output,
                stderr=None if step.shown else output,
                pause=lambda: self._pause_and_look(crew),
            )
            shown.seek(0)
            self.shown += shown.read()
        if status:
            end = self.shown.decode(errors="replace") if step.shown else log_tail(log)
            raise RefusedError(f"{step.title} failed (exit status {status}):\n{end}")

    def _wait_until_ready(self, crew: Crew) -> None:
        deadline = time.monotonic() + self.plan.ready_seconds
        while not self._answers():
            if time.monotonic() > deadline:
                end = "\n".join(log_tail(crew.log_path(program.name)) for program in self.plan.programs[:1])
                raise RefusedError(f"{self.plan.address} doesn't answer after {self.plan.ready_seconds:g} s:\n{end}")
            self._pause_and_look(crew)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.plan.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _pause_and_look(self, crew: Crew) -> None:
        self._pause()
        crew.look()

    def _pause(self) -> None:
        self._check()
        time.sleep(PAUSE)

    def _check(self) -> None:
        if self.requests or (self.follows_parent and os.getppid() != self.parent):
            raise StoppedError

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requests += 1


def _report_start(title: str, seconds: float) -> None:
    say(f"  starting {title} … {seconds:.1f} s")


def _fail(error: Exception) -> int:
    say()
    with suppress(OSError):  # nobody may be there to read it
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
    return 1
