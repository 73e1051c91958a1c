"""What must be true of the queue whatever happened: asked of the rows, and of what the clients were given."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.load.stage import Connection

# Who holds or has completed an item, by the leases themselves: the item's own counts could be wrong with them.
OVER_OVERLAP = """
SELECT count(*) FROM (
    SELECT i.id FROM rounds_item i JOIN rating_assignment a ON a.item_id = i.id AND a.state IN ('leased', 'completed')
    GROUP BY i.id HAVING count(*) > i.overlap OR count(DISTINCT a.rater_id) < count(*)) over
"""
MISCOUNTED = """
SELECT count(*) FROM rounds_item i LEFT JOIN (
    SELECT item_id, count(*) FILTER (WHERE state = 'leased') AS held,
           count(*) FILTER (WHERE state = 'completed') AS completed
    FROM rating_assignment GROUP BY item_id) a ON a.item_id = i.id
WHERE i.held <> coalesce(a.held, 0) OR i.completed <> coalesce(a.completed, 0)
"""
# A rater who was given the same solution again after finishing it, by the leases that the clients saw.
GIVEN_TWICE = """
SELECT count(*) FROM (
    SELECT g.rater, a.solution_id FROM bench_given g LEFT JOIN rating_assignment a ON a.id = g.lease
    GROUP BY g.rater, a.solution_id HAVING count(*) > 1 OR a.solution_id IS NULL) twice
"""

LOST = """
SELECT count(*) FROM bench_acknowledged b WHERE
    (SELECT count(*) FROM rating_annotation a WHERE a.uuid = b.uuid AND a.request::jsonb = b.body) <> 1
"""
DUPLICATED = """
SELECT count(*) FROM (SELECT 1 FROM rating_annotation WHERE version = 1
                      GROUP BY rater_id, campaign_id, solution_id HAVING count(*) > 1) twice
"""
HELD = "SELECT count(*) FROM rating_assignment WHERE state = 'leased'"


def number(connection: Connection, query: str, params: Mapping[str, Any] | None = None) -> int:
    row = connection.execute(query, params).fetchone()
    return int(row[0]) if row else 0


def over_overlap(connection: Connection) -> int:
    """Items with more raters than their overlap asks for, or one rater twice."""
    return number(connection, OVER_OVERLAP)


def miscounted(connection: Connection) -> int:
    """Items whose counts are not what their leases say."""
    return number(connection, MISCOUNTED)


def given_twice(connection: Connection, leases: Mapping[str, Sequence[str]]) -> int:
    """Solutions that a rater was given more than once, by what the raters' own browsers saw (rater → lease ids)."""
    connection.execute("CREATE TEMPORARY TABLE IF NOT EXISTS bench_given (rater text, lease uuid)")
    connection.execute("TRUNCATE bench_given")
    with connection.cursor().copy("COPY bench_given FROM STDIN") as copy:
        for rater, given in leases.items():
            for lease in given:
                copy.write_row((rater, lease))
    return number(connection, GIVEN_TWICE)


def lost(connection: Connection, acknowledged: Mapping[str, str]) -> int:
    """Submits (UUID → JSON as sent) that were acknowledged and are not stored once, with that very content."""
    connection.execute("CREATE TEMPORARY TABLE bench_acknowledged (uuid uuid, body jsonb)")
    with connection.cursor().copy("COPY bench_acknowledged FROM STDIN") as copy:
        for row in acknowledged.items():
            copy.write_row(row)
    return number(connection, LOST)


def duplicated(connection: Connection) -> int:
    """Pairs of rater and solution with more than one first annotation."""
    return number(connection, DUPLICATED)


def stuck_leases(connection: Connection, *, patience: float) -> int:
    """Leases that are still held after all of them have run out: asked until there are none, or ``patience`` ends."""
    deadline = time.monotonic() + patience
    while number(connection, HELD) and time.monotonic() < deadline:
        time.sleep(1.0)
    return number(connection, HELD)
