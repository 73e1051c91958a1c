"""Verdicts on final answers: append-only rows; a solution repeats the one in force (a person's, else the grader's)."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from labelling.corpus.grading import GRADER_VERSION, Grade, asks_for_percent, grade
from labelling.corpus.models import Problem, Solution, Verdict, VerdictValue
from labelling.corpus.selectors import EVERYTHING, Share, Ungraded, ungraded_after, ungraded_count
from labelling.corpus.services.referees import pair_judge
from labelling.jobs.models import Job
from labelling.jobs.services import job_create
from labelling.people.models import User

CHUNK = 500
CHUNK_SECONDS = 10.0  # a chunk full of hostile answers is stored in parts, so that progress is seen and kept
SLOTS = 4  # jobs that share a large lot, each for a worker of its own
SPLIT_FROM = 4_000  # solutions
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


# A reference that comes back was graded before: its verdicts are there, and only have to be put in force again.
RETURN_SQL = """
UPDATE corpus_solution AS solution SET verdict = given.value, verdict_why = given.why
FROM corpus_verdict AS given, corpus_problem AS problem
WHERE problem.id = %s AND solution.problem_id = problem.id AND given.solution_id = solution.id
  AND given.person_id IS NULL AND given.grader = %s AND given.reference_answer = problem.reference_answer
  AND (solution.verdict, solution.verdict_why) IS DISTINCT FROM (given.value, given.why)
  AND NOT EXISTS (SELECT FROM corpus_verdict AS said
                  WHERE said.solution_id = solution.id AND said.person_id IS NOT NULL)
"""


def verdicts_job_create(*, user: User | None = None) -> Job | None:
    """One job that grades all that is ungraded; None where nothing is."""
    total = ungraded_count()
    return job_create(kind="grade", task=TASK, params={}, total=total, user=user) if total else None


def verdicts_jobs_create(*, user: User | None = None) -> list[Job]:
    """Jobs that grade together all that is ungraded: one, or for a large lot several, so that workers share it."""
    total = ungraded_count()
    slots = SLOTS if total >= SPLIT_FROM else 1
    shares = [Share(slot, slots) for slot in range(slots)]
    counts = [total if slots == 1 else ungraded_count(share=share) for share in shares]
    return [
        job_create(
            kind="grade",
            task=TASK,
            params={"slot": share.slot, "slots": slots} if slots > 1 else {},
            total=count,
            user=user,
        )
        for share, count in zip(shares, counts, strict=True)
        if count
    ]


@dataclass(frozen=True, slots=True)
class Graded:
    """A chunk's verdicts by value, and the last solution it looked at: the next chunk starts behind it."""

    values: Counter[str]
    last: int


def verdicts_add(*, after: int, limit: int = CHUNK, share: Share = EVERYTHING) -> Graded | None:
    """Grade the next ungraded solutions behind the id ``after``, each exactly once; None where none is left."""
    chunk = ungraded_after(after, limit, share)
    if not chunk:
        return None
    grades: list[Grade] = []
    deadline = time.monotonic() + CHUNK_SECONDS
    for each in chunk:
        grades.append(_grade(each))
        if time.monotonic() > deadline:
            break
    chunk = chunk[: len(grades)]
    _store(chunk, grades)
    return Graded(Counter(each.verdict for each in grades), chunk[-1].id)


@transaction.atomic
def verdicts_return(*, problem_id: int) -> int:
    """Put in force again what this grader said of a problem's solutions when its reference was this one before.

    Returns on how many solutions the verdict in force changed. A person's word stays.
    """
    ids = list(Solution.objects.filter(problem_id=problem_id).values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [ids])
        cursor.execute(RETURN_SQL, [problem_id, GRADER_VERSION])
        return int(cursor.rowcount)


def _grade(solution: Ungraded) -> Grade:
    return grade(
        reference=solution.reference_answer,
        answer=solution.final_answer,
        truncated=solution.truncated,
        in_percent=asks_for_percent(solution.problem),
        judge=pair_judge,
    )


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


@transaction.atomic
def answer_override(*, problem: Problem, answer: str, person: User, value: VerdictValue, reason: str) -> int:
    """A person's verdict on every solution of the problem that ends in ``answer``; returns how many.

    A truncated solution keeps its own: whatever it ends in, it claims nothing.
    """
    found = list(Solution.objects.filter(problem=problem, final_answer=answer, truncated=False).order_by("id"))
    for solution in found:
        verdict_override(solution=solution, person=person, value=value, reason=reason)
    return len(found)
