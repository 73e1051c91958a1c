"""Back-pressure: how many requests a server is sent at once follows from what it answers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Gate:
    """Lets so many in at a time. Half as many after each sign of crowding, one more after each success."""

    def __init__(self, most: int) -> None:
        self.most = self.room = most
        self._inside = 0
        self._closed_until = 0.0
        self._changed = Condition()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Waits for room, and for the end of a pause that the server asked for."""
        with self._changed:
            while self._inside >= self.room or time.monotonic() < self._closed_until:
                left = self._closed_until - time.monotonic()
                self._changed.wait(left if left > 0 else None)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def crowded(self, seconds: float) -> None:
        """Nobody goes in for so long, and then fewer at a time."""
        with self._changed:
            self.room = max(1, self.room // 2)
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)
            self._changed.notify_all()

    def eased(self) -> None:
        with self._changed:
            self.room = min(self.most, self.room + 1)
            self._changed.notify_all()
