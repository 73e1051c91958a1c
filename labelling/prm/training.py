"""Training a reward model and registering what came of it."""

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from django.db import transaction

from labelling.corpus.text import problem_key
from labelling.prm.backends.embedded import OUTCOME, EmbeddedBackend
from labelling.prm.datasets import Dataset
from labelling.prm.embedded.examples import Example
from labelling.prm.embedded.storage import model_save
from labelling.prm.embedded.training import Report, quiet, train
from labelling.prm.models import ModelVersion, Objective, Reduction, TrainedProblem
from labelling.prm.services import model_register


def dataset_facts(dataset: Dataset, *, files: Sequence[str], neutral: str) -> dict[str, object]:
    """What is to be remembered of the data. ``files``: so that a later training can use them again."""
    return {
        "objective": dataset.objective,
        "neutral": neutral,
        "rows": dict(dataset.kinds),
        "held_out_problems_refused": len(dataset.held_out),
        "files": [_stored(str(Path(name).resolve())) for name in files],
    }


def _stored(path: str) -> str:
    """A name that is no UTF-8 is told; it is found no more."""
    return path.encode(errors="backslashreplace").decode()


def embedded_train(
    *,
    examples: Sequence[Example],
    name: str,
    reduction: str = Reduction.PRODUCT,
    objective: str = Objective.PROCESS,
    seed: int = 0,
    facts: Mapping[str, object] | None = None,
    report: Report = quiet,
) -> ModelVersion:
    """Train the embedded model on labelled steps, keep it in the models' folder, register it as a version of ``name``.

    ``objective``: what the labels tell of, the step or how its solution ends.
    ``facts``: what else to remember of the training. Raises TooFewLabels, BadConfig and ModelRefused. The same data,
    seed and code give the same model, hence the same version. Its problems are kept with it, for test sets named later.
    """
    began = time.monotonic()
    model = train(examples, seed=seed, report=report)
    digest = model_save(model, EmbeddedBackend.folder)
    told = {**model.facts, **(facts or {}), "seconds": round(time.monotonic() - began, 1)}
    config = {"digest": digest} | ({"form": OUTCOME} if objective == Objective.OUTCOME else {})
    return version_register(
        name=name,
        backend=EmbeddedBackend.name,
        config=config,
        reduction=reduction,
        objective=objective,
        facts=told,
        problems={one.problem for one in examples},
    )


@transaction.atomic
def version_register(
    *,
    name: str,
    backend: str,
    config: Mapping[str, object],
    reduction: str,
    objective: str,
    facts: Mapping[str, object],
    problems: Collection[str],
) -> ModelVersion:
    """Register what was trained, with the problems that it was trained on. Raises BadConfig and ModelRefused."""
    version = model_register(
        name=name, backend=backend, config=config, reduction=reduction, objective=objective, facts=facts
    )[1]
    keys = sorted({UUID(problem_key(problem)) for problem in problems})
    rows = (TrainedProblem(version=version, key=key) for key in keys)
    TrainedProblem.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)
    return version
