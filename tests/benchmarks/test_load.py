"""The load benchmarks in short, so that they can't rot; and that each of their checks sees what it is there to see."""

import uuid
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import connection

from benchmarks import faults, labelling
from benchmarks.__main__ import benchmark_names
from benchmarks.load import checks
from benchmarks.load.browser import Unreachable
from benchmarks.load.rater import GaveUp, Refused, Retries
from benchmarks.load.recording import BEGIN, COMMIT, Logged, NotReplayable, Source, Statement, compare
from benchmarks.load.stage import Connection
from labelling.rounds.models import Item
from tests.benchmarks.short import ROOT, bench
from tests.factories import AnnotationFactory, AssignmentFactory, ItemFactory


def test_a_short_run_of_the_labelling_benchmark_holds_every_promise() -> None:
    result = bench("labelling", "--clients", "3", "--seconds", "2", "--items", "200", "--overlap", "2")
    assert labelling.broken(result) == []
    assert (result["fsync"], result["full_page_writes"], result["synchronous_commit"]) == ("on", "on", "on")
    assert result["submits_per_second"] > 0
    assert 0 < result["p50_ms"] <= result["p95_ms"] <= result["p99_ms"]
    assert result["sql_alone_per_second"] > result["submits_per_second"]
    assert result["ratio"] == pytest.approx(result["submits_per_second"] / result["sql_alone_per_second"], abs=0.01)


def test_every_benchmark_has_its_heading_in_the_docs() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [name for name in benchmark_names() if f"\n## `{name}`" not in page] == []
    assert len(benchmark_names()) >= 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_short_run_of_faults_kills_each_kind_once_and_loses_nothing() -> None:
    result = bench("faults", "--clients", "6", "--seconds", "30")
    assert faults.broken(result) == []
    assert result["kills"] == {"web": 1, "postgres": 1, "worker": 1, "redis": 1}
    assert result["acknowledged"] > 20


# --- the checks see what they are there to see ------------------------------------------------------------------------
@pytest.fixture
def rows(db: None) -> Connection:
    """The connection that the test itself writes by, so that its rows are seen before they are committed."""
    connection.ensure_connection()
    made: Connection = connection.connection
    return made


def test_an_item_with_more_raters_than_its_overlap_is_seen(rows: Connection) -> None:
    item = ItemFactory.create(overlap=1, held=1)
    AssignmentFactory.create(item=item)
    assert (checks.over_overlap(rows), checks.miscounted(rows)) == (0, 0)
    AssignmentFactory.create(item=item, completed=True)
    assert (checks.over_overlap(rows), checks.miscounted(rows)) == (1, 1)


def test_an_item_that_counts_a_lease_too_many_is_seen(rows: Connection) -> None:
    item = ItemFactory.create(overlap=2, held=1)
    AssignmentFactory.create(item=item)
    Item.objects.filter(pk=item.pk).update(held=2)
    assert (checks.over_overlap(rows), checks.miscounted(rows)) == (0, 1)


def test_a_solution_given_twice_to_one_rater_is_seen(rows: Connection) -> None:
    first, second, other = (AssignmentFactory.create(completed=True, item__done=True) for _ in range(3))
    given = {"rita": [str(first.pk), str(second.pk)], "ron": [str(first.pk)]}
    assert checks.given_twice(rows, given) == 0
    with rows.transaction():
        rows.execute("UPDATE rating_assignment SET solution_id = %s WHERE id = %s", [first.solution_id, second.pk])
        assert checks.given_twice(rows, given) == 1
    assert checks.given_twice(rows, {"rita": [str(other.pk), str(uuid.uuid4())]}) == 1  # a lease that no row knows of


def test_an_acknowledged_submit_that_is_missing_or_altered_is_seen(rows: Connection) -> None:
    stored = AnnotationFactory.create(request='{"steps": [], "total_time": 5}')
    sent = {str(stored.uuid): '{"total_time": 5, "steps": []}'}
    assert checks.lost(rows, sent) == 0
    rows.execute("DROP TABLE bench_acknowledged")
    assert checks.lost(rows, {**sent, str(uuid.uuid4()): "{}"}) == 1
    rows.execute("DROP TABLE bench_acknowledged")
    assert checks.lost(rows, {str(stored.uuid): '{"total_time": 6, "steps": []}'}) == 1


