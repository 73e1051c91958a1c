"""Lookups of an import stay lookups whatever the planner believes of the tables."""

from pathlib import Path

import pytest
from django.db import connection

from labelling.corpus.services import scores, store
from labelling.jobs.copy import array_literals
from tests.corpus.importing import import_files, line, write

pytestmark = pytest.mark.django_db


def test_scores_find_their_samples_by_index_where_statistics_call_it_useless(tmp_path: Path) -> None:
    """Statistics from a source without ids, as GSM8K's: every external id is empty, every sample index is 0."""
    samples = (line(problem=f"What is {number} times 7?") for number in range(900))
    import_files(write(tmp_path / "lines.jsonl", samples), rejects=tmp_path / "rejects.jsonl")
    store.statistics_refresh()
    rows = [(number, "best-of-n", f"p{number}", 0) for number in range(100)]
    with connection.cursor() as cursor:
        cursor.execute(store.PLANS_SQL)
        cursor.execute(f"EXPLAIN {scores.NAMED_SQL}", array_literals(rows, width=4))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using sample_external" in plan
    assert "Filter" not in plan


def test_a_large_import_leaves_fresh_statistics(tmp_path: Path) -> None:
    samples = (line(problem=f"What is {number} times 7?") for number in range(1_000))
    import_files(write(tmp_path / "lines.jsonl", samples), rejects=tmp_path / "rejects.jsonl")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('corpus_sample', 'corpus_solution')")
        assert [row[0] for row in cursor.fetchall()] == [1_000, 1_000]
