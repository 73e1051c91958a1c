"""Questions about reward models and scores, read in chunks where the pool is large."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, QuerySet

from labelling.corpus.models import RecordedScore
from labelling.jobs.models import UNFINISHED, Job
from labelling.prm.backends import ScoringItem
from labelling.prm.models import Evaluation, ModelVersion

SCORE_KIND = "score"


@dataclass(frozen=True, slots=True)
class Unscored:
    """A solution that waits for its score."""

    solution_id: int
    problem_id: int
    item: ScoringItem


@dataclass(frozen=True, slots=True)
class Counts:
    """Solutions in scope: already scored by the version, waiting, and those that its scorer recorded nothing for."""

    scored: int
    waiting: int
    unrecorded: int


_POOL = """(%(campaign)s::text IS NULL
       OR s.problem_id IN (SELECT problem_id FROM corpus_poolentry WHERE campaign = %(campaign)s))"""

_COUNTS = f"""
SELECT count(*) FILTER (WHERE c.id IS NOT NULL),
       count(*) FILTER (WHERE c.id IS NULL AND (%(scorer)s::text IS NULL OR r.id IS NOT NULL)),
       count(*) FILTER (WHERE c.id IS NULL AND %(scorer)s::text IS NOT NULL AND r.id IS NULL)
FROM corpus_solution s
LEFT JOIN prm_score c ON c.solution_id = s.id AND c.version_id = %(version)s
LEFT JOIN corpus_recordedscore r ON r.solution_id = s.id AND r.scorer = %(scorer)s
WHERE {_POOL}
"""

_CHUNK = f"""
SELECT s.id, s.problem_id, p.text, s.steps, r.step_scores
FROM corpus_solution s
JOIN corpus_problem p ON p.id = s.problem_id
LEFT JOIN corpus_recordedscore r ON r.solution_id = s.id AND r.scorer = %(scorer)s
WHERE s.id > %(after)s AND (%(scorer)s::text IS NULL OR r.id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM prm_score c WHERE c.solution_id = s.id AND c.version_id = %(version)s)
  AND {_POOL}
ORDER BY s.id LIMIT %(size)s
"""


def scoring_counts(*, version: ModelVersion, scorer: str | None, campaign: str | None) -> Counts:
    """How far scoring has come. ``scorer`` None: recorded scores aren't needed; ``campaign`` None: everything."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"version": version.pk, "scorer": scorer, "campaign": campaign})
        return Counts(*cursor.fetchone())


def unscored_chunks(
    *, version: ModelVersion, scorer: str | None, campaign: str | None, size: int
) -> Iterator[list[Unscored]]:
    """Solutions without a score of this version, by id, ``size`` at a time; each chunk is a query of its own."""
    after = 0
    while True:
        params = {"version": version.pk, "scorer": scorer, "campaign": campaign, "after": after, "size": size}
        with connection.cursor() as cursor:
            cursor.execute(_CHUNK, params)
            rows = cursor.fetchall()
        if not rows:
            return
        yield [
            Unscored(row[0], row[1], ScoringItem(row[2], tuple(row[3]), None if row[4] is None else tuple(row[4])))
            for row in rows
        ]
        after = rows[-1][0]


def version_newest(name: str) -> ModelVersion | None:
    """The newest version of the model of that name."""
    return ModelVersion.objects.select_related("model").filter(model__name=name).order_by("-number").first()


def version_named(name: str, number: int | None = None) -> ModelVersion | None:
    """That version of the model of that name; the newest where no number is given."""
    if number is None:
        return version_newest(name)
    return ModelVersion.objects.select_related("model").filter(model__name=name, number=number).first()


def evaluations_known(names: Collection[str] = ()) -> QuerySet[Evaluation]:
    """Figures that are kept, of all models or of those named; versions on the same data stand together."""
    found = Evaluation.objects.select_related("version__model").order_by("kind", "dataset", "data_sha256", "version")
    return found.filter(version__model__name__in=names) if names else found


def versions_known() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.select_related("model").order_by("model__name", "number")


def scorers_recorded() -> list[tuple[str, int]]:
    """Scorers whose step scores were imported with samples, and for how many solutions."""
    return list(
        RecordedScore.objects.values("scorer")
        .annotate(count=Count("id"))
        .order_by("scorer")
        .values_list("scorer", "count")
    )


def scorer_is_recorded(scorer: str) -> bool:
    return RecordedScore.objects.filter(scorer=scorer).exists()


def scoring_under_way(version: ModelVersion) -> Job | None:
    """The newest unfinished scoring job of this version."""
    return Job.objects.filter(kind=SCORE_KIND, state__in=UNFINISHED, params__version=version.pk).first()
