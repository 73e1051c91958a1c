"""Running the hot path's SQL: prepared statements on Django's own connection, and transactions that try again."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import Cursor
from psycopg.errors import DeadlockDetected
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8

Row = Mapping[str, Any]
T = TypeVar("T")
TRIES = 5


class Clash(Exception):
    """What was read no longer holds, as another transaction came between: try again."""


def rows(query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a statement; its rows as dicts. Prepared once per connection: planning these would cost more than running."""
    if connection.queries_logged or connection.execute_wrappers:
        return _logged(query, params)
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 0  # Django's own cursors bind on the client, and are not affected
    with connection.wrap_database_errors, Cursor(raw, row_factory=dict_row) as cursor:
        cursor.execute(query, _sized(params))
        return [] if cursor.description is None else cursor.fetchall()


def _logged(query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same through Django's cursor, which tells those who count or record statements."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _sized(params: Mapping[str, Any]) -> dict[str, Any]:
    """Whole numbers all of one type: else a statement would be prepared once for each mix of sizes."""
    return {name: Int8(value) if type(value) is int else value for name, value in params.items()}


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
