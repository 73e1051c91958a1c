"""Changes to reward models and their scores: registering a model, storing scores, queueing the scoring."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from labelling.jobs.models import Job, JobState
from labelling.jobs.services import job_create
from labelling.people.models import User
from labelling.prm.backends import StepScores, backend_make
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.claims import Unscored
from labelling.prm.embedded.storage import BadModelFile
from labelling.prm.models import EmbeddedModel, ModelVersion, Objective, Reduction, RewardModel
from labelling.prm.names import name_fault
from labelling.prm.reductions import REDUCTIONS
from labelling.prm.selectors import SCORE_KIND, scorer_is_recorded

SCORE_TASK = "labelling.prm.tasks.score"


class ModelRefused(ValueError):
    """A model can't be registered so; the message says what stands against it, and the mend."""


class BadScores(ValueError):
    """A backend answered with something that is no list of probabilities, one a step."""


@transaction.atomic
def model_register(
    *,
    name: str,
    backend: str,
    config: Mapping[str, object],
    reduction: str = Reduction.PRODUCT,
    objective: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> tuple[RewardModel, ModelVersion]:
    """Register a model, or a new version of it where the configuration is new; the same again changes nothing.

    ``objective``: the model's own where left out, of a new one its backend's, else ``process``. ``facts``: how a new
    version was trained.
    Raises BadConfig (by the backend) and ModelRefused: backend, reduction and objective are fixed under a model's name.
    """
    if backend_make(backend, config).form == Objective.OUTCOME:
        objective = objective or Objective.OUTCOME.value
    fixed = model_refuse(name=name, backend=backend, reduction=reduction, objective=objective)
    RewardModel.objects.get_or_create(name=name, defaults=fixed)
    model = RewardModel.objects.select_for_update(no_key=True).get(name=name)  # versions are numbered one at a time
    _refuse_other(model, fixed)
    embedded_keep(backend, config)
    known = model.versions.filter(config=dict(config)).first()
    if known is not None:
        return model, known
    newest = model.versions.first()
    number = 1 + (newest.number if newest else 0)
    return model, model.versions.create(number=number, config=dict(config), facts=dict(facts or {}))


def model_refuse(*, name: str, backend: str, reduction: str, objective: str | None = None) -> dict[str, str]:
    """Raise ModelRefused where no version could be registered so; returns what is fixed under the name."""
    name_refuse(name)
    if reduction not in REDUCTIONS:
        raise ModelRefused(f"There is no reduction '{reduction}'; there are: {', '.join(sorted(REDUCTIONS))}.")
    fixed = {"backend": backend, "reduction": reduction} | ({} if objective is None else {"objective": objective})
    known = RewardModel.objects.filter(name=name).first()
    if known is not None:
        _refuse_other(known, fixed)
    return fixed


def name_refuse(name: str) -> None:
    """Raise ModelRefused for what can be no model's name."""
    if fault := name_fault(name):
        raise ModelRefused(fault)


def embedded_keep(backend: str, config: Mapping[str, object]) -> None:
    """Put an embedded model's files into the database, for workers elsewhere; kept once, and left where they are."""
    digest = str(config.get("digest", ""))
    if backend != EmbeddedBackend.name or EmbeddedModel.objects.filter(pk=digest).exists():
        return
    with suppress(BadModelFile):  # not on this machine: whoever is to score says so
        files = EmbeddedBackend.files(Path(str(config.get("path", EmbeddedBackend.folder))), digest)
        row = EmbeddedModel(digest=digest, meta=files.meta, weights=files.weights)
        EmbeddedModel.objects.bulk_create([row], ignore_conflicts=True)


def recorded_register(name: str) -> ModelVersion | None:
    """The model that serves the scores recorded by a scorer of that name; None where it recorded none."""
    if not scorer_is_recorded(name):
        return None
    return model_register(name=name, backend="recorded", config={"scorer": name})[1]


def _refuse_other(model: RewardModel, fixed: Mapping[str, str]) -> None:
    for what, wanted in fixed.items():
        has = getattr(model, what)
        if has != wanted:
            raise ModelRefused(
                f"The model '{model.name}' is registered with the {what} '{has}', not '{wanted}', which stands: "
                f"leave the {what} out, or register another name, such as '{model.name}-{wanted}'."
            )


STORE_SQL = """
INSERT INTO prm_score (solution_id, problem_id, version_id, step_scores, solution_score, created_at)
SELECT solution_id, problem_id, %s, step_scores::float8[], solution_score, now()
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::float8[])
     AS scored (solution_id, problem_id, step_scores, solution_score)
ON CONFLICT (version_id, solution_id) DO NOTHING
"""


def scores_store(*, version: ModelVersion, scored: Sequence[tuple[Unscored, StepScores]]) -> int:
    """Store step scores and the solution scores by the model's reduction; one stored before stays. Returns how many.

    Steps without a score are stored as nulls, and the reduction is over the others. Raises BadScores, and stores
    nothing, where an entry isn't one number in [0, 1], or None, for each step, with one number at least.
    """
    for unscored, steps in scored:
        _check(unscored, steps)
    reduce = REDUCTIONS[version.model.reduction]
    columns: list[list[Any]] = [
        [unscored.solution_id for unscored, _ in scored],
        [unscored.problem_id for unscored, _ in scored],
        ["{" + ",".join(map(_literal, steps)) + "}" for _, steps in scored],  # lists of unlike lengths
        [reduce(_known(steps)) for _, steps in scored],
    ]
    with connection.cursor() as cursor:
        cursor.execute(STORE_SQL, [version.pk, *columns])
        return int(cursor.rowcount)


def _known(steps: StepScores) -> list[float]:
    return [score for score in steps if score is not None]


def _literal(score: float | None) -> str:
    return "NULL" if score is None else repr(float(score))


def _check(unscored: Unscored, steps: StepScores) -> None:
    expected, known = len(unscored.item.steps), _known(steps)
    if len(steps) != expected or not known or not all(0 <= score <= 1 for score in known):
        raise BadScores(
            f"Solution {unscored.solution_id} needs {expected} numbers from 0 to 1, one a step, not {steps!r}."
        )


@transaction.atomic
def scoring_create(*, version: ModelVersion, campaign: str | None, user: User | None = None) -> tuple[Job, bool]:
    """A job that scores what waits, and True; where one of the same scope is queued already, that one, and False.

    One that runs doesn't count: it may have passed by what was imported since.
    """
    params = {"version": version.pk, "campaign": campaign}
    embedded_keep(version.model.backend, version.config)  # of versions from before files were kept
    RewardModel.objects.select_for_update(no_key=True).get(pk=version.model_id)  # two callers make one job
    known = Job.objects.filter(
        kind=SCORE_KIND, state=JobState.QUEUED, params__version=version.pk, params__campaign=campaign
    ).first()
    if known is not None:
        return known, False
    return job_create(kind=SCORE_KIND, task=SCORE_TASK, params=params, user=user, stoppable=True), True
