"""A batch's problems: found by their key, added, or completed by what newer files know of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

from django.db import connection

from labelling.corpus.grading import grade
from labelling.corpus.importers import SampleRecord
from labelling.corpus.models import Problem
from labelling.corpus.services.batches import Entry, Outcome, Placed, short
from labelling.corpus.text import ANSWER_BYTES
from labelling.jobs.copy import array_literal, copy_rows, reserve_ids

KNOWN_SQL = """
SELECT key, id, text, reference_answer, reference_solution, held_out FROM corpus_problem WHERE key = ANY(%s::uuid[])
"""
COMPLETE_SQL = "UPDATE corpus_problem SET reference_answer = %s, reference_solution = %s, held_out = %s WHERE id = %s"


@dataclass
class _Problem:
    key: UUID
    id: int
    text: str
    reference_answer: str | None
    reference_solution: str | None
    held_out: bool
    stored: bool = True
    changed: bool = False

    def refuses(self, record: SampleRecord) -> str | None:
        """Say why the record cannot be of this problem, if so."""
        given, stored = record.reference_answer, self.reference_answer
        if given is None or stored is None or given == stored:
            return None
        verdict = _agreement(stored, given)
        if verdict == "right":
            return None
        how = "disagrees" if verdict == "wrong" else "cannot be compared"
        return f"reference_answer: {short(given)} {how} with this problem's stored reference answer {short(stored)}"

    def complete(self, record: SampleRecord) -> None:
        """Take what the record knows and the problem lacks. Once held out, a problem stays so."""
        news = (
            self.reference_answer or record.reference_answer,
            self.reference_solution or record.reference_solution,
            self.held_out or record.held_out,
        )
        if news != (self.reference_answer, self.reference_solution, self.held_out):
            self.reference_answer, self.reference_solution, self.held_out = news
            self.changed = True


@lru_cache(maxsize=8_192)
def _agreement(stored: str, given: str) -> str:
    return grade(reference=stored, answer=given, truncated=False).verdict


def problems_store(entries: Sequence[Entry[SampleRecord]], outcome: Outcome, now: datetime) -> list[Placed]:
    """Add or complete the problems of a batch; return the samples that are theirs, refusing the others."""
    problems = _known({entry.record.problem_key for entry in entries})
    accepted: list[tuple[Entry[SampleRecord], _Problem]] = []
    for entry in entries:
        record = entry.record
        key = record.problem_key
        problem = problems.get(key) or _Problem(key, 0, record.problem, None, None, False, stored=False)
        reason = _too_long(record) or problem.refuses(record)
        if reason is not None:
            outcome.refuse(entry, reason)
            continue
        problems[key] = problem
        problem.complete(record)
        accepted.append((entry, problem))
    _add([problem for problem in problems.values() if not problem.stored], outcome, now)
    _complete([problem for problem in problems.values() if problem.stored and problem.changed])
    return [Placed(entry, problem.id, entry.record.solution_key) for entry, problem in accepted]


def _too_long(record: SampleRecord) -> str | None:
    for name, value in (("reference_answer", record.reference_answer), ("final_answer", record.final_answer)):
        if value is not None and len(value.encode()) > ANSWER_BYTES:
            return f"{name}: expected at most {ANSWER_BYTES:,} bytes"
    return None


def _known(keys: Iterable[UUID]) -> dict[UUID, _Problem]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SQL, [array_literal(keys)])
        return {row[0]: _Problem(*row) for row in cursor.fetchall()}


def _add(problems: Sequence[_Problem], outcome: Outcome, now: datetime) -> None:
    for problem, number in zip(problems, reserve_ids(Problem, len(problems)), strict=True):
        problem.id = number
    names = ("id", "key", "text", "reference_answer", "reference_solution", "held_out", "created_at")
    copy_rows(Problem, names, ([getattr(problem, name, now) for name in names] for problem in problems))
    outcome.counts.problems_added += len(problems)


def _complete(problems: Sequence[_Problem]) -> None:
    ordered = sorted(problems, key=attrgetter("id"))
    rows = [(each.reference_answer, each.reference_solution, each.held_out, each.id) for each in ordered]
    with connection.cursor() as cursor:
        cursor.executemany(COMPLETE_SQL, rows)
