"""Lookups of an import stay lookups whatever the planner believes of the tables."""

from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from labelling.corpus.services import samples, scores, store
from labelling.jobs.copy import array_literals
from tests.corpus.importing import import_files, line, write

pytestmark = pytest.mark.django_db


LOOKUPS: dict[str, tuple[str, tuple[int | str | UUID, ...], str]] = {
    "samples": (samples.KNOWN_SAMPLES_SQL, (1, "g", "tests", 0), "sample_once"),
    "solutions": (samples.KNOWN_SOLUTIONS_SQL, (1, UUID(int=1)), "solution_once_per_problem"),
    "named scores": (scores.NAMED_SQL, (1, "best-of-n", "p1", 0), "sample_external"),
    "scores": (scores.KNOWN_SQL, ("prm-a", 1), "recorded_score_once"),
}
# What is left where many rows were deleted before as many were added.
BELIEVED_EMPTY = "UPDATE pg_class SET reltuples = 0, relpages = 1000 WHERE relname LIKE 'corpus%' AND relkind = 'r'"


@pytest.mark.parametrize("believe", ["empty", "without statistics", "alike"])
@pytest.mark.parametrize("lookup", LOOKUPS)
def test_a_lookup_goes_by_its_index(lookup: str, believe: str, tmp_path: Path) -> None:
    """Alike: statistics from a source as GSM8K's, where every external id is empty and every sample index is 0."""
    statement, row, index = LOOKUPS[lookup]
    lines = (line(problem=f"What is {number} times 7?", scores={"prm-a": [0.5, 0.5]}) for number in range(450))
    import_files(write(tmp_path / "lines.jsonl", lines), rejects=tmp_path / "rejects.jsonl")
    if believe == "alike":
        store.statistics_refresh()
    with connection.cursor() as cursor:
        if believe == "empty":
            cursor.execute(BELIEVED_EMPTY)
        cursor.execute(store.PLANS_SQL)
        cursor.execute(f"EXPLAIN {statement}", array_literals([row] * 500, width=len(row)))
        plan = "\n".join(found[0] for found in cursor.fetchall())
    assert f"Index Scan using {index}" in plan
    assert "Filter" not in plan


def test_a_large_import_leaves_fresh_statistics(tmp_path: Path) -> None:
    lines = (line(problem=f"What is {number} times 7?") for number in range(1_000))
    import_files(write(tmp_path / "lines.jsonl", lines), rejects=tmp_path / "rejects.jsonl")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('corpus_sample', 'corpus_solution')")
        assert [row[0] for row in cursor.fetchall()] == [1_000, 1_000]
