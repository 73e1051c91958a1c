"""Reading the corpus."""

from dataclasses import asdict, dataclass

from django.db import connection

from labelling.corpus.grading import GRADER_VERSION

# Ungraded: no verdict of the grader's present version against the problem's present reference answer.
UNGRADED_SQL = """
FROM corpus_solution AS solution JOIN corpus_problem AS problem ON problem.id = solution.problem_id
WHERE solution.id > %(after)s AND mod(solution.id, %(slots)s) = %(slot)s AND problem.reference_answer IS NOT NULL
  AND (%(problem)s::bigint IS NULL OR problem.id = %(problem)s)
  AND NOT EXISTS (SELECT FROM corpus_verdict AS verdict
                  WHERE verdict.solution_id = solution.id AND verdict.grader = %(grader)s AND verdict.person_id IS NULL
                    AND verdict.reference_answer = problem.reference_answer)
"""


@dataclass(frozen=True, slots=True)
class Share:
    """Which solutions a grade job does: every ``slots``-th id, from ``slot``; of one problem only, or of all."""

    slot: int = 0
    slots: int = 1
    problem: int | None = None

    def params(self, after: int) -> dict[str, int | str | None]:
        return {**asdict(self), "after": after, "grader": GRADER_VERSION}


EVERYTHING = Share()


@dataclass(frozen=True, slots=True)
class Ungraded:
    """What a grader needs of a solution. ``problem``: its text, which may ask for a percentage."""

    id: int
    final_answer: str | None
    truncated: bool
    reference_answer: str
    problem: str


def ungraded_count(*, after: int = 0, share: Share = EVERYTHING) -> int:
    """How many solutions a grade job has to do; those without a reference answer are not among them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) " + UNGRADED_SQL, share.params(after))
        return int(cursor.fetchone()[0])


def ungraded_after(after: int, limit: int, share: Share = EVERYTHING) -> list[Ungraded]:
    """The next ungraded solutions behind the id ``after``, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT solution.id, solution.final_answer, solution.truncated, problem.reference_answer, problem.text "
            + UNGRADED_SQL
            + "ORDER BY solution.id LIMIT %(limit)s",
            {**share.params(after), "limit": limit},
        )
        return [Ungraded(*row) for row in cursor.fetchall()]
