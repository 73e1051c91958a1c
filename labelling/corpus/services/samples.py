"""A batch's samples, and the solutions that they share."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from labelling.corpus.grading import EXTRACTORS
from labelling.corpus.importers import SampleRecord
from labelling.corpus.models import Alternative, Sample, Solution
from labelling.corpus.services.batches import Outcome, Placed
from labelling.corpus.text import ANSWER_BYTES, prefix_key, text_key
from labelling.jobs.copy import array_literals, copy_rows, reserve_ids

SolutionKey = tuple[int, UUID]  # the problem's id, the solution's key

# A lookup a row: LATERAL with LIMIT holds the planner to that also where it takes a growing table for empty. Equality
# as a range in the order of the unique index keeps it from an index that shares some of the columns.
KNOWN_SAMPLES_SQL = """
SELECT new.problem_id, new.generator, new.source, new.sample_index, solution.id, solution.key
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::integer[]) AS new (problem_id, generator, source, sample_index)
CROSS JOIN LATERAL (
    SELECT solution_id FROM corpus_sample
    WHERE (problem_id, generator, source, sample_index)
          >= (new.problem_id, new.generator, new.source, new.sample_index)
      AND (problem_id, generator, source, sample_index)
          <= (new.problem_id, new.generator, new.source, new.sample_index)
    ORDER BY problem_id, generator, source, sample_index LIMIT 1
) AS sample
CROSS JOIN LATERAL (SELECT id, key FROM corpus_solution WHERE id = sample.solution_id LIMIT 1) AS solution
"""
KNOWN_SOLUTIONS_SQL = """
SELECT new.problem_id, new.key, solution.id, solution.first_index
FROM unnest(%s::bigint[], %s::uuid[]) AS new (problem_id, key)
CROSS JOIN LATERAL (
    SELECT id, first_index FROM corpus_solution WHERE problem_id = new.problem_id AND key = new.key LIMIT 1
) AS solution
"""
LOWER_INDEX_SQL = "UPDATE corpus_solution SET first_index = %s WHERE id = %s"
ALTERNATIVES_SQL = """
INSERT INTO corpus_alternative AS old (problem_id, prefix_key, key, step_index, text, id)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::integer[], %s::text[], %s::bigint[])
ON CONFLICT (problem_id, prefix_key, key) DO UPDATE SET origin = excluded.origin, author_id = NULL
    WHERE old.origin = 'rater'  -- written by a rater before: from now on a candidate for others too
"""


def samples_store(placed: Sequence[Placed], batch_id: int, outcome: Outcome, now: datetime) -> list[Placed]:
    """Add what is new; return all samples that are stored now, each with its solution's id."""
    accepted, fresh = _sift(placed, outcome)
    solutions = solutions_store(fresh, outcome, now)
    for sample in accepted:
        sample.solution_id = sample.solution_id or solutions[sample.problem_id, sample.key]
    names = ("problem_id", "solution_id", "generator", "source", "sample_index", "external_id", "meta", "batch_id")
    copy_rows(Sample, names, (_sample_row(sample, batch_id) for sample in fresh))
    outcome.counts.samples_added += len(fresh)
    outcome.counts.samples_known += len(accepted) - len(fresh)
    return accepted


def _sift(placed: Sequence[Placed], outcome: Outcome) -> tuple[list[Placed], list[Placed]]:
    """Return the samples that are not refused, and those of them that are new."""
    known = _known_samples({sample.identity for sample in placed})
    accepted: list[Placed] = []
    fresh: list[Placed] = []
    for sample in placed:
        stored = known.get(sample.identity)
        if stored is not None and stored[1] != sample.key:
            outcome.refuse(sample.entry, _other_text(sample.record))
            continue
        if stored is None:
            known[sample.identity] = (0, sample.key)
            fresh.append(sample)
        else:
            sample.solution_id = stored[0]
        accepted.append(sample)
    return accepted, fresh


def _other_text(record: SampleRecord) -> str:
    return (
        f"sample_index: sample {record.sample_index} of {record.generator} from {record.source} is known for this "
        "problem with another text; give these samples another index or another source"
    )


def _known_samples(identities: Iterable[tuple[int, str, str, int]]) -> dict[tuple[int, str, str, int], SolutionKey]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SAMPLES_SQL, array_literals(identities, width=4))
        return {(row[0], row[1], row[2], row[3]): (row[4], row[5]) for row in cursor.fetchall()}


def solutions_store(fresh: Sequence[Placed], outcome: Outcome, now: datetime) -> dict[SolutionKey, int]:
    """Add the solutions that are new, keep ``first_index`` the lowest; return the ids of all."""
    first: dict[SolutionKey, int] = {}
    texts: dict[SolutionKey, SampleRecord] = {}
    for sample in fresh:
        key = (sample.problem_id, sample.key)
        first[key] = min(first.get(key, sample.record.sample_index), sample.record.sample_index)
        texts.setdefault(key, sample.record)
    known = _known_solutions(texts)
    lower = sorted((number, first[key]) for key, (number, index) in known.items() if first[key] < index)
    with connection.cursor() as cursor:
        cursor.executemany(LOWER_INDEX_SQL, [(index, number) for number, index in lower])
    ids = {key: number for key, (number, _) in known.items()}
    new = [key for key in texts if key not in ids]
    ids.update(zip(new, reserve_ids(Solution, len(new)), strict=True))
    names = ("id", "problem_id", "key", "text", "steps", "final_answer", "truncated", "first_index", "verdict_why")
    rows = ((ids[key], *key, *_texts(texts[key]), first[key], "", now) for key in new)
    copy_rows(Solution, (*names, "created_at"), rows)
    outcome.counts.solutions_added += len(new)
    return ids


def _known_solutions(keys: Iterable[SolutionKey]) -> dict[SolutionKey, tuple[int, int]]:
    """Map the solutions that are stored to their ids and lowest sample indexes."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SOLUTIONS_SQL, array_literals(keys, width=2))
        return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}


def _texts(record: SampleRecord) -> tuple[str, list[str], str | None, bool]:
    return record.text, list(record.steps), _final_answer(record), record.truncated


def _final_answer(record: SampleRecord) -> str | None:
    """Return what the source states, else what the grader finds; None where that could not be indexed."""
    if record.final_answer is not None:
        return record.final_answer
    found = EXTRACTORS[record.answers](record.text, record.steps, problem=record.problem).text
    return None if found is None or len(found.encode()) > ANSWER_BYTES else found


def _sample_row(sample: Placed, batch_id: int) -> tuple[object, ...]:
    record = sample.record
    problem_id, generator, source, index = sample.identity
    meta = Jsonb(dict(record.meta))
    return problem_id, sample.solution_id, generator, source, index, record.external_id or "", meta, batch_id


def alternatives_store(samples: Iterable[Placed], outcome: Outcome) -> None:
    """Add the candidates for steps that came with the samples, each once a problem and prefix."""
    rows = dict.fromkeys(
        (sample.problem_id, prefix, UUID(text_key(text)), index, text)
        for sample in samples
        for index, texts in sample.record.alternatives.items()
        for prefix in [UUID(prefix_key(sample.record.steps[:index]))]
        for text in texts
    )
    if rows:
        # Numbered as in the file, but stored in the order of their keys, so that no two imports wait in a ring.
        numbered = zip(rows, reserve_ids(Alternative, len(rows)), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                ALTERNATIVES_SQL, array_literals(sorted((*row, number) for row, number in numbered), width=6)
            )
            outcome.counts.alternatives_added += cursor.rowcount
