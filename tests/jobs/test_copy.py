"""COPY helpers against the real PostgreSQL, with the texts that break hand-made escaping."""

import uuid
from collections.abc import Iterator

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from labelling.corpus.models import Problem, RecordedScore, Sample, Solution
from labelling.jobs.copy import array_literal, array_literals, copy_rows, reserve_ids
from tests.factories import ImportBatchFactory, ProblemFactory, SolutionFactory

pytestmark = pytest.mark.django_db

HOSTILE = [
    "a\tb",
    "\\N",
    "\\.",
    'say "no"',
    "it's",
    "{a,b}",
    "NULL",
    "",
    " ",
    "line\nline\r",
    "∑ é 👩‍🔬 \u202e",
    "\\x41",
]
PROBLEM = ("id", "key", "text", "reference_answer", "held_out", "created_at")


def problem_row(number: int, text: str = "?", key: uuid.UUID | None = None) -> tuple[object, ...]:
    return number, key or uuid.uuid4(), text, None, False, timezone.now()


def test_it_brings_every_type_of_the_corpus_through_unharmed() -> None:
    solution = SolutionFactory.create()
    now = timezone.now()
    texts = ("problem_id", "key", "text", "steps", "final_answer", "truncated", "first_index", "verdict_why")
    row = (solution.problem_id, uuid.uuid4(), "\n".join(HOSTILE), HOSTILE, None, True, 2**31 - 1, "", now)
    copy_rows(Solution, (*texts, "created_at"), [row])
    stored = Solution.objects.values_list(*texts, "created_at").latest("id")
    assert tuple(stored) == row

    copy_rows(RecordedScore, ("scorer", "solution_id", "step_scores"), [("a", solution.pk, [0.1, 1 / 3, 5e-324, 1])])
    assert RecordedScore.objects.get().step_scores == [0.1, 1 / 3, 5e-324, 1.0]

    meta = {"deep": [{"∑": None, 'q"': [True, 1.5, HOSTILE]}]}
    names = ("problem_id", "solution_id", "generator", "source", "sample_index", "external_id", "meta", "batch_id")
    batch = ImportBatchFactory.create()
    copy_rows(Sample, names, [(solution.problem_id, solution.pk, "g", "s", 0, "", Jsonb(meta), batch.pk)])
    assert Sample.objects.get().meta == meta


def test_a_row_that_breaks_a_constraint_is_djangos_error_and_leaves_no_row() -> None:
    key = uuid.uuid4()
    rows = [problem_row(number, key=key) for number in (1, 2)]
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        copy_rows(Problem, PROBLEM, rows)
    assert not Problem.objects.exists()


def test_a_value_that_the_database_cannot_hold_is_djangos_error() -> None:
    with pytest.raises(DataError), transaction.atomic():
        copy_rows(Problem, PROBLEM, [problem_row(1, text="nul \x00")])


def test_an_error_while_rows_are_made_leaves_no_row() -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        yield problem_row(1)
        raise LookupError("no second row")

    with pytest.raises(LookupError, match="no second row"), transaction.atomic():
        copy_rows(Problem, PROBLEM, rows())
    assert not Problem.objects.exists()


def test_reserved_ids_rise_and_are_given_once() -> None:
    made = ProblemFactory.create()
    first, second = reserve_ids(Problem, 3), reserve_ids(Problem, 2)
    assert first + second == list(range(made.pk + 1, made.pk + 6))
    assert reserve_ids(Problem, 0) == []


def fetched(statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchone()[0]


def test_array_literals_come_back_as_they_were() -> None:
    keys = [uuid.uuid4(), uuid.UUID(int=7)]
    assert fetched("SELECT %s::text[]", array_literal([*HOSTILE, None])) == [*HOSTILE, None]
    assert fetched("SELECT %s::uuid[]", array_literal(keys)) == keys
    assert fetched("SELECT %s::bigint[]", array_literal([-(2**63), 0, None])) == [-(2**63), 0, None]
    assert fetched("SELECT %s::boolean[]", array_literal(["True", "False"])) == [True, False]
    assert fetched("SELECT %s::text[]", array_literal([])) == []


def test_rows_become_one_literal_a_column_even_where_there_are_none() -> None:
    assert array_literals([(1, "a"), (2, "b")], width=2) == ["{1,2}", '{"a","b"}']
    assert array_literals([], width=3) == ["{}", "{}", "{}"]
