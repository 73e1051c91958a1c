"""Evaluating model versions on labelled files and on the samples in the database, and keeping what was found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from labelling.corpus.text import problem_key
from labelling.prm import evaluation
from labelling.prm.backends import Backend, ScoringItem, StepScores, backend_make
from labelling.prm.datasets import Dataset
from labelling.prm.embedded.examples import data_hash, merged
from labelling.prm.evaluation import selection
from labelling.prm.evaluation.first_errors import Judged, TooFewSolutions, first_error_figures
from labelling.prm.evaluation.paths import Path as LabelledPath
from labelling.prm.evaluation.paths import paths_of
from labelling.prm.evaluation.steps import ScoredStep, step_figures
from labelling.prm.evaluation.subsets import MOST
from labelling.prm.models import Evaluation, EvaluationKind, ModelVersion, Objective, TrainedProblem
from labelling.prm.pools import PoolScope, pools_read, pools_survey

BATCH: Final = 500  # solutions given to a backend at once
_HALF: Final = 0.5

Watch = Callable[[str, int, int], None]  # what is being done, how far, of how much


class CannotEvaluate(ValueError):
    """What is missing, and the mend."""


@dataclass
class Found:
    """Figures of one kind on one set of data, by version; ``notes``: what was left out and why."""

    kind: str
    dataset: str
    data_sha256: str
    settings: dict[str, Any]
    figures: dict[str, dict[str, Any]]
    notes: list[str] = field(default_factory=list)


def files_evaluate(
    *, versions: Sequence[ModelVersion], dataset: Dataset, name: str, neutral: str, seed: int, watch: Watch
) -> list[Found]:
    """Labelled steps, and first errors where rows tell of them. Raises CannotEvaluate."""
    backends = {str(version): _scorer(version) for version in versions}
    examples = merged(dataset.examples)
    searched = [(problem, one) for problem, one in dataset.verdicts if one.is_searched]
    if not examples:
        raise CannotEvaluate("There is no labelled step in these files.")
    paths = paths_of(examples, [(problem, one.steps) for problem, one in searched])
    steps = Found(EvaluationKind.STEPS, name, data_hash(examples), {"neutral": neutral, "seed": seed}, {})
    errors = Found(EvaluationKind.FIRST_ERRORS, name, steps.data_sha256, {"seed": seed}, {})
    too_few = ""
    for version in versions:
        scores = _scored(backends[str(version)], paths, partial(watch, f"{version}: scoring"))
        labelled = [one for path, found in zip(paths, scores, strict=True) for one in _steps(path, found)]
        if not labelled:
            raise CannotEvaluate(f"{version} could score none of these solutions.")
        watch(f"{version}: intervals", 0, 1)
        seen = _trained_on(version, {path.problem for path in paths})
        steps.figures[str(version)] = step_figures(labelled, seed=seed) | seen
        if searched:
            whole = {(path.problem, path.steps): found for path, found in zip(paths, scores, strict=True)}
            judged = _judged(searched, whole)
            try:
                errors.figures[str(version)] = first_error_figures(judged, seed=seed) | seen
            except TooFewSolutions as reason:
                too_few = f"First errors are not told of: {reason}".removesuffix(".")
        watch(f"{version}: intervals", 1, 1)
    steps.notes = [too_few] if too_few else []
    return [steps, errors] if searched and not too_few else [steps]


def _scorer(version: ModelVersion) -> Backend:
    backend = backend_make(version.model.backend, version.config)
    if Objective.OUTCOME in (version.model.objective, backend.form):
        raise CannotEvaluate(
            f"{version} is an outcome model: it judges whole solutions, not their steps. "
            "Evaluate it on the samples (--best-of-n)."
        )
    if backend.recorded_scorer is not None:
        raise CannotEvaluate(
            f"{version} serves scores recorded with samples, and has none for a file's texts: "
            "evaluate it on the samples (--best-of-n)."
        )
    return backend


def _scored(
    backend: Backend, paths: Sequence[LabelledPath], watch: Callable[[int, int], None]
) -> list[StepScores | None]:
    found: list[StepScores | None] = []
    for start in range(0, len(paths), BATCH):
        answers = backend.score([ScoringItem(path.problem, path.steps) for path in paths[start : start + BATCH]])
        odd = [one for steps in answers if steps for one in steps if one is not None and not 0 <= one <= 1]
        if odd:  # NaN, where a model's arithmetic ran over
            raise CannotEvaluate(f"The backend '{backend.name}' answered {odd[0]!r}, which is no number from 0 to 1.")
        found += answers
        watch(len(found), len(paths))
    return found


def _steps(path: LabelledPath, scores: StepScores | None) -> Iterator[ScoredStep]:
    if scores is not None:
        for at, target in path.labels.items():
            if (score := scores[at]) is not None:
                yield ScoredStep(path.problem, target >= _HALF, score)


def _judged(searched: Sequence[Any], scores: Mapping[tuple[str, tuple[str, ...]], StepScores | None]) -> list[Judged]:
    found = []
    for problem, verdict in searched:
        steps = scores[problem, verdict.steps]
        if steps is not None:
            told = tuple(1.0 if score is None else score for score in steps)  # where none was given none is found
            found.append(Judged(problem_key(problem), told, verdict.first_error))
    return found


def _trained_on(version: ModelVersion, problems: Iterable[str]) -> dict[str, int]:
    """How many of the problems the version was trained on: figures of such flatter it."""
    keys = {problem_key(problem) for problem in problems}
    return {"trained_on": TrainedProblem.objects.filter(version=version, key__in=keys).count()}


def samples_evaluate(
    *, versions: Sequence[ModelVersion], scope: PoolScope, most: int | None = None, seed: int = 0, watch: Watch
) -> Found:
    """Best of N over the samples in scope, up to ``most``, else to as many as there are. Raises CannotEvaluate."""
    survey = pools_survey(scope)
    if not survey.counts:
        raise CannotEvaluate(f"There are no graded samples in {scope}: import some, and manage.py grade_solutions.")
    sizes = selection.sizes_for(survey.counts.values())
    if most is not None:
        sizes = [size for size in sizes if size < most] + [min(most, sizes[-1])]
    chosen = {problem for problem, count in survey.counts.items() if count >= sizes[-1]}
    digest, unscored = sha256(), dict.fromkeys(map(str, versions), 0)
    pools = _pools(versions, scope, chosen, digest, unscored)
    figures = selection.selection_figures(
        pools,
        sizes,
        models={str(version): version.model.reduction for version in versions},
        total=len(chosen),
        watch=lambda done, total: watch("subsets", done, total),
        seed=seed,
    )
    _refuse_unscored(unscored, figures["samples"])
    found = Found(EvaluationKind.BEST_OF_N, str(scope), digest.hexdigest(), {"sizes": sizes, "seed": seed}, {})
    for version in versions:
        own = figures["models"][str(version)]
        found.figures[str(version)] = {
            **{key: value for key, value in figures.items() if key != "models"},
            "ways": own if version.model.objective == Objective.PROCESS else _of_outcome(own, version.model.reduction),
            "reduction": version.model.reduction,
            "unscored": unscored[str(version)],
            **_trained_on_keys(version, survey.keys(chosen)),
        }
    late = [f"{count:,} samples have no score by {name}: chosen last" for name, count in unscored.items() if count]
    found.notes = survey.notes(len(chosen), sizes[-1]) + late
    return found


def _of_outcome(ways: Mapping[str, Any], reduction: str) -> dict[str, Any]:
    """An outcome model's one score is the same by every reduction: told once."""
    return {way: found for way, found in ways.items() if way in (reduction, selection.VOTE)}


