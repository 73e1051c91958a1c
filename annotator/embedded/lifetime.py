"""Who uses the servers, who starts them, who stops them.

Four kinds of lock in the data folder, all freed by the kernel when their holder dies:

- ``users.lock``: shared, by each process that uses the servers, for its whole life; exclusive, by who stops them.
- ``start.lock``: exclusive, by whoever starts or stops a server at this moment.
- ``keeper.lock``: exclusive, by the keeper (see keeper.py).
- ``postgres.lock`` and ``redis.lock``: exclusive, by the running server itself.

They are always taken in that order: users, start, the rest.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from annotator import env
from annotator.embedded import locks, paths, processes, servers
from annotator.embedded.account import account_for
from annotator.embedded.errors import EmbeddedError
from annotator.embedded.postgres import Postgres
from annotator.embedded.processes import Folder
from annotator.embedded.redis import Redis
from annotator.embedded.servers import Server

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_SECONDS = 90.0
LOOK_AGAIN_SECONDS = 0.3

Report = Callable[[str, float], None]

# Data folder → the descriptor that holds our share of users.lock, and the file that it opened.
_held: dict[Path, tuple[int, Folder]] = {}
_held_guard = threading.Lock()


def _silent(*_: object) -> None: ...


def wanted(var: Path, environ: Mapping[str, str] = os.environ) -> tuple[Server, ...]:
    """The servers that no URL replaces."""
    chosen: list[Server] = []
    if not environ.get("DATABASE_URL", "").strip():
        chosen.append(Postgres(var))
    if not environ.get("REDIS_URL", "").strip():
        chosen.append(Redis(var))
    return tuple(chosen)


def ensure_unless_given() -> None:
    """``ensure`` for the project's own data folder: one call at the top of each entry point."""
    ensure(env.var_folder(REPOSITORY))


def ensure(var: Path, report: Report = _silent, pulse: Callable[[], None] = _silent) -> None:
    """Have the servers run, and keep them for as long as this process and its forks live.

    Starts nothing that ``DATABASE_URL`` or ``REDIS_URL`` replaces. ``report`` gets each started server's title and the
    seconds it took; ``pulse`` is called while waiting for a server and may raise to give up.
    Raises EmbeddedError with the mend in its text.
    """
    var = var.resolve()
    chosen = wanted(var)
    if not chosen:
        return
    _make_var(var)
    _hold(var)
    if locks.is_held(var / "keeper.lock") and all(map(servers.is_up, chosen)):
        return
    with locks.exclusive(var / "start.lock"):
        _make_folders(var)
        _start_keeper(var)
        for server in chosen:
            _start_reported(server, report, pulse)


def ensure_keeper(var: Path) -> None:
    """Start the keeper where it died: for a long-lived user of the servers to call now and then."""
    var = var.resolve()
    if var in _held and not locks.is_held(var / "keeper.lock"):
        with locks.exclusive(var / "start.lock"):
            _start_keeper(var)


def release_and_stop(var: Path) -> bool:
    """Give up this process's share; where nobody else has one, stop servers and keeper and wait until they are gone.

    Returns whether all is stopped; False where others still use them.
    """
    var = var.resolve()
    _release(var)
    if not var.exists():
        return True
    alone = _wait_to_be_alone(var)
    if alone is None:
        return False
    try:
        stop_all(var)
        _end_keeper(var)
    finally:
        os.close(alone)
    return True


def stop_all(var: Path) -> None:
    """Stop Redis, then PostgreSQL. The caller holds users.lock exclusively."""
    with locks.exclusive(var / "start.lock"):
        for server in (Redis(var), Postgres(var)):
            servers.stop(server)
    folder = paths.sockets_folder(var)
    if folder.parent != var and folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def revive(var: Path) -> None:
    """Start again each server that is meant to run and has died."""
    for server in (Postgres(var), Redis(var)):
        if servers.is_meant_to_run(server) and not locks.is_held(server.lock):
            with locks.exclusive(var / "start.lock"):
                if servers.is_meant_to_run(server):
                    servers.start(server, _silent)


