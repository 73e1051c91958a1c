"""The SQL alone: a logged loop's statements through psycopg, prepared, one connection per client."""

import multiprocessing
import os
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected

from annotator.env import SERVER_SETTINGS  # plans are kept as in the product
from benchmarks.load.recording import BEGIN, Plan, Source, by_column

WARM_UP_SECONDS = 1.0

CURRENT = """
SELECT DISTINCT ON (u.username) u.username, u.id, a.id
FROM rating_assignment a JOIN people_user u ON u.id = a.rater_id
WHERE a.state = 'leased' AND u.username = ANY (%s) ORDER BY u.username, a.leased_at DESC
"""


class ReplayFailed(Exception):
    """A statement failed, or brought nothing where it did in the log."""


@dataclass(frozen=True)
class Client:
    """A rater, the lease that they hold, and their session's key."""

    rater: int
    lease: uuid.UUID
    session: str


@dataclass(frozen=True)
class Replayed:
    """``deadlocks``: met and tried again, as the services do. ``waited``: seconds for each step of the plan, in all."""

    loops: int
    seconds: float
    deadlocks: int
    waited: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return self.loops / self.seconds


def replay(dsn: str, plan: Plan, sessions: Mapping[str, str], *, seconds: float) -> Replayed:
    """Loops of all raters (user name → session key) at once, for so long; each must hold a lease.

    The clients are spread over as many processes as there are processors: in one, Python would set the pace.
    """
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(CURRENT, [list(sessions)]).fetchall()
    clients = [Client(rater, lease, sessions[name]) for name, rater, lease in rows]
    if len(clients) != len(sessions):
        raise LookupError(f"{len(sessions) - len(clients)} raters hold no lease")
    count = min(len(clients), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        start = time.time() + 2.0  # by then all processes have begun
        parts = [pool.submit(_part, dsn, plan, clients[at::count], start, seconds) for at in range(count)]
        results = [part.result() for part in parts]
    if errors := [part.error for part in results if part.error]:
        raise ReplayFailed(errors[0])
    waited = tuple(map(sum, zip(*(part.waited for part in results), strict=True)))
    return Replayed(sum(part.loops for part in results), seconds, sum(part.deadlocks for part in results), waited)


@dataclass(frozen=True)
class _Part:
    """What one process did. ``error`` is text: not every error finds its way from one process to another."""

    loops: int
    deadlocks: int
    waited: tuple[float, ...]
    error: str


def _part(dsn: str, plan: Plan, clients: Sequence[Client], start: float, seconds: float) -> _Part:
    players = [_Player(dsn, plan, client, start + WARM_UP_SECONDS, seconds) for client in clients]
    for player in players:
        player.start()
    for player in players:
        player.join()
    return _Part(
        loops=sum(player.loops for player in players),
        deadlocks=sum(player.deadlocks for player in players),
        waited=tuple(map(sum, zip(*(player.waited for player in players), strict=True))),
        error=next((player.error for player in players if player.error), ""),
    )


class _Player(threading.Thread):
    def __init__(self, dsn: str, plan: Plan, client: Client, begin: float, seconds: float) -> None:
        super().__init__()
        self.dsn = dsn
        self.plan = plan
        self.known = {"rater": client.rater, "session": client.session, "lease": client.lease}
        self.begin = begin
        self.end = begin + seconds
        self.loops = self.deadlocks = 0
        self.waited = [0.0] * len(plan.steps)
        self.error = ""

    def run(self) -> None:
        try:
            with psycopg.connect(self.dsn, prepare_threshold=0, autocommit=True, options=SERVER_SETTINGS) as connection:
                self._until_the_end(connection)
        except (psycopg.Error, LookupError) as error:
            self.error = f"{type(error).__name__}: {error}"

    def _until_the_end(self, connection: psycopg.Connection[Any]) -> None:
        time.sleep(max(0.0, self.begin - WARM_UP_SECONDS - time.time()))
        while (now := time.time()) < self.end:
            self._loop(connection)
            self.loops += self.begin <= now and time.time() <= self.end

    def _loop(self, connection: psycopg.Connection[Any]) -> None:
        rows: list[dict[str, Any]] = []
        fresh: dict[int, uuid.UUID] = {}
        begun = 0  # where the transaction began: a deadlock takes us back there
        while len(rows) < len(self.plan.steps):
            step = self.plan.steps[len(rows)]
            asked = time.perf_counter()
            try:
                if step.sql == BEGIN:
                    begun = len(rows)
                rows.append(self._execute(connection, step.sql, step.params, rows, fresh))
            except DeadlockDetected:
                connection.execute("ROLLBACK")
                self.deadlocks += 1
                del rows[begun:]
            self.waited[len(rows) - 1] += time.perf_counter() - asked
        self.known["lease"] = rows[self.plan.next_lease.at][self.plan.next_lease.column]

    def _execute(
        self, connection: psycopg.Connection[Any], sql: str, params: Any, rows: list[dict[str, Any]], fresh: Any
    ) -> dict[str, Any]:
        values = {name: self._value(source, rows, fresh) for name, source in params.items()}
        given: Any = values if not values or isinstance(next(iter(values)), str) else list(values.values())
        cursor = connection.execute(sql, given or None)
        row = cursor.fetchone() if cursor.description else None
        return by_column(cursor.description or (), row) if row else {}

    def _value(self, source: Source, rows: list[dict[str, Any]], fresh: dict[int, uuid.UUID]) -> Any:
        if source.kind == "constant":
            return source.at
        if source.kind == "known":
            return self.known[source.at]
        if source.kind == "row":
            return rows[source.at][source.column]  # a KeyError: it brought nothing where it did in the log
        if source.kind == "fresh":
            return fresh.setdefault(source.at, uuid.uuid4())
        return datetime.now(UTC)
