"""The statements that one loop (a draft saved, a submit with the next item) sends, logged and made replayable.

Loops of two raters run in this process through all of the product's middleware, and each statement is kept with its
parameters and its first row. Where two alike loops differ in a parameter, that value must come from somewhere: the
rater, the lease, a row that an earlier statement brought, a fresh UUID or the time. What has no such source is an
error: a replay that asked for something else than the product does would measure nothing.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

LOOPS = 12
SAVEPOINT = re.compile(r'"s\d+_x\d+"')
BEGIN, COMMIT = "BEGIN", "COMMIT"


class NotReplayable(Exception):
    """Two loops that should be alike are not, or a parameter comes from nowhere."""


@dataclass
class Statement:
    """``params``: by name, or by place. ``row``: the first one that came back, by column."""

    sql: str
    params: dict[str | int, Any] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)


@dataclass
class Logged:
    """One loop: its statements with ``BEGIN`` and ``COMMIT`` where they were, what was known before, what it leased.

    ``item``: what was judged; in two loops of the same one its id would be taken for a constant.
    """

    known: dict[str, Any]
    next_lease: str
    statements: list[Statement]
    item: int = 0

    @property
    def shape(self) -> tuple[str, ...]:
        return tuple(statement.sql for statement in self.statements)


@dataclass(frozen=True)
class Source:
    """A value of a replay: ``constant``, ``known`` (by name), of a ``row`` (statement, column), ``fresh``, ``now``."""

    kind: str
    at: Any = None
    column: str = ""


@dataclass(frozen=True)
class Step:
    sql: str
    params: Mapping[str | int, Source]


@dataclass(frozen=True)
class Plan:
    """``next_lease``: the row that brings the lease of the loop that follows."""

    steps: tuple[Step, ...]
    next_lease: Source

    @property
    def statements(self) -> int:
        return sum(step.sql not in (BEGIN, COMMIT) for step in self.steps)

    @property
    def transactions(self) -> int:
        return sum(step.sql == COMMIT for step in self.steps)


class _Log:
    """An execute wrapper of Django's: each statement, its parameters and first row, and where transactions end."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.open_block = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        connection = context["connection"]
        if connection.in_atomic_block and not self.open_block:
            self.statements.append(Statement(BEGIN))
            connection.on_commit(self._committed)
        self.open_block = connection.in_atomic_block
        result = execute(sql, params, many, context)
        named = dict(params) if isinstance(params, Mapping) else dict(enumerate(params or ()))
        self.statements.append(Statement(SAVEPOINT.sub('"s"', sql), named, _first_row(context["cursor"].cursor)))
        return result

    def _committed(self) -> None:
        self.open_block = False
        self.statements.append(Statement(COMMIT))


def _first_row(cursor: Any) -> dict[str, Any]:
    """Looked at without taking it from the one who asked."""
    if cursor.description is None or not cursor.rowcount:
        return {}
    row = cursor.fetchone()
    cursor.scroll(0, mode="absolute")
    return by_column(cursor.description, row)


def by_column(columns: Sequence[Any], row: Sequence[Any]) -> dict[str, Any]:
    """By place and name: a name may come twice."""
    return {f"{at} {column.name}": value for at, (column, value) in enumerate(zip(columns, row, strict=True))}


def plan_of(campaign: str, usernames: Sequence[str]) -> Plan:
    """Log loops of two raters and find a pair that is alike. Django must be set up, and nobody else at work."""
    first, second = (log_loops(campaign, name) for name in usernames)
    problem = NotReplayable("no two loops sent the same statements")
    for one, other in product(first[2:], second[3:]):
        if one.shape != other.shape or one.item == other.item:
            continue
        try:
            return compare(one, other)
        except NotReplayable as error:  # one of them was a gold: there is a plainer pair
            problem = error
    raise problem