def _hold(var: Path) -> None:
    """Take our share, waiting while somebody stops the servers. A fork inherits it; an exec'd program doesn't."""
    with _held_guard:
        fd = _own(var)
        if fd is not None and locks.is_current(fd, var / "users.lock"):
            return
        if fd is not None:
            os.close(fd)
        fd = locks.take(var / "users.lock", locks.SHARED)
        _held[var] = (fd, Folder.of(fd))


def _own(var: Path) -> int | None:
    """Our descriptor, unless it was closed under us, as Celery's beat does: its number may be another file's by now."""
    fd, opened = _held.get(var, (None, None))
    try:
        return fd if fd is not None and Folder.of(fd) == opened else None
    except OSError:
        return None


def _release(var: Path) -> None:
    with _held_guard:
        fd = _own(var)
        _held.pop(var, None)
        if fd is not None:
            os.close(fd)  # closing, never LOCK_UN: that would take a forked child's share as well


def _wait_to_be_alone(var: Path) -> int | None:
    """The exclusive hold on users.lock, or None as soon as another user is seen for a while."""
    deadline = time.monotonic() + STOP_SECONDS
    shared_until = time.monotonic() + LOOK_AGAIN_SECONDS
    while time.monotonic() < deadline:
        fd = locks.attempt(var / "users.lock", locks.EXCLUSIVE)
        if fd is not None:
            return fd
        if locks.is_held(var / "users.lock"):  # exclusively: somebody looks, or stops the servers
            shared_until = time.monotonic() + LOOK_AGAIN_SECONDS
        elif time.monotonic() > shared_until:
            return None
        time.sleep(random.uniform(0.005, 0.03))  # noqa: S311  so that two who leave at once don't block each other
    raise EmbeddedError(f"Somebody has been stopping the servers of {var} for {STOP_SECONDS:.0f} s.")


def _make_var(var: Path) -> None:
    var.mkdir(mode=0o700, parents=True, exist_ok=True)


def _make_folders(var: Path) -> None:
    (var / "log").mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        var.chmod(var.stat().st_mode | 0o011)  # the servers' user must pass through, but not look
    account = account_for(var)
    for folder in (var / "redis", paths.sockets_folder(var)):
        _make_private(folder, os.geteuid() if account is None else account.uid, account.gid if account else -1)


def _make_private(folder: Path, uid: int, gid: int) -> None:
    """A 0700 folder of the servers' user. Its owner is checked: under /tmp anyone may have made it first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid not in {uid, os.geteuid()} or folder.is_symlink():
        raise EmbeddedError(f"{folder} belongs to another user: remove it, or set STEPMARK_VAR to another folder.")
    if found.st_uid != uid:
        os.chown(folder, uid, gid, follow_symlinks=False)
    folder.chmod(0o700)


def _start_reported(server: Server, report: Report, pulse: Callable[[], None]) -> None:
    if not servers.is_up(server):
        begin = time.monotonic()
        servers.start(server, pulse)
        report(server.title, time.monotonic() - begin)


def _start_keeper(var: Path) -> None:
    """To be called under the start lock. The keeper gets the locked descriptor, so two can never start."""
    fd = locks.attempt(var / "keeper.lock", locks.EXCLUSIVE)
    if fd is None:
        return
    try:
        (var / "keeper.lock").write_text("")
        processes.spawn_detached(
            [sys.executable, "-m", "annotator.embedded.keeper", str(fd), var],
            log=var / "log" / "keeper.log",
            fds=(fd,),
            account=None,
            cwd=var,  # follows the folder when it is moved, and shows that it was removed
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])},
        )
    finally:
        os.close(fd)


def _end_keeper(var: Path) -> None:
    """Only the keeper holds its lock, so while it is held the number in it is the keeper's."""
    deadline = time.monotonic() + STOP_SECONDS
    while locks.is_held(var / "keeper.lock") and time.monotonic() < deadline:
        number = (var / "keeper.lock").read_text().strip()
        if number.isdigit():
            with suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGTERM)
        time.sleep(0.02)
