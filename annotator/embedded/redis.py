"""The embedded Redis-compatible server (Valkey): Celery's broker and the cache. It keeps nothing on disk."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from annotator.embedded import paths, processes
from annotator.embedded.account import account_for
from annotator.embedded.servers import State

PROBE_SECONDS = 1.0


@dataclass(frozen=True)
class Redis:
    var: Path
    title: str = "Redis"
    program: str = "valkey-server"
    stop_signals: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))

    @property
    def data(self) -> Path:
        return self.var / "redis"

    @property
    def lock(self) -> Path:
        return self.var / "redis.lock"

    @property
    def log(self) -> Path:
        return self.var / "log" / "redis.log"

    def state(self) -> State:
        answer = self._ask("CONFIG GET dir")
        if not answer:
            return State.SILENT
        if not answer.startswith("*"):
            return State.BUSY
        return State.READY if str(self.data) in answer.split("\r\n") else State.STRANGER

    def launch(self, lock_fd: int) -> None:
        account = account_for(self.var)
        binary = paths.redis_binary()
        processes.check_reachable([binary, self.data, paths.sockets_folder(self.var)], account)
        options = {
            "--port": "0",
            "--unixsocket": str(paths.redis_socket(self.var)),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--save": "",
            "--appendonly": "no",
            "--daemonize": "no",
        }
        processes.spawn_detached(
            [binary, *(part for option in options.items() for part in option)],
            log=self.log,
            fds=(lock_fd,),
            account=account,
            env=processes.server_env(),
        )

    def _ask(self, command: str) -> str:
        """The raw answer to one command, empty where nobody answers. A client library would retry for seconds."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PROBE_SECONDS)
            try:
                client.connect(str(paths.redis_socket(self.var)))
                client.sendall(f"{command}\r\nQUIT\r\n".encode())
                return b"".join(iter(lambda: client.recv(65536), b"")).decode(errors="replace")
            except OSError:
                return ""
