"""The keeper: a small process of its own that outlives every user of the servers, and then stops them.

``python -m annotator.embedded.keeper LOCK_FD VAR``, started in the folder VAR by ``ensure``. While somebody uses the
servers it starts again one that died; once nobody has used them for ``STEPMARK_LINGER`` seconds (default 15) it stops
them and ends.
It imports no Django: it must be small, and work whatever state the code is in.
"""

import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from annotator import env
from annotator.embedded import lifetime, locks, servers
from annotator.embedded.errors import EmbeddedError
from annotator.embedded.postgres import Postgres
from annotator.embedded.redis import Redis

TICK_SECONDS = 0.4
REST_AFTER_FAILURE_SECONDS = 5.0

log = logging.getLogger("keeper")


class Keeper:
    """Works in the data folder itself: the working folder follows when the data folder is moved."""

    def __init__(self, *, var: Path, lock_fd: int, linger: float) -> None:
        self.var = var
        self.lock_fd = lock_fd
        self.linger = linger
        self.idle_since: float | None = None

    def run(self) -> None:
        """Until nobody needs the servers any more, or their folder is gone."""
        os.pwrite(self.lock_fd, f"{os.getpid()}\n".encode(), 0)
        while self._finds_var():
            with suppress(FileNotFoundError):  # the folder may go at any moment; the next look sees it
                if self._tick():
                    return
            time.sleep(TICK_SECONDS)
        log.info("the data folder was removed: killing its servers")
        for server in (Redis(self.var), Postgres(self.var)):
            servers.kill_strays(server)

    def _finds_var(self) -> bool:
        with suppress(FileNotFoundError):
            self.var = Path.cwd()
            return locks.is_current(self.lock_fd, self.var / "keeper.lock")
        return False

    def _tick(self) -> bool:
        """Whether the work is done."""
        alone = locks.attempt(self.var / "users.lock", locks.EXCLUSIVE, create=False)
        if alone is None:
            self.idle_since = None
            self._revive()
            return False
        try:
            return self._stop_after_linger()
        finally:
            os.close(alone)

    def _stop_after_linger(self) -> bool:
        """Called while we hold users.lock exclusively: a new user waits, and then finds no servers and no keeper."""
        now = time.monotonic()
        if self.idle_since is None:
            self.idle_since = now
        if now - self.idle_since < self.linger:
            return False
        log.info("nobody has used the servers for %g s: stopping them", self.linger)
        lifetime.stop_all(self.var)
        os.close(self.lock_fd)  # before users.lock, or a new user would take us for a keeper that stays
        return True

    def _revive(self) -> None:
        try:
            lifetime.revive(self.var)
        except EmbeddedError as error:
            log.error("%s", error)  # noqa: TRY400  its text says all; a traceback adds nothing
            time.sleep(REST_AFTER_FAILURE_SECONDS)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    linger = env.integer("STEPMARK_LINGER", 15, least=0, most=86_400)
    Keeper(lock_fd=int(sys.argv[1]), var=Path(sys.argv[2]), linger=linger).run()


if __name__ == "__main__":
    main()
