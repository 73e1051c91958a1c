"""Changes to reward models and their scores: registering a model, storing scores, scoring what waits."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from labelling.jobs.models import Job, JobState
from labelling.jobs.services import job_create
from labelling.people.models import User
from labelling.prm.backends import Backend, StepScores, backend_make
from labelling.prm.models import ModelVersion, Reduction, RewardModel
from labelling.prm.reductions import REDUCTIONS
from labelling.prm.selectors import SCORE_KIND, Unscored, scorer_is_recorded, scoring_counts, unscored_chunks

logger = logging.getLogger(__name__)

CHUNK = 500  # solutions between two progress reports, and at most lost when a worker is killed
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

    ``objective``: the model's own where left out, of a new one ``process``. ``facts``: how a new version was trained.
    Raises BadConfig (by the backend) and ModelRefused: backend, reduction and objective are fixed under a model's name.
    """
    backend_make(backend, config)
    longest = RewardModel._meta.get_field("name").max_length or 0
    if not name.strip() or len(name) > longest:
        raise ModelRefused(f"A model's name has from 1 to {longest} characters.")
    if reduction not in REDUCTIONS:
        raise ModelRefused(f"There is no reduction '{reduction}'; there are: {', '.join(sorted(REDUCTIONS))}.")
    fixed = {"backend": backend, "reduction": reduction} | ({} if objective is None else {"objective": objective})
    RewardModel.objects.get_or_create(name=name, defaults=fixed)
    model = RewardModel.objects.select_for_update(no_key=True).get(name=name)  # versions are numbered one at a time
    _refuse_other(model, fixed)
    known = model.versions.filter(config=dict(config)).first()
    if known is not None:
        return model, known
    newest = model.versions.first()
    number = 1 + (newest.number if newest else 0)
    return model, model.versions.create(number=number, config=dict(config), facts=dict(facts or {}))


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


@dataclass
class Tally:
    """What a scoring run has done so far; ``scored`` counts what earlier runs stored, too."""

    scored: int
    total: int
    unrecorded: int
    refused: int = 0
    fresh: int = 0
    in_part: int = 0

    def message(self, version: ModelVersion, scorer: str | None) -> str:
        parts = [f"{self.scored:,} of {self.scored + self.unrecorded + self.refused:,} solutions scored by {version}"]
        if self.unrecorded:
            parts.append(f"{self.unrecorded:,} have no recorded score by '{scorer}'")
        if self.refused:
            parts.append(f"{self.refused:,} the backend could not score")
        if self.in_part:
            parts.append(f"{self.in_part:,} only in part, as they are too long for the model")
        return "; ".join(parts)


def solutions_score(
    *, version: ModelVersion, campaign: str | None, report: Callable[[int, int, str], None], size: int = CHUNK
) -> Tally:
    """Score what waits, chunk by chunk, each committed by itself: killed anywhere, it goes on where it was.

    ``report`` takes (done, total, message) after each chunk.
    """
    backend = backend_make(version.model.backend, version.config)
    scorer = backend.recorded_scorer
    counts = scoring_counts(version=version, scorer=scorer, campaign=campaign)
    tally = Tally(scored=counts.scored, total=counts.scored + counts.waiting, unrecorded=counts.unrecorded)
    report(tally.scored, tally.total, "")
    began = time.monotonic()
    for chunk in unscored_chunks(version=version, scorer=scorer, campaign=campaign, size=size):
        _score_chunk(backend, version, chunk, tally)
        report(tally.scored + tally.refused, tally.total, "")
    report(tally.scored + tally.refused, tally.total, tally.message(version, scorer))
    _log(version, backend, tally, time.monotonic() - began)
    return tally


def _score_chunk(backend: Backend, version: ModelVersion, chunk: list[Unscored], tally: Tally) -> None:
    answers = backend.score([unscored.item for unscored in chunk])
    pairs = zip(chunk, answers, strict=True)
    scored = [(unscored, steps) for unscored, steps in pairs if steps is not None]
    tally.fresh += scores_store(version=version, scored=scored)
    tally.scored += len(scored)
    tally.refused += len(chunk) - len(scored)
    tally.in_part += sum(steps[-1] is None for _, steps in scored)


def _log(version: ModelVersion, backend: Backend, tally: Tally, seconds: float) -> None:
    logger.info(
        "model=%s version=%s backend=%s precision=%s scored=%s unscorable=%s seconds=%.1f throughput=%.0f/s",
        version.model.name,
        version.number,
        backend.name,
        backend.precision,
        tally.fresh,
        tally.unrecorded + tally.refused,
        seconds,
        tally.fresh / max(seconds, 1e-6),
    )


@transaction.atomic
def scoring_create(*, version: ModelVersion, campaign: str | None, user: User | None = None) -> tuple[Job, bool]:
    """A job that scores what waits, and True; where one of the same scope is queued already, that one, and False.

    One that runs doesn't count: it may have passed by what was imported since.
    """
    params = {"version": version.pk, "campaign": campaign}
    RewardModel.objects.select_for_update(no_key=True).get(pk=version.model_id)  # two callers make one job
    known = Job.objects.filter(kind=SCORE_KIND, state=JobState.QUEUED, params=params).first()
    if known is not None:
        return known, False
    return job_create(kind=SCORE_KIND, task=SCORE_TASK, params=params, user=user, stoppable=True), True
