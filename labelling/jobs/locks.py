"""Session-level advisory locks: the kernel's word that whoever works on a row still lives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connection


@contextmanager
def lock_held(lock_class: int, key: int) -> Iterator[bool]:
    """Hold a lock while the body runs; False, at once, where somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock_class, key])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            _let_go("SELECT pg_advisory_unlock(%s, %s)", [lock_class, key])


@contextmanager
def keys_held(keys: Sequence[int]) -> Iterator[list[int]]:
    """Hold locks of 64-bit keys, a space of their own, while the body runs: those that it yields, which were free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_lock(key)", [list(keys)])
        held = [row[0] for row in cursor.fetchall()]
    try:
        yield held
    finally:
        _let_go("SELECT pg_advisory_unlock(key) FROM unnest(%s::bigint[]) AS key", [held])


def _let_go(query: str, params: Sequence[Any]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, params)
    except (OperationalError, InterfaceError):
        connection.close()  # the locks went with the connection


# Of a table's rows that somebody holds such a lock on; its parameter is the lock's class, the row's id stands for {id}.
HELD_SQL = """
EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %(lock_class)s AND objid = {id}
        AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
