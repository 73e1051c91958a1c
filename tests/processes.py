"""The product's own processes for tests: gunicorn and Celery workers on the test's database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from django.conf import settings
from django.db import connection

NOTHING: Mapping[str, str] = {}  # settings besides the tests' own
ROOT = Path(__file__).resolve().parent.parent


def wait_until(true: Callable[[], bool], *, seconds: float = 30, what: str = "the condition") -> None:
    """Poll until it holds; an assertion with its name when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment() -> dict[str, str]:
    """What a process needs to work on the test's own database and Redis."""
    database = settings.DATABASES["default"]
    host, port = quote(str(database["HOST"]), safe=""), database["PORT"]
    login = quote(str(database["USER"]), safe="") + (
        f":{quote(str(database['PASSWORD']))}" if database["PASSWORD"] else ""
    )
    where = f":{port}" if port else ""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "DATABASE_URL": f"postgresql://{login}@{where}/{connection.settings_dict['NAME']}?host={host}",
        "STEPMARK_VAR": str(settings.VAR),
        "STEPMARK_SWEEP_SECONDS": "1",
        "STEPMARK_DB_POOL": "",
        "PYTHONWARNINGS": "default",
    }


def tied(*command: str) -> list[str]:
    """The command as one that ends with this process, also where this process is killed. From the main thread only."""
    return [sys.executable, "-I", "-S", str(ROOT / "tests" / "tied.py"), str(os.getpid()), *command]


class Processes:
    """A context in which processes run; leaving it ends every one that was started, each by its own group."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []
        self.logs = settings.VAR / "log"
        self.logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in reversed(self.running):
            self.stop(process)

    def start(self, name: str, *command: str, **extra: str) -> subprocess.Popen[bytes]:
        log = (self.logs / f"test-{name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                tied(sys.executable, *command),
                cwd=ROOT,
                env=environment() | extra,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], *, how: signal.Signals = signal.SIGTERM) -> None:
        """End a process and the group it leads; SIGKILL after ten seconds, or at once if asked."""
        if process.poll() is None:
            self._signal(process, how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self._signal(process, signal.SIGKILL)
                process.wait(10)
        self._signal(process, signal.SIGKILL)  # what the process left of its group
        if process in self.running:
            self.running.remove(process)

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how) if how == signal.SIGKILL else process.send_signal(how)

    def worker(
        self,
        *,
        queues: str = "default,prm",
        concurrency: int = 1,
        beat: bool = True,
        extra: Mapping[str, str] = NOTHING,
    ) -> subprocess.Popen[bytes]:
        """A real Celery worker; with ``beat`` it sends the sweeps too."""
        schedule = ["--beat", "--schedule", str(settings.VAR / "test-beat")] if beat else []
        options = ["-Q", queues, "--concurrency", str(concurrency), "--loglevel", "INFO", "--without-mingle"]
        name = f"{queues.replace(',', '-')}-{len(self.running)}@%h"
        return self.start(
            "worker", "-m", "celery", "-A", "annotator", "worker", "-n", name, *options, *schedule, **extra
        )

    def web(self, *, extra: Mapping[str, str] = NOTHING) -> str:
        """The web server as in production, at the address returned."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        process = self.start("web", "-m", "gunicorn", *options, "annotator.wsgi", STEPMARK_DB_POOL="4", **extra)
        self._await(process, f"{url}/accounts/login/", "web")
        return url

    def stand_in(self, port: int | None = None) -> str:
        """The stand-in for a generator endpoint; the address for ``STEPMARK_GENERATOR_URL``."""
        port = port or free_port()
        process = self.start("stand-in", "-m", "labelling.corpus.generator.stand_in", "--port", str(port))
        self._await(process, f"http://127.0.0.1:{port}/asked", "stand-in")
        return f"http://127.0.0.1:{port}/v1"

    def _await(self, process: subprocess.Popen[bytes], url: str, name: str) -> None:
        def answers() -> bool:
            assert process.poll() is None, f"{name} ended: see {self.logs}/test-{name}.log"
            try:
                with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  our own
                    return int(response.status) == 200
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                return False

        wait_until(answers, what=f"the first answer of {name}")
