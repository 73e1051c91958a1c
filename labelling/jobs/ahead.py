"""What comes next, made by a thread while the caller waits for a database."""

import gc
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
OFTEN_ENOUGH = 200_000  # new objects after which cycles are looked for


class Ahead(Generic[T]):
    """A context: the items of an iterator, the next one made from ``begin`` on.

    Two threads at Python take turns, and nothing is gained: begin where the wait for the database begins. Without a
    ``thread`` each is made when it is asked for: one that waits for standard input would outlive Ctrl-C.
    """

    def __init__(self, items: Iterator[T], *, thread: bool = True) -> None:
        self._items = items
        self._pool = ThreadPoolExecutor(max_workers=1) if thread else None
        self._coming: Future[T | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def begin(self) -> None:
        """Make the next item; no more than one."""
        if self._pool is not None and self._coming is None:
            self._coming = self._pool.submit(next, self._items, None)

    def __iter__(self) -> Iterator[T]:
        while True:
            self.begin()
            item = next(self._items, None) if self._coming is None else self._coming.result()
            self._coming = None
            if item is None:
                return
            yield item


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Many objects are made that hold no cycles: looking for some at Python's usual pace takes a third of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(OFTEN_ENOUGH, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
