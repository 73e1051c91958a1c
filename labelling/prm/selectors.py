"""Questions about reward models and scores."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, QuerySet

from labelling.corpus.models import RecordedScore
from labelling.jobs.models import UNFINISHED, Job
from labelling.prm.claims import IN_POOL, Scope
from labelling.prm.embedded.storage import ModelFiles
from labelling.prm.models import EmbeddedModel, Evaluation, ModelVersion

SCORE_KIND = "score"


def embedded_files(digest: str) -> ModelFiles | None:
    """An embedded model's files as the database keeps them; None where it doesn't."""
    row = EmbeddedModel.objects.filter(pk=digest).first()
    return None if row is None else ModelFiles(bytes(row.meta), bytes(row.weights))


@dataclass(frozen=True, slots=True)
class Counts:
    """Solutions in scope: already scored by the version, waiting, and those that its scorer recorded nothing for."""

    scored: int
    waiting: int
    unrecorded: int


_COUNTS = f"""
SELECT count(*) FILTER (WHERE c.id IS NOT NULL),
       count(*) FILTER (WHERE c.id IS NULL AND (%(scorer)s::text IS NULL OR r.id IS NOT NULL)),
       count(*) FILTER (WHERE c.id IS NULL AND %(scorer)s::text IS NOT NULL AND r.id IS NULL)
FROM corpus_solution s
LEFT JOIN prm_score c ON c.solution_id = s.id AND c.version_id = %(version)s
LEFT JOIN corpus_recordedscore r ON r.solution_id = s.id AND r.scorer = %(scorer)s
WHERE {IN_POOL}
"""

_IN_PART = f"""
SELECT count(*) FROM corpus_solution s JOIN prm_score c ON c.solution_id = s.id AND c.version_id = %(version)s
WHERE c.step_scores[cardinality(c.step_scores)] IS NULL AND {IN_POOL}
"""


def scoring_counts(scope: Scope) -> Counts:
    """How far scoring has come."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, scope.params())
        return Counts(*cursor.fetchone())


def scored_in_part(scope: Scope) -> int:
    """How many solutions have scores for their first steps only, as the rest did not fit into the model."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_PART, scope.params())
        return int(cursor.fetchone()[0])


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
