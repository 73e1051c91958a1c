"""Data folders and processes for the tests of the embedded servers and the supervisor: all real, all cleaned up."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from annotator import embedded
from annotator.embedded.processes import Folder, processes_in

ROOT = Path(__file__).resolve().parents[2]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment with embedded servers wanted, which linger long unless a test says otherwise."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return {**kept, "STEPMARK_LINGER": "300", "PYTHONDONTWRITEBYTECODE": "1", **extra}


class UserProcess:
    """A running tests.annotator.embedded_user."""

    def __init__(
        self,
        var: Path,
        *arguments: str,
        python: Path = Path(sys.executable),
        user: int | None = None,
        root: Path = ROOT,
        environ: dict[str, str] | None = None,
        **env: str,
    ) -> None:
        self.var = var
        self.process = subprocess.Popen(
            [python, "-m", "tests.annotator.embedded_user", str(var), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root,
            env=environment(**env, **(environ or {})),
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
        self.said: list[str] = []

    def answer(self) -> str:
        """``ready`` or what went wrong, once it is known."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith(("ready", "failed")):
                break
        return self.said[-1] if self.said else "nothing"

    def end(self) -> None:
        """Let it end by itself."""
        rest, _ = self.process.communicate("")
        self.said += rest.split("\n")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def wait_until(true: Callable[[], bool], *, seconds: float = 20) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return true()


def postmasters(var: Path) -> list[int]:
    """The process ids of PostgreSQL's parents on a data folder: one, when all is well."""
    found = _processes(var / "postgres", "postgres")
    pids = {process.pid for process in found}
    return [process.pid for process in found if _parent(process) not in {None, *pids}]


def redis_pids(var: Path) -> list[int]:
    return [process.pid for process in _processes(var / "redis", "valkey-server")]


def keeper_pids(var: Path) -> list[int]:
    def keeps(process: psutil.Process) -> bool:
        try:
            line = process.cmdline()
        except psutil.Error:
            return False
        return line[1:3] == ["-m", "annotator.embedded.keeper"] and line[4] == str(var)

    return [process.pid for process in psutil.process_iter() if keeps(process)]


def is_running(var: Path) -> bool:
    return bool(postmasters(var) or redis_pids(var) or keeper_pids(var))


def is_gone(var: Path) -> bool:
    return not is_running(var)


def rows(var: Path, statement: str) -> list[tuple[object, ...]]:
    """What a statement returns on the folder's PostgreSQL."""
    with psycopg.connect(embedded.postgres_url(var), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def is_serving(var: Path) -> bool:
    try:
        return rows(var, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def _parent(process: psutil.Process) -> int | None:
    """None where the process ended in between."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def _processes(folder: Path, name: str) -> list[psutil.Process]:
    return processes_in(Folder.of(folder), name) if folder.exists() else []
