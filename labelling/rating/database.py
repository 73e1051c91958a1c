"""Transactions of the hot path that try again where they met another one."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected

from labelling.people.statements import rows

__all__ = ["Clash", "Row", "again_on_clash", "rows", "tried_again"]

Row = Mapping[str, Any]
T = TypeVar("T")
P = ParamSpec("P")
TRIES = 5


class Clash(Exception):
    """What was read no longer holds, as another transaction came between: try again."""


def again_on_clash(work: Callable[[], T], *, is_one_statement: bool = False) -> T:
    """Run a transaction; run it again where it met another one (a deadlock, or the same rater's second tab).

    One statement is a transaction by itself.
    """
    for attempt in range(TRIES):
        try:
            with nullcontext() if is_one_statement else transaction.atomic():
                return work()
        except (OperationalError, IntegrityError, Clash) as error:
            deadlock = isinstance(error.__cause__, DeadlockDetected)
            if attempt == TRIES - 1 or (isinstance(error, OperationalError) and not deadlock):
                raise
    raise AssertionError("unreachable")


def tried_again(service: Callable[P, T]) -> Callable[P, T]:
    """A service as one transaction, tried again where it met another one."""

    @wraps(service)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        return again_on_clash(lambda: service(*args, **kwargs))

    return again
