"""Candidates for a next step, in one list: imported, of samples that begin alike, of generators, of raters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from labelling.corpus.generator.prompt import distinct
from labelling.corpus.grading import states_answer
from labelling.corpus.models import Alternative, Origin
from labelling.corpus.text import prefix_key, text_key

MOST_SAMPLES: Final = 32  # distinct next steps that are taken of a problem's samples
# Of which origin the candidates of a turn are taken first, behind the next step of the queued solution.
ORDER: Final = (Origin.IMPORT, Origin.SAMPLE, Origin.GENERATOR)


@dataclass(frozen=True)
class Candidate:
    """``ends``: with it the solution is complete, as far as a reader of its text can tell."""

    id: int
    text: str
    ends: bool


# The queued solution's own step first, then what most samples say; the last step of a cut-off sample is none.
_NEXT_STEPS = """
SELECT solution.steps[%(at)s + 1], min(sample.generator),
    bool_or(cardinality(solution.steps) = %(at)s + 1 AND solution.final_answer IS NOT NULL),
    bool_or(solution.id = %(queued)s)
FROM corpus_solution solution JOIN corpus_sample sample ON sample.solution_id = solution.id
WHERE solution.problem_id = %(problem)s AND cardinality(solution.steps) > %(at)s
  AND solution.steps[1:%(at)s] = %(steps)s::text[]
  AND NOT (solution.truncated AND cardinality(solution.steps) = %(at)s + 1)
GROUP BY 1
ORDER BY 4 DESC, count(*) DESC, min(solution.first_index), 1 LIMIT %(most)s
"""

# First met, first named; but a step that a rater wrote serves as a candidate only once it comes from elsewhere too.
_STORE = """
INSERT INTO corpus_alternative AS old
    (problem_id, prefix_key, key, step_index, text, origin, generator, author_id, ends, created_at)
SELECT %(problem)s, %(prefix)s, new.key, %(at)s, new.text, %(origin)s, new.generator, %(author)s, new.ends, now()
FROM unnest(%(keys)s::uuid[], %(texts)s::text[], %(generators)s::text[], %(ends)s::boolean[])
    AS new (key, text, generator, ends)
ON CONFLICT (problem_id, prefix_key, key) DO UPDATE
    SET ends = old.ends OR excluded.ends,
        origin = CASE WHEN old.origin = 'rater' THEN excluded.origin ELSE old.origin END,
        generator = CASE WHEN old.origin = 'rater' THEN excluded.generator ELSE old.generator END,
        author_id = CASE WHEN old.origin = 'rater' THEN excluded.author_id ELSE old.author_id END
    WHERE (excluded.ends AND NOT old.ends) OR (old.origin = 'rater' AND excluded.origin <> 'rater')
"""


@dataclass(frozen=True)
class Step:
    """A candidate to store. ``generator``: the model that wrote it; ``ends``: known to complete the solution.

    ``queued``: the queued solution goes on with it.
    """

    text: str
    generator: str = ""
    ends: bool = False
    queued: bool = False


def candidates_store(
    *, problem_id: int, steps: Sequence[str], new: Iterable[Step], origin: Origin, author_id: int | None = None
) -> None:
    """Store candidates for the step after ``steps``; what is there already stays as it is."""
    ordered = sorted({step.text: step for step in new}.values(), key=lambda step: step.text)  # no two wait in a ring
    values: dict[str, Any] = {
        "problem": problem_id,
        "prefix": UUID(prefix_key(steps)),
        "at": len(steps),
        "origin": origin.value,
        "author": author_id,
        "keys": [UUID(text_key(step.text)) for step in ordered],
        "texts": [step.text for step in ordered],
        "generators": [step.generator for step in ordered],
        "ends": [step.ends for step in ordered],
    }
    if ordered:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, values)


def candidates_of(*, problem_id: int, steps: Sequence[str], queued: int, most: int) -> list[Candidate]:
    """At most ``most`` candidates for the step after ``steps``, none looking like another; samples' steps are stored.

    ``queued``: the solution whose next step is among them before all others. The order tells nothing of where they
    come from.
    """
    sampled = _sampled(problem_id, steps, queued)
    candidates_store(problem_id=problem_id, steps=steps, new=sampled, origin=Origin.SAMPLE)
    places = {step.text: place for place, step in enumerate(sampled)}
    first = {step.text for step in sampled if step.queued}

    def rank(one: Alternative) -> tuple[bool, int, int, int]:
        return one.text not in first, ORDER.index(Origin(one.origin)), places.get(one.text, MOST_SAMPLES), one.pk

    stored = Alternative.objects.filter(problem=problem_id, prefix_key=UUID(prefix_key(steps)))
    ranked = sorted(stored.exclude(origin=Origin.RATER), key=rank)
    unlike = distinct(ranked, lambda one: one.text)[:most]
    return [_candidate(one) for one in sorted(unlike, key=lambda one: one.key)]


def candidates_named(*, problem_id: int, ids: Iterable[int]) -> dict[int, Alternative]:
    """The problem's candidates of these ids; what is not the problem's is not there."""
    return Alternative.objects.filter(problem=problem_id).in_bulk(set(ids))


def candidates_shown(ids: Sequence[int]) -> list[Candidate]:
    """The candidates of these ids, in this order."""
    found = Alternative.objects.in_bulk(ids)
    return [_candidate(found[one]) for one in ids]


def _candidate(one: Alternative) -> Candidate:
    return Candidate(one.pk, one.text, one.ends or states_answer(one.text))


def _sampled(problem_id: int, steps: Sequence[str], queued: int) -> list[Step]:
    asked: dict[str, Any] = {
        "problem": problem_id,
        "steps": list(steps),
        "at": len(steps),
        "queued": queued,
        "most": MOST_SAMPLES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_STEPS, asked)
        return [Step(*row) for row in cursor.fetchall()]
