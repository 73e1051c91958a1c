"""Prepared statements on Django's own connection: planning the hot path's would cost more than running them."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import Cursor
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8


def rows(query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a statement, prepared once per connection; its rows as dicts."""
    if connection.queries_logged or connection.execute_wrappers:
        return _logged(query, params)
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 0  # Django's own cursors bind on the client, and are not affected
    with connection.wrap_database_errors, Cursor(raw, row_factory=dict_row) as cursor:
        cursor.execute(query, _sized(params))
        has_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0  # cheaper than its description
        return cursor.fetchall() if has_rows else []


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
