"""Several workers at one pool, each on a connection of its own: who takes what, and what is left for whom."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from labelling.corpus.models import Solution
from labelling.prm import claims
from labelling.prm.claims import BLOCK, Scope, chunks_claimed
from labelling.prm.models import ModelVersion, Score
from labelling.prm.scoring import Run
from labelling.prm.services import model_register
from tests.factories import PoolEntryFactory, ProblemFactory, SolutionFactory

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = 2 * BLOCK


@pytest.fixture
def version() -> ModelVersion:
    return model_register(name="flat", backend="constant", config={"value": 0.5})[1]


@pytest.fixture
def solutions() -> list[int]:
    problem = ProblemFactory.create()
    made = Solution.objects.bulk_create(SolutionFactory.build_batch(6 * BLOCK, problem=problem))
    return [one.pk for one in made]


@contextmanager
def taken_elsewhere(version: ModelVersion, solution_ids: list[int]) -> Iterator[None]:
    """Another worker, on its own connection, has these solutions' blocks in hand."""
    keys = sorted({(version.pk << 32) + one // BLOCK for one in solution_ids})
    theirs = connection.copy()
    with closing(theirs), theirs.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])
        yield


def locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1")
        return int(cursor.fetchone()[0])


def ids_of(chunks: Iterator[list[claims.Unscored]]) -> list[list[int]]:
    return [[one.solution_id for one in chunk] for chunk in chunks]


def test_chunks_are_whole_blocks_and_together_everything_that_waits(
    version: ModelVersion, solutions: list[int]
) -> None:
    chunks = ids_of(chunks_claimed(Scope(version), size=SIZE, stay=False))

    assert [one for chunk in chunks for one in chunk] == solutions
    assert all(chunk[-1] % BLOCK == BLOCK - 1 for chunk in chunks[:-1])
    assert max(map(len, chunks)) <= SIZE
    assert locks() == 0


def test_what_somebody_else_has_in_hand_is_passed_by(version: ModelVersion, solutions: list[int]) -> None:
    theirs = [one for one in solutions if one // BLOCK == solutions[SIZE] // BLOCK]

    with taken_elsewhere(version, theirs):
        chunks = ids_of(chunks_claimed(Scope(version), size=SIZE, stay=False))

    assert sorted(one for chunk in chunks for one in chunk) == sorted(set(solutions) - set(theirs))


def test_another_version_s_worker_is_no_hindrance(version: ModelVersion, solutions: list[int]) -> None:
    other = model_register(name="flat", backend="constant", config={"value": 0.25})[1]

    with taken_elsewhere(other, solutions):
        chunks = ids_of(chunks_claimed(Scope(version), size=SIZE, stay=False))

    assert sum(map(len, chunks)) == len(solutions)


def test_who_stays_takes_over_what_another_worker_has_left_undone(
    version: ModelVersion, solutions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOK_AGAIN", 0.01)
    theirs, told = solutions[:BLOCK], 0

    with closing(chunks_claimed(Scope(version), size=SIZE, stay=True)) as chunks:
        with taken_elsewhere(version, theirs):
            mine = []
            while chunk := next(chunks):  # [] once nothing is left but theirs
                mine += chunk
            assert next(chunks) == []
            told = len(mine)
        rest = [one.solution_id for chunk in chunks for one in chunk]

    assert 0 < told < len(solutions)
    assert sorted([one.solution_id for one in mine] + rest) == solutions
    assert locks() == 0


def test_what_another_worker_has_stored_meanwhile_is_not_scored_again(
    version: ModelVersion, solutions: list[int]
) -> None:
    with closing(chunks_claimed(Scope(version), size=SIZE, stay=True)) as chunks:
        first = next(chunks)
        Run(version, None, lambda *_: None).work(stay=False)  # the same session: its locks are no hindrance
        rest = [one for chunk in chunks for one in chunk]

    assert len(first) > 0
    assert rest == []
    assert Score.objects.count() == len(solutions)


def test_a_run_that_is_ended_by_its_report_holds_nothing_any_more(version: ModelVersion, solutions: list[int]) -> None:
    class EndedError(Exception):
        pass

    def report(done: int, total: int, message: str) -> None:
        if done:
            raise EndedError

    with pytest.raises(EndedError):
        Run(version, None, report, size=SIZE).work(stay=True)

    assert 0 < Score.objects.count() < len(solutions)
    assert locks() == 0


def test_few_solutions_of_a_campaign_in_a_large_pool_are_found_without_a_lock_for_each_of_the_pool_s_blocks(
    version: ModelVersion, solutions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST_BLOCKS", 2)
    sparse = [Solution.objects.get(pk=one) for one in solutions[::BLOCK]]
    for solution in sparse:
        solution.problem = ProblemFactory.create()
        solution.save()
        PoolEntryFactory.create(problem=solution.problem, campaign="small")

    chunks = ids_of(chunks_claimed(Scope(version, campaign="small"), size=len(sparse), stay=False))

    assert [one for chunk in chunks for one in chunk] == [one.pk for one in sparse]
    assert max(map(len, chunks)) <= 2
