"""Step scores that others' PRMs gave: with the samples, or in files of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from labelling.corpus.importers import ScoreRecord
from labelling.corpus.importers.records import Record
from labelling.corpus.models import RecordedScore
from labelling.corpus.services.batches import Entry, Outcome, Placed, short
from labelling.jobs.copy import array_literals, copy_rows

# A range, as in samples.py: where sources leave external_id empty, statistics call its index useless.
NAMED_SQL = """
SELECT new.number, solution.id, cardinality(solution.steps)
FROM unnest(%s::integer[], %s::text[], %s::text[], %s::integer[]) AS new (number, source, external_id, sample_index)
CROSS JOIN LATERAL (
    SELECT solution_id FROM corpus_sample
    WHERE (source, external_id, sample_index) >= (new.source, new.external_id, new.sample_index)
      AND (source, external_id, sample_index) <= (new.source, new.external_id, new.sample_index)
    ORDER BY source, external_id, sample_index LIMIT 100
) AS named
CROSS JOIN LATERAL (SELECT id, steps FROM corpus_solution WHERE id = named.solution_id LIMIT 1) AS solution
"""
KNOWN_SQL = """
SELECT new.scorer, new.solution_id, score.step_scores
FROM unnest(%s::text[], %s::bigint[]) AS new (scorer, solution_id)
CROSS JOIN LATERAL (
    SELECT step_scores FROM corpus_recordedscore
    WHERE (scorer, solution_id) >= (new.scorer, new.solution_id)
      AND (scorer, solution_id) <= (new.scorer, new.solution_id)
    ORDER BY scorer, solution_id LIMIT 1
) AS score
"""


@dataclass(frozen=True, slots=True)
class _Scored:
    entry: Entry[Record]
    scorer: str
    solution_id: int
    steps: int
    values: tuple[float, ...]


def scores_store(samples: Sequence[Placed], named: Sequence[Entry[ScoreRecord]], outcome: Outcome) -> None:
    """Add the scores that come with the samples and those that name theirs by the source's own ids."""
    scored = [*_with_samples(samples), *_by_name(named, outcome)]
    known = _known(scored)
    fresh: list[tuple[str, int, list[float]]] = []
    for score in scored:
        reason = _refused(score, known)
        if reason is not None:
            outcome.refuse(score.entry, reason)
        elif (score.scorer, score.solution_id) in known:
            outcome.counts.scores_known += 1
        else:
            known[score.scorer, score.solution_id] = list(score.values)
            fresh.append((score.scorer, score.solution_id, list(score.values)))
    copy_rows(RecordedScore, ("scorer", "solution_id", "step_scores"), fresh)
    outcome.counts.scores_added += len(fresh)


def _with_samples(samples: Sequence[Placed]) -> Iterator[_Scored]:
    for sample in samples:
        for scorer, values in sample.record.scores.items():
            yield _Scored(sample.entry, scorer, sample.solution_id, len(sample.record.steps), values)


def _by_name(named: Sequence[Entry[ScoreRecord]], outcome: Outcome) -> Iterator[_Scored]:
    found = _named(named)
    for number, entry in enumerate(named):
        record, solutions = entry.record, found.get(number, set())
        if len(solutions) == 1:
            solution_id, steps = next(iter(solutions))
            yield _Scored(entry, record.scorer, solution_id, steps, record.step_scores)
        else:
            outcome.refuse(entry, _not_one(record, len(solutions)))


def _not_one(record: ScoreRecord, count: int) -> str:
    name = f"sample {record.sample_index} of problem {short(record.external_id)} from source {short(record.source)}"
    if count:
        return f"{name} names {count} solutions (of several generators): scores cannot tell which"
    return f"{name} is not known; import the samples first, under the same --source"


def _named(entries: Sequence[Entry[ScoreRecord]]) -> dict[int, set[tuple[int, int]]]:
    """Map the entries' places to the solutions, and their numbers of steps, that they name."""
    found: dict[int, set[tuple[int, int]]] = {}
    records = (entry.record for entry in entries)
    rows = [(number, it.source, it.external_id, it.sample_index) for number, it in enumerate(records)]
    with connection.cursor() as cursor:
        cursor.execute(NAMED_SQL, array_literals(rows, width=4))
        for number, solution_id, steps in cursor.fetchall():
            found.setdefault(number, set()).add((solution_id, steps))
    return found


def _known(scored: Sequence[_Scored]) -> dict[tuple[str, int], list[float]]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SQL, array_literals([(each.scorer, each.solution_id) for each in scored], width=2))
        return {(scorer, solution_id): values for scorer, solution_id, values in cursor.fetchall()}


def _refused(score: _Scored, known: dict[tuple[str, int], list[float]]) -> str | None:
    if len(score.values) != score.steps:
        return f"scores of {score.scorer}: expected {score.steps}, one a step, found {len(score.values)}"
    stored = known.get((score.scorer, score.solution_id))
    if stored is not None and stored != list(score.values):
        return f"scores of {score.scorer}: other scores of this scorer are stored for this text"
    return None
