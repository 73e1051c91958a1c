"""Reading the corpus."""

from dataclasses import dataclass

from django.db import connection

from labelling.corpus.grading import GRADER_VERSION

# Ungraded: no verdict of the grader's present version against the problem's present reference answer.
UNGRADED_SQL = """
FROM corpus_solution AS solution JOIN corpus_problem AS problem ON problem.id = solution.problem_id
WHERE solution.id > %s AND problem.reference_answer IS NOT NULL
  AND NOT EXISTS (SELECT FROM corpus_verdict AS verdict
                  WHERE verdict.solution_id = solution.id AND verdict.grader = %s AND verdict.person_id IS NULL
                    AND verdict.reference_answer = problem.reference_answer)
"""


@dataclass(frozen=True, slots=True)
class Ungraded:
    """What a grader needs of a solution."""

    id: int
    final_answer: str | None
    truncated: bool
    reference_answer: str


def ungraded_count(*, after: int = 0) -> int:
    """How many solutions a grade job has to do; those without a reference answer are not among them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) " + UNGRADED_SQL, [after, GRADER_VERSION])
        return int(cursor.fetchone()[0])


def ungraded_after(after: int, limit: int) -> list[Ungraded]:
    """The next ungraded solutions behind the id ``after``, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT solution.id, solution.final_answer, solution.truncated, problem.reference_answer "
            + UNGRADED_SQL
            + "ORDER BY solution.id LIMIT %s",
            [after, GRADER_VERSION, limit],
        )
        return [Ungraded(*row) for row in cursor.fetchall()]
