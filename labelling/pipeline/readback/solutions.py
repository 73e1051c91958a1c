"""The problems and solutions that judgements are about, in the corpus; they join no pool."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection

from labelling.corpus.models import VerdictValue
from labelling.corpus.services.batches import Entry as CorpusEntry
from labelling.corpus.services.batches import Outcome as CorpusOutcome
from labelling.corpus.services.batches import Placed
from labelling.corpus.services.problems import problems_store
from labelling.corpus.services.samples import samples_store, solutions_store
from labelling.jobs.copy import array_literals
from labelling.pipeline.readback.batches import Entry
from labelling.pipeline.readback.outcome import Counts, Terms
from labelling.rating.models import Assignment

AS_THE_FILE_SAYS = "as the file says"
VERDICTS_SQL = """
INSERT INTO corpus_verdict (solution_id, value, why, grader, reference_answer, reason, created_at)
SELECT new.id, new.value, %s, %s, coalesce(problem.reference_answer, ''), '', now()
FROM unnest(%s::bigint[], %s::text[]) AS new (id, value)
JOIN corpus_solution AS solution ON solution.id = new.id AND solution.verdict IS NULL
JOIN corpus_problem AS problem ON problem.id = solution.problem_id
ON CONFLICT DO NOTHING
"""
IN_FORCE_SQL = """
UPDATE corpus_solution AS solution SET verdict = new.value, verdict_why = %s
FROM unnest(%s::bigint[], %s::text[]) AS new (id, value)
WHERE solution.id = new.id AND solution.verdict IS NULL
"""


def solutions_of(entries: Sequence[Entry], raters: Sequence[int], terms: Terms, counts: Counts) -> list[int]:
    """The solution's id for each judgement, problems and solutions added where they are new.

    A rater meets a solution once in a campaign: where a file has them meet it again, that goes to a copy of its own.
    """
    outcome, now = CorpusOutcome(), terms.moment
    placed = _problems(entries, outcome, now)
    _stored(placed, entries, terms, outcome, now)
    again = _met_again(placed, raters, terms)
    for at in again:
        placed[at].key = UUID(bytes=sha256(placed[at].key.bytes + entries[at].uuid.bytes).digest()[:16])
    if again:
        ids = solutions_store([placed[at] for at in again], outcome, now)
        for at in again:
            placed[at].solution_id = ids[placed[at].problem_id, placed[at].key]
    _verdicts([one.solution_id for one in placed], entries, terms)
    counts.problems_added += outcome.counts.problems_added
    counts.solutions_added += outcome.counts.solutions_added
    return [one.solution_id for one in placed]


def _problems(entries: Sequence[Entry], outcome: CorpusOutcome, now: datetime) -> list[Placed]:
    """A row whose reference answer is not the stored one keeps its own in its document; the problem keeps its own."""
    given = [CorpusEntry(one.path, one.line, one.record) for one in entries]
    placed = {id(one.entry): one for one in problems_store(given, outcome, now)}
    others = {
        at: replace(one, record=replace(one.record, reference_answer=None))
        for at, one in enumerate(given)
        if id(one) not in placed
    }
    if others:
        placed |= {id(one.entry): one for one in problems_store(list(others.values()), outcome, now)}
    return [placed[id(others.get(at, one))] for at, one in enumerate(given)]


def _stored(
    placed: Sequence[Placed], entries: Sequence[Entry], terms: Terms, outcome: CorpusOutcome, now: datetime
) -> None:
    named = [one for one, entry in zip(placed, entries, strict=True) if entry.judgement.generator is not None]
    others = [one for one, entry in zip(placed, entries, strict=True) if entry.judgement.generator is None]
    samples_store(named, terms.batch_id, outcome, now)
    ids = solutions_store(others, outcome, now)
    for one in others:
        one.solution_id = ids[one.problem_id, one.key]


def _verdicts(solutions: Sequence[int], entries: Sequence[Entry], terms: Terms) -> None:
    """What a file says of final answers, where no grader has said anything; a person's word stays above it."""
    told = {
        solution: (VerdictValue.RIGHT if entry.judgement.is_right else VerdictValue.WRONG).value
        for solution, entry in zip(solutions, entries, strict=True)
        if entry.judgement.is_right is not None
    }
    if told:
        with connection.cursor() as cursor:
            columns = array_literals(sorted(told.items()), width=2)
            cursor.execute(VERDICTS_SQL, [AS_THE_FILE_SAYS, f"{terms.format} file", *columns])
            cursor.execute(IN_FORCE_SQL, [AS_THE_FILE_SAYS, *columns])


def _met_again(placed: Sequence[Placed], raters: Sequence[int], terms: Terms) -> list[int]:
    pairs = [(rater, one.solution_id) for rater, one in zip(raters, placed, strict=True)]
    met = set(
        Assignment.objects.filter(
            campaign=terms.campaign, solution__in={pair[1] for pair in pairs}, rater__in=set(raters)
        ).values_list("rater_id", "solution_id")
    )
    again = []
    for at, pair in enumerate(pairs):
        if pair in met:
            again.append(at)
        met.add(pair)
    return again
