"""The minder: ends the children's groups where the supervisor itself is killed by ``kill -9``.

It reads ``+GROUP`` and ``-GROUP`` lines from a pipe that only the supervisor can write to; the end of the file means
that the supervisor is gone, however it went. It inherits the supervisor's lock, so a second start waits until all is
clean.
"""

import os
import subprocess
import sys
from contextlib import suppress

from annotator.supervisor.groups import end_groups
from annotator.supervisor.plan import REPOSITORY

PATIENCE_SECONDS = 1.0


class Minder:
    """The supervisor's end of the pipe."""

    def __init__(self, lock_fd: int) -> None:
        reading, writing = os.pipe()
        self._pipe = os.fdopen(writing, "wb", buffering=0)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "annotator.supervisor.minder"],
            stdin=reading,
            cwd=REPOSITORY,
            pass_fds=(lock_fd,),
            start_new_session=True,
        )
        os.close(reading)

    def add(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Say goodbye and wait for its end: it ends what it was not told to forget."""
        self._pipe.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # somebody killed it: the children still have the kernel's signal
            self._pipe.write(line.encode())


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(sorted(groups), patience=PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
