"""The product on servers of its own, in a temporary data folder: started for a run, and nothing of it left after."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from annotator import embedded
from annotator.embedded.processes import log_tail
from benchmarks.kit import say
from benchmarks.load.browser import HOST, Browser, Unreachable

Connection = psycopg.Connection[Any]

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 180.0
STOP_SECONDS = 90.0
SHOWN_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


class StageFailed(Exception):
    """The product did not come up; the message has the end of its log."""


class Stage:
    """A context: ``make serve`` on a free port, with its embedded servers; this process works on the same database.

    To be entered before anything reads Django's settings: it points them at its own folder.
    """

    def __init__(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="stepmark-bench-"))
        self.port = _free_port()
        self.dsn = embedded.postgres_url(self.var)
        self.log = self.var / "supervisor.log"
        self.supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def connect(self) -> Connection:
        return psycopg.connect(self.dsn, autocommit=True)

    @property
    def supervisor_pid(self) -> int:
        if self.supervisor is None:
            raise StageFailed("the product has not been started")
        return self.supervisor.pid

    def settings(self) -> dict[str, str]:
        """What makes a commit durable, as the server itself says it."""
        with self.connect() as connection:
            rows = [connection.execute(f"SHOW {name}").fetchone() for name in SHOWN_SETTINGS]
        return {name: str(row[0]) for name, row in zip(SHOWN_SETTINGS, rows, strict=True) if row}

    def _start(self) -> None:
        say(f"starting the product in {self.var} …")
        for name in ("DATABASE_URL", "REDIS_URL", "STEPMARK_DB_POOL"):
            os.environ.pop(name, None)
        os.environ |= {"STEPMARK_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "annotator.settings"}
        embedded.ensure(self.var)
        command = [sys.executable, "-m", "annotator.supervisor", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(  # noqa: S603  our own module
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_ready(self.supervisor)
        import django  # only now do the settings point at our folder

        django.setup()

    def _wait_until_ready(self, supervisor: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if supervisor.poll() is not None or time.monotonic() > deadline:
                raise StageFailed(f"the product did not come up:\n{log_tail(self.log)}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        browser = Browser(self.port, timeout=5)
        try:
            return browser.get("/accounts/login/").status == HTTPStatus.OK
        except Unreachable:
            return False
        finally:
            browser.close()

    def _end(self) -> None:
        if self.supervisor is not None:
            self._stop(self.supervisor)
        from django.conf import settings  # late, as above

        if settings.configured:
            from django.db import connections

            connections.close_all()
        embedded.release_and_stop(self.var)
        shutil.rmtree(self.var, ignore_errors=True)

    @staticmethod
    def _stop(supervisor: "subprocess.Popen[bytes]") -> None:
        supervisor.send_signal(signal.SIGINT)
        try:
            supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