def _trained_on_keys(version: ModelVersion, keys: Iterable[Any]) -> dict[str, int]:
    return {"trained_on": TrainedProblem.objects.filter(version=version, key__in=list(keys)).count()}


def _pools(
    versions: Sequence[ModelVersion], scope: PoolScope, chosen: set[int], digest: Any, unscored: dict[str, int]
) -> Iterator[selection.Pool]:
    """The chosen problems' pools; on the way the data's hash, and how many samples each version has not scored."""
    for problem, rows in pools_read(scope, versions):
        if problem not in chosen:
            continue
        for row in rows[:MOST]:
            digest.update(repr((row.problem_key, row.solution_key, row.answer)).encode())
            for version, scores in zip(versions, row.scores, strict=True):
                unscored[str(version)] += not scores
        yield [selection.Choice(row.answer, row.scores) for row in rows[:MOST]]


def _refuse_unscored(unscored: Mapping[str, int], samples: int) -> None:
    for name, count in unscored.items():
        if count == samples:
            model = name.rpartition(" v")[0]
            raise CannotEvaluate(
                f"{name} has scored none of these samples: manage.py score_solutions --model {model} --wait first."
            )


def evaluations_store(*, versions: Sequence[ModelVersion], found: Found) -> None:
    """Keep the figures with each version; those of the same data and settings before are replaced."""
    for version in versions:
        Evaluation.objects.update_or_create(
            version=version,
            kind=found.kind,
            data_sha256=found.data_sha256,
            settings=found.settings,
            defaults={
                "dataset": found.dataset,
                "figures": found.figures[str(version)],
                "code_version": code_version(),
                "created_at": timezone.now(),
            },
        )


def code_version() -> str:
    """A hash of the source that makes the figures."""
    sources = sorted(Path(evaluation.__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