def test_a_second_annotation_of_a_solution_by_one_rater_is_seen(rows: Connection) -> None:
    one = AnnotationFactory.create()
    assert checks.duplicated(rows) == 0
    other = AssignmentFactory.create(rater=one.rater, item__campaign=one.campaign, completed=True, item__done=True)
    AnnotationFactory.create(assignment=other, campaign=one.campaign, solution=one.solution)
    assert checks.duplicated(rows) == 1


def test_a_lease_that_nobody_takes_back_is_seen(rows: Connection) -> None:
    AssignmentFactory.create()
    assert checks.stuck_leases(rows, patience=0) == 1


@pytest.mark.parametrize("name", ["lost", "duplicated", "stuck_leases", "over_overlap", "signed_out", "refused"])
def test_any_broken_promise_of_the_fault_run_counts(name: str) -> None:
    zeros = ("lost", "duplicated", "stuck_leases", "over_overlap", "signed_out", "miscounted", "refused", "unfinished")
    whole = {**dict.fromkeys((*zeros, "claims_empty", "given_twice"), 0), "kinds_killed_enough": 4, "acknowledged": 9}
    assert faults.broken(whole) == []
    assert faults.broken({**whole, name: 1}) == [name]
    assert faults.broken({**whole, "kinds_killed_enough": 3}) == ["kills"]
    assert faults.broken({**whole, "acknowledged": 0}) == ["acknowledged"]


# --- retries ----------------------------------------------------------------------------------------------------------
def failing(*errors: Exception) -> Callable[[], dict[str, Any]]:
    left = list(errors)

    def work() -> dict[str, Any]:
        if left:
            raise left.pop(0)
        return {"id": "stored"}

    return work


def test_what_may_succeed_later_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.load.rater.FIRST_RETRY_SECONDS", 0.001)
    retries = Retries(Random(1), over=lambda: False)
    assert retries.run(failing(Unreachable(), Refused("submit", 500, ""), Refused("submit", 503, ""))) == {
        "id": "stored"
    }
    assert retries.failures == 3


def test_what_no_retry_would_mend_is_told_at_once_and_the_end_ends_all() -> None:
    with pytest.raises(Refused):
        Retries(Random(1), over=lambda: False).run(failing(Refused("submit", 409, "")))
    with pytest.raises(GaveUp):
        Retries(Random(1), over=lambda: True).run(failing(Unreachable()))


# --- a log of two loops becomes a replay ------------------------------------------------------------------------------
def logged(rater: int, lease: str, item: int, fresh: str, count: int = 1) -> Logged:
    statements = [
        Statement(BEGIN),
        Statement("SELECT item", {"lease": uuid.UUID(lease), "rater": rater, "campaign": 7}, {"0 item": item}),
        Statement("CLAIM", {"id": uuid.UUID(fresh), "item": item, "count": count}, {"0 id": uuid.UUID(fresh)}),
        Statement(COMMIT),
    ]
    return Logged({"rater": rater, "lease": lease, "uuid": str(uuid.uuid4())}, fresh, statements)


IDS = [str(uuid.UUID(int=number)) for number in range(1, 5)]


def test_each_value_that_differs_is_traced_to_where_it_came_from() -> None:
    plan = compare(logged(1, IDS[0], 100, IDS[1]), logged(2, IDS[2], 200, IDS[3]))
    assert plan.steps[1].params == {
        "lease": Source("known", "lease"),
        "rater": Source("known", "rater"),
        "campaign": Source("constant", 7),
    }
    assert plan.steps[2].params["id"] == Source("fresh", 0)
    assert plan.steps[2].params["item"] == Source("row", 1, "0 item")
    assert plan.next_lease == Source("row", 2, "0 id")
    assert (plan.statements, plan.transactions) == (2, 1)


def test_a_number_that_comes_from_nowhere_is_an_error() -> None:
    with pytest.raises(NotReplayable, match="count of 'CLAIM' is 1 in one loop and 5 in the other"):
        compare(logged(1, IDS[0], 100, IDS[1]), logged(2, IDS[2], 200, IDS[3], count=5))


def test_a_number_is_not_traced_to_a_column_that_holds_it_by_chance() -> None:
    """A replay that added a rater's count of golds to itself doubled it each loop, until the column ran over."""
    loops = logged(1, IDS[0], 100, IDS[1]), logged(2, IDS[2], 200, IDS[3], count=5)
    for loop, seen in zip(loops, (1, 5), strict=True):
        loop.statements[1].row["1 gold_seen"] = seen
    with pytest.raises(NotReplayable, match="count of 'CLAIM' is 1 in one loop and 5 in the other"):
        compare(*loops)
