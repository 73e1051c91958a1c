"""Starting detached server processes, finding them again, and the user that they run as."""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from annotator.embedded.errors import EmbeddedError

CLONE_NEWUSER = 0x10000000
NOBODY = 65534
LOG_BYTES = 20_000_000
TAIL_BYTES = 2_000


@dataclass(frozen=True)
class Account:
    """The user that servers run as where the starter is root (PostgreSQL refuses root).

    ``namespaced``: still root's own id outside, which owns root's private folders, but ``nobody`` to the server itself.
    """

    uid: int
    gid: int
    name: str
    namespaced: bool = False


NAMESPACED = Account(0, 0, "root without its rights", namespaced=True)


@dataclass(frozen=True)
class Folder:
    """A folder's or file's identity, which outlives its renaming and its removal."""

    device: int
    inode: int

    @classmethod
    def of(cls, path: Path | str | int) -> "Folder":
        found = os.stat(path)
        return cls(found.st_dev, found.st_ino)


def server_account(data: Path, needed: Sequence[Path] = ()) -> Account | None:
    """None for an ordinary user, who runs servers as itself; root runs them as the data's owner.

    Without data yet it is ``nobody``, or where ``nobody`` can't reach what is ``needed`` (a checkout below /root, say),
    root without its rights, in a user namespace of the server's own.
    """
    if os.geteuid() != 0:
        return None
    if data.exists():
        return _account_of(data.stat().st_uid) if data.stat().st_uid else _root_without_rights(data)
    if first_blocked(_ways_to([data.parent, *needed]), nobody()) is not None and _namespaces_work():
        return NAMESPACED
    return nobody()


def nobody() -> Account:
    return _account_of(None)


def _root_without_rights(data: Path) -> Account:
    if not _namespaces_work():
        raise EmbeddedError(
            f"{data} is root's, and a server that root starts on it needs a user namespace, which this machine now "
            f"refuses. Any of these mends it: allow user namespaces; `chown -R nobody {data}` where nobody can enter "
            "the folders above it; or name your own servers with DATABASE_URL and REDIS_URL."
        )
    return NAMESPACED


def _account_of(owner: int | None) -> Account:
    """The account by number; None is ``nobody``."""
    try:
        entry = pwd.getpwnam("nobody") if owner is None else pwd.getpwuid(owner)
    except KeyError:
        return Account(owner or NOBODY, NOBODY, str(owner or "nobody"))
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _namespaces_work() -> bool:
    try:
        return run(["/bin/true"], account=NAMESPACED, env=server_env(), output=subprocess.DEVNULL) == 0
    except subprocess.SubprocessError:
        return False


def _enter_namespace() -> None:
    """Runs between fork and exec. initdb wants a user that exists: this process looks like ``nobody`` to itself."""
    inner, uid, gid = nobody(), os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are switched off")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner.uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner.gid} {gid} 1")


def run(
    argv: Sequence[str | Path],
    *,
    account: Account | None,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    text: bytes = b"",
    fds: Sequence[int] = (),
    cwd: Path = Path("/"),
) -> int:
    """Run a program to its end as ``account``, in a session of its own, and return its exit status."""
    other = account if account and not account.namespaced else None
    done = subprocess.run(  # noqa: S603  our own programs, never a shell line made of input
        [os.fspath(part) for part in argv],
        input=text,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        pass_fds=fds,
        start_new_session=True,
        user=other.uid if other else None,
        group=other.gid if other else None,
        extra_groups=() if other else None,
        preexec_fn=_enter_namespace if account and account.namespaced else None,
        check=False,
    )
    return done.returncode


def spawn_detached(
    argv: Sequence[str | Path],
    *,
    log: Path,
    fds: Sequence[int],
    account: Account | None,
    env: Mapping[str, str],
    cwd: Path = Path("/"),
) -> None:
    """Start a process in a session of its own and with no parent here, so that no starter must ever reap it."""
    with open_log(log) as output:
        run(["/bin/sh", "-c", '"$@" &', "sh", *argv], account=account, env=env, output=output, fds=fds, cwd=cwd)


def open_log(path: Path) -> IO[bytes]:
    """The log, to append to; a big one is set aside first, so that logs can't fill the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def log_tail(path: Path) -> str:
    """The last lines of a log, for a message."""
    if not path.exists():
        return ""
    return path.read_bytes()[-TAIL_BYTES:].decode(errors="replace").strip()


def server_env() -> dict[str, str]:
    """Nothing of the starter's PG* variables may reach a server."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **kept}


def processes_in(folder: Folder, name: str) -> list[psutil.Process]:
    """The live processes of a program that work in a folder: a server stands in its data folder as long as it lives."""
    return [process for process in psutil.process_iter() if _is_live(process, name) and _stands_in(process) == folder]


def strays_of(path: Path, name: str) -> list[psutil.Process]:
    """The live processes of a program that work in a removed folder which was once at ``path``."""
    now = Folder.of(path) if path.exists() else None
    return [
        process
        for process in psutil.process_iter()
        if _is_live(process, name) and _path_of(process) == path and _stands_in(process) != now
    ]


def _is_live(process: psutil.Process, name: str) -> bool:
    try:
        return process.name() == name and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _stands_in(process: psutil.Process) -> Folder | None:
    try:
        # On Linux this link leads to the folder itself even after its path is gone.
        return Folder.of(f"/proc/{process.pid}/cwd" if sys.platform == "linux" else process.cwd())
    except (psutil.Error, OSError):
        return None


def _path_of(process: psutil.Process) -> Path | None:
    try:
        return Path(process.cwd())  # without the kernel's " (deleted)"
    except (psutil.Error, OSError):
        return None


def check_reachable(paths: Sequence[Path], account: Account | None) -> None:
    """Refuse clearly where the servers' user can't enter a folder on the way to a path."""
    if account is None:
        return
    blocked = first_blocked(_ways_to(paths), account)
    if blocked is not None:
        raise EmbeddedError(
            f"Started by root, the embedded servers run as {account.name} (PostgreSQL refuses root), and "
            f"{account.name} can't enter {blocked}. Any of these mends it: move this folder to a place open to all "
            f"users, such as /srv; `chmod o+x {blocked}`; run as an ordinary user; or name your own servers with "
            "DATABASE_URL and REDIS_URL."
        )


def _ways_to(paths: Sequence[Path]) -> list[Path]:
    """The paths and all folders above them, from the top."""
    return sorted({folder for path in paths for folder in (path, *path.parents)}, key=lambda one: len(one.parts))


def first_blocked(paths: Sequence[Path], account: Account) -> Path | None:
    """The first path that the account can't enter (a folder) or execute (a file): asked of the kernel, ACLs and all."""
    script = 'n=0; for path do n=$((n+1)); [ -x "$path" ] || exit $n; done'
    for start in range(0, len(paths), 100):  # an exit status has room for 255
        part = paths[start : start + 100]
        status = run(
            ["/bin/sh", "-c", script, "sh", *part], account=account, env=server_env(), output=subprocess.DEVNULL
        )
        if status:
            return part[min(status, len(part)) - 1]
    return None
