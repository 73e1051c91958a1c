"""Advisory file locks (``flock``): the kernel frees them when the holder dies, however it dies.

A lock belongs to the open file, so a process that inherits the descriptor holds it too. That is how a running server
itself is the proof that it runs: it inherits the locked descriptor of its lock file.
"""

import fcntl
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.embedded.errors import EmbeddedError

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX


def take(path: Path, how: int) -> int:
    """Wait for the lock and return the descriptor that holds it; closing the last copy of it lets go."""
    while True:
        fd = _open(path, os.O_CREAT)
        fcntl.flock(fd, how)
        if is_current(fd, path):
            return fd
        os.close(fd)


def attempt(path: Path, how: int, *, create: bool = True) -> int | None:
    """The descriptor that holds the lock, or None where another holds it now.

    Without ``create`` a missing lock file is a FileNotFoundError: who only looks must not fill a folder being removed.
    """
    while True:
        fd = _open(path, os.O_CREAT if create else 0)
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        if is_current(fd, path):
            return fd
        os.close(fd)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock exclusively. Tries a shared lock, so that two who look don't see each other."""
    try:
        fd = attempt(path, SHARED, create=False)
    except FileNotFoundError:
        return False
    if fd is None:
        return True
    os.close(fd)
    return False


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    fd = take(path, EXCLUSIVE)
    try:
        yield
    finally:
        os.close(fd)


def is_current(fd: int, path: Path) -> bool:
    """Whether ``path`` still names the open file: a folder may be removed and made anew under a running process."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path, create: int) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | create, 0o600)
    except PermissionError as error:
        uid = (path if path.exists() else path.parent).stat().st_uid
        raise EmbeddedError(
            f"{path} belongs to {_user_name(uid)}, not to {_user_name(os.geteuid())}. "
            "Run as that user, or give this user a data folder of its own with STEPMARK_VAR=…"
        ) from error


def _user_name(uid: int) -> str:
    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
