"""The embedded PostgreSQL: a private cluster in ``var/postgres``, reached by a Unix socket only."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from annotator.embedded import paths, processes
from annotator.embedded.account import account_for
from annotator.embedded.errors import EmbeddedError
from annotator.embedded.processes import Account, Folder
from annotator.embedded.servers import State

SETTINGS = {
    "listen_addresses": "",  # trust authentication on TCP would let in every local user
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Postgres:
    var: Path
    title: str = "PostgreSQL"
    program: str = "postgres"
    # Fast shutdown, then without a checkpoint, then the hard way: each leaves the data whole.
    stop_signals: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGINT, 30.0),
        (signal.SIGQUIT, 5.0),
        (signal.SIGKILL, 5.0),
    )

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    @property
    def lock(self) -> Path:
        return self.var / "postgres.lock"

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    def state(self) -> State:
        params = {**paths.postgres_params(self.var), "dbname": "postgres"}
        try:
            with psycopg.connect(make_conninfo(**params, connect_timeout=5), autocommit=True) as connection:
                row = connection.execute("show data_directory").fetchone()
        except psycopg.OperationalError as error:
            return _state_of_refusal(str(error))
        return State.READY if row == (str(self.data),) else State.STRANGER

    def launch(self, lock_fd: int) -> None:
        account = account_for(self.var)
        binary = paths.postgres_binary("postgres")
        sockets = paths.sockets_folder(self.var)
        processes.check_reachable([binary, sockets], account)
        self._initialise(account, lock_fd)
        for stale in self._stale_pid_files(sockets):
            stale.unlink()
        settings = {**SETTINGS, "unix_socket_directories": str(sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        processes.spawn_detached(
            [binary, "-D", self.data, "-p", paths.PORT, *options],
            log=self.log,
            fds=(lock_fd,),
            account=account,
            env=processes.server_env(),
        )

    def _initialise(self, account: Account | None, lock_fd: int) -> None:
        """Make the cluster and its database in a side folder, so that a killed maker leaves nothing half made.

        The programs hold the lock too: where this process is killed, the next one waits for their end.
        """
        if self.data.exists():
            self._check_version()
            return
        side = self.var / "postgres.making"
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir(mode=0o700)
        if account:
            os.chown(side, account.uid, account.gid)
        options = ["-U", paths.USER, "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
        self._make([paths.postgres_binary("initdb"), "-D", side, *options, "--no-instructions"], account, lock_fd)
        statement = f"CREATE DATABASE {paths.DATABASE};\n".encode()
        self._make([paths.postgres_binary("postgres"), "--single", "-D", side, "postgres"], account, lock_fd, statement)
        side.rename(self.data)

    def _make(self, argv: list[str | Path], account: Account | None, lock_fd: int, text: bytes = b"") -> None:
        with processes.open_log(self.log) as output:
            env = processes.server_env()
            status = processes.run(argv, account=account, env=env, output=output, text=text, fds=(lock_fd,))
        if status:
            raise EmbeddedError(
                f"{Path(argv[0]).name} failed ({status}). The end of {self.log}:\n{processes.log_tail(self.log)}"
            )

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != paths.POSTGRES_MAJOR:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {found}; the installed one is {paths.POSTGRES_MAJOR}. "
                "Dump it with the old version, or set STEPMARK_VAR to a new folder."
            )

    def _stale_pid_files(self, sockets: Path) -> Iterator[Path]:
        """Pid files that would block a start: their process is gone, a zombie, or something else with that number."""
        live = {process.pid for process in processes.processes_in(Folder.of(self.data), self.program)}
        for path in (self.data / "postmaster.pid", sockets / f"{paths.LONGEST_SOCKET.strip('/')}.lock"):
            if path.exists() and _first_number(path) not in live:
                yield path


def _first_number(path: Path) -> int:
    words = path.read_text(errors="replace").split()
    return int(words[0]) if words and words[0].isdigit() else 0


def _state_of_refusal(message: str) -> State:
    if "too many clients" in message or "remaining connection slots" in message:
        return State.READY
    return State.BUSY if "the database system is" in message else State.SILENT
