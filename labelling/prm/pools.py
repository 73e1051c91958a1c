"""The samples of a campaign or a source, problem by problem, with their answers and each version's step scores."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from labelling.corpus.grading.forms import answer_form
from labelling.corpus.models import VerdictValue
from labelling.prm.backends.recorded import RecordedBackend
from labelling.prm.evaluation.selection import RIGHT
from labelling.prm.evaluation.subsets import MOST
from labelling.prm.models import ModelVersion

FETCH_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class PoolScope:
    """Which samples: of a campaign's problems, of a source, of a generator; None for all."""

    campaign: str | None = None
    source: str | None = None
    generator: str | None = None

    def __str__(self) -> str:
        parts = [f"{name} {value}" for name, value in self.params.items() if value is not None]
        return ", ".join(parts) or "all samples"

    @property
    def params(self) -> dict[str, str | None]:
        return {"campaign": self.campaign, "source": self.source, "generator": self.generator}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample. ``answer``: RIGHT, or what it votes for, or None; ``scores``: of its steps by each version, or ()."""

    problem_key: UUID
    solution_key: UUID
    answer: str | None
    scores: tuple[tuple[float, ...], ...]


@dataclass
class Survey:
    """Graded samples by problem, and the problems that can't be told of."""

    counts: dict[int, int] = field(default_factory=dict)
    problem_keys: dict[int, UUID] = field(default_factory=dict)
    ungraded: int = 0
    no_reference: int = 0

    def keys(self, chosen: Collection[int]) -> list[UUID]:
        return [self.problem_keys[problem] for problem in chosen]

    def notes(self, chosen: int, size: int) -> list[str]:
        """What is left out, in words."""
        longer = sum(count > MOST for count in self.counts.values())
        found = (
            (longer, f"problems have more than {MOST} samples: those beyond are left out"),
            (len(self.counts) - chosen, f"problems have fewer than {size} samples: left out"),
            (self.ungraded, "problems have samples that are not graded yet: left out (manage.py grade_solutions)"),
            (self.no_reference, "problems have no reference answer: left out"),
        )
        return [f"{count:,} {what}" for count, what in found if count]


_SAMPLES = """
FROM corpus_sample sample
JOIN corpus_solution solution ON solution.id = sample.solution_id
JOIN corpus_problem problem ON problem.id = sample.problem_id
{joins}
WHERE NOT problem.left_out
  AND (%(campaign)s::text IS NULL
       OR problem.id IN (SELECT problem_id FROM corpus_poolentry WHERE campaign = %(campaign)s))
  AND (%(source)s::text IS NULL OR sample.source = %(source)s)
  AND (%(generator)s::text IS NULL OR sample.generator = %(generator)s)
"""
_SURVEY = f"""
SELECT problem.id, problem.key, problem.reference_answer IS NULL, count(*),
       count(*) FILTER (WHERE solution.verdict IS NULL) {_SAMPLES.format(joins="")}
GROUP BY problem.id
"""


def pools_survey(scope: PoolScope) -> Survey:
    """How many samples each problem has that can be told of."""
    survey = Survey()
    with connection.cursor() as cursor:
        cursor.execute(_SURVEY, scope.params)
        for problem, key, has_no_reference, count, ungraded in cursor:
            if has_no_reference:
                survey.no_reference += 1
            elif ungraded:
                survey.ungraded += 1
            else:
                survey.counts[problem], survey.problem_keys[problem] = count, key
    return survey


def pools_read(scope: PoolScope, versions: Sequence[ModelVersion]) -> Iterator[tuple[int, list[Drawn]]]:
    """(problem id, its samples in order), read in flat memory; recorded scores count for versions that serve them."""
    joins, columns, params = "", "", dict[str, Any](scope.params)
    for at, version in enumerate(versions):
        scorer = _scorer_of(version)
        params |= {f"version_{at}": version.pk, f"scorer_{at}": scorer}
        joins += _SCORES.format(at=at)
        columns += f", coalesce(score_{at}.step_scores, recorded_{at}.step_scores)"
    query = f"""
        SELECT problem.id, problem.key, solution.key, solution.final_answer, solution.verdict {columns}
        {_SAMPLES.format(joins=joins)}
        ORDER BY problem.id, sample.sample_index, sample.id"""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        for problem, rows in groupby(_fetched(cursor), key=itemgetter(0)):
            yield problem, [_drawn(row) for row in rows]


def _scorer_of(version: ModelVersion) -> str | None:
    """Without its model's files, which may be on another machine, or gone: the scores are here."""
    if version.model.backend != RecordedBackend.name:
        return None
    return RecordedBackend.from_config(version.config).recorded_scorer


_SCORES = """
LEFT JOIN prm_score score_{at} ON score_{at}.solution_id = solution.id AND score_{at}.version_id = %(version_{at})s
LEFT JOIN corpus_recordedscore recorded_{at}
       ON recorded_{at}.solution_id = solution.id AND recorded_{at}.scorer = %(scorer_{at})s
"""


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(FETCH_ROWS):
        yield from rows


def _drawn(row: tuple[Any, ...]) -> Drawn:
    _, problem_key, solution_key, answer, verdict, *scores = row
    if verdict == VerdictValue.RIGHT:
        voted: str | None = RIGHT
    else:
        voted = None if answer is None else f"={answer_form(answer)}"  # never RIGHT, even where the form is empty
    return Drawn(
        problem_key, solution_key, voted, tuple(tuple(step for step in one or () if step is not None) for one in scores)
    )