def log_loops(campaign: str, username: str, loops: int = LOOPS) -> list[Logged]:
    """The rater's loops after signing in, each with what it sent."""
    from django.db import connection
    from django.test import Client

    from labelling.people.models import User
    from labelling.rating.models import Assignment

    client = Client(HTTP_HOST="127.0.0.1")
    user = User.objects.get(username=username)
    client.force_login(user)
    session = client.session.session_key
    offer = client.post(f"/api/campaigns/{campaign}/claim/", {}, content_type="application/json").json()
    lease = offer["leases"][-1]
    done = []
    for _ in range(loops):
        known = {"rater": user.pk, "session": session, "lease": lease["id"], "uuid": str(uuid.uuid4())}
        log = _Log()
        with connection.execute_wrapper(log):
            lease = _loop(client, lease, known["uuid"])
        item = Assignment.objects.get(pk=known["lease"]).item_id
        done.append(Logged(known, lease["id"], log.statements, item))
    return done


def _loop(client: Any, lease: Mapping[str, Any], client_id: str) -> dict[str, Any]:
    steps = [{"rating": -1, "flagged": False}]  # of the same length whatever the item: alike loops have like documents
    draft = {"seq": 1, "steps": steps, "total_time": 4200, "current": 0}
    judgement = {"uuid": client_id, "steps": steps, "finish_reason": "found_error", "total_time": 9000}
    saved = client.put(lease["draft_url"], draft, content_type="application/json")
    stored = client.post(lease["submit_url"], judgement, content_type="application/json")
    if (saved.status_code, stored.status_code) != (204, 200):
        raise NotReplayable(f"a loop was answered {saved.status_code}, {stored.status_code}: {stored.content[:200]!r}")
    (following,) = stored.json()["leases"]  # the newest: which of those held is taken next makes no difference
    return dict(following)


def compare(one: Logged, other: Logged) -> Plan:
    """The replay of two alike loops. Raises ``NotReplayable``."""
    both = (one, other)
    fresh: dict[tuple[str, str], int] = {}
    steps = []
    for at, (left, right) in enumerate(zip(one.statements, other.statements, strict=True)):
        params = {
            name: _source(both, at, left.params[name], right.params[name], fresh, name=name) for name in left.params
        }
        steps.append(Step(left.sql, params))
    following = _row_with(both, len(one.statements), one.next_lease, other.next_lease)
    if following is None:
        raise NotReplayable("no statement brought the next lease")
    return Plan(tuple(steps), following)


def _source(
    both: tuple[Logged, Logged], at: int, left: Any, right: Any, fresh: dict[tuple[str, str], int], *, name: str | int
) -> Source:
    number = isinstance(left, int | float) and not isinstance(left, bool)
    if _same(left, right):
        return Source("constant", left)
    for key in both[0].known:
        if _text(left) == _text(both[0].known[key]) and _text(right) == _text(both[1].known[key]):
            return Source("fresh", -1) if key == "uuid" else Source("known", key)
    if found := _row_with(both, at, left, right, named=name if number and isinstance(name, str) else ""):
        return found
    if isinstance(left, uuid.UUID):
        return Source("fresh", fresh.setdefault((str(left), str(right)), len(fresh)))
    if isinstance(left, datetime):
        return Source("now")
    if number:
        where = f"{name} of {both[0].statements[at].sql[:80]!r}"
        raise NotReplayable(f"{where} is {left!r} in one loop and {right!r} in the other, and comes from nowhere")
    return Source("constant", left)  # a document: its text does not matter, its length does


def _row_with(both: tuple[Logged, Logged], before: int, left: Any, right: Any, named: str = "") -> Source | None:
    """The newest earlier row, and its column, that held these very values in the two loops.

    A small number may stand in many columns by chance (a lone gold and a count of golds are both 1): only the column
    ``named`` like it is its source.
    """
    for at in range(before - 1, -1, -1):
        rows = both[0].statements[at].row, both[1].statements[at].row
        for column in rows[0]:
            if named and column.partition(" ")[2] != named:
                continue
            if _text(rows[0][column]) == _text(left) and _text(rows[1].get(column)) == _text(right):
                return Source("row", at, column)
    return None


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) if type(left) is type(right) else False


def _text(value: Any) -> str:
    return str(value)
