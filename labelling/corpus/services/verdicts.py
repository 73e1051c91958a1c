"""Verdicts on final answers: append-only rows; a solution repeats the one in force (a person's, else the grader's)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from labelling.corpus.grading import GRADER_VERSION, Grade, grade
from labelling.corpus.models import Problem, Solution, Verdict, VerdictValue
from labelling.corpus.selectors import Ungraded, ungraded_after, ungraded_count
from labelling.jobs.models import Job
from labelling.jobs.services import job_create
from labelling.people.models import User

CHUNK = 500
TASK = "labelling.corpus.tasks.grade"

# In the order of ids, as imports do: two statements that lock many rows must agree on the order.
LOCK_SQL = "SELECT FROM corpus_solution WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
ADD_SQL = """
INSERT INTO corpus_verdict (solution_id, value, why, grader, reference_answer, reason, created_at)
SELECT solution_id, value, why, %s, reference_answer, '', now()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS new (solution_id, value, why, reference_answer)
ON CONFLICT (solution_id, grader, md5(reference_answer)) WHERE person_id IS NULL DO NOTHING
"""
# ANY again: the planner shall not read the table whole for a chunk, whatever it takes its size for.
# Not where a person has spoken, nor where the reference answer was corrected while this chunk was graded.
REPEAT_SQL = """
UPDATE corpus_solution AS solution SET verdict = new.value, verdict_why = new.why
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS new (solution_id, value, why, reference_answer),
     corpus_problem AS problem
WHERE solution.id = ANY(%s) AND solution.id = new.solution_id AND problem.id = solution.problem_id
  AND problem.reference_answer = new.reference_answer
  AND NOT EXISTS (SELECT FROM corpus_verdict AS said
                  WHERE said.solution_id = solution.id AND said.person_id IS NOT NULL)
"""


def verdicts_job_create(*, user: User | None = None) -> Job | None:
    """A job that grades what is ungraded; None where nothing is."""
    total = ungraded_count()
    return job_create(kind="grade", task=TASK, params={}, total=total, user=user) if total else None


@dataclass(frozen=True, slots=True)
class Graded:
    """A chunk's verdicts by value, and the last solution it looked at: the next chunk starts behind it."""

    values: Counter[str]
    last: int


def verdicts_add(*, after: int, limit: int = CHUNK) -> Graded | None:
    """Grade the next ungraded solutions behind the id ``after``, each exactly once; None where none is left."""
    chunk = ungraded_after(after, limit)
    if not chunk:
        return None
    grades = [
        grade(reference=each.reference_answer, answer=each.final_answer, truncated=each.truncated) for each in chunk
    ]
    _store(chunk, grades)
    return Graded(Counter(each.verdict for each in grades), chunk[-1].id)


@transaction.atomic
def _store(chunk: Sequence[Ungraded], grades: Sequence[Grade]) -> None:
    ids = [each.id for each in chunk]
    columns: list[list[Any]] = [
        ids,
        [each.verdict for each in grades],
        [each.why for each in grades],
        [each.reference_answer for each in chunk],
    ]
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [ids])
        cursor.execute(ADD_SQL, [GRADER_VERSION, *columns])
        cursor.execute(REPEAT_SQL, [*columns, ids])


@transaction.atomic
def verdict_override(*, solution: Solution, person: User, value: VerdictValue, reason: str) -> Verdict:
    """A person's verdict: in force over every grader's, until a person gives another.

    Raises ValueError without a reason, or for a value that is no verdict.
    """
    if not reason.strip():
        raise ValueError("A person's verdict needs a reason.")
    locked = Solution.objects.select_for_update(no_key=True).get(pk=solution.pk)
    verdict = Verdict.objects.create(
        solution=locked,
        value=VerdictValue(value),
        why="person",
        person=person,
        reference_answer=Problem.objects.get(pk=locked.problem_id).reference_answer or "",
        reason=reason.strip(),
    )
    solution.verdict, solution.verdict_why = verdict.value, verdict.why
    solution.save(update_fields=["verdict", "verdict_why"])
    return verdict
