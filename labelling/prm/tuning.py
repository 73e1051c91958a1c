"""Fine-tuning a transformer PRM or ORM as a job of the worker: from labelled files to a registered version.

The files and the base model must lie where the worker reads them. Checkpoints of the training lie below the models'
folder, named by what is trained on and how: killed, it goes on from the last one.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from labelling.corpus.text import problem_key
from labelling.jobs.models import UNFINISHED, Job
from labelling.jobs.services import Progress, job_create
from labelling.people.models import User
from labelling.prm.backends import NotHere, ScoringItem
from labelling.prm.backends.transformers import TransformersBackend
from labelling.prm.checkpoints.files import BadCheckpoint, checkpoint_digest
from labelling.prm.checkpoints.recipe import LabelledText, Recipe, held_apart
from labelling.prm.datasets import Dataset, dataset_read
from labelling.prm.embedded.examples import data_hash, merged
from labelling.prm.evaluation.paths import paths_of
from labelling.prm.evaluation.steps import ScoredStep, step_figures
from labelling.prm.models import ModelVersion, Objective
from labelling.prm.services import model_refuse
from labelling.prm.training import dataset_facts, version_register

TRAIN_KIND: Final = "train"
TUNING_CLASS: Final = 7305  # any constant: keeps those who begin a training apart from other advisory locks
TRAIN_TASK: Final = "labelling.prm.tasks.train"
_HALF: Final = 0.5
_NAMED: Final = 12  # digits of a digest in a folder's name


def tuning_params(
    *,
    files: Sequence[str],
    name: str,
    recipe: Recipe,
    neutral: str,
    objective: str = Objective.PROCESS,
    reduction: str,
) -> dict[str, Any]:
    """A training in words that a job keeps."""
    return {
        "files": [str(Path(file).resolve()) for file in files],
        "name": name,
        "recipe": asdict(recipe),
        "neutral": neutral,
        "objective": objective,
        "reduction": reduction,
    }


@transaction.atomic
def tuning_create(params: Mapping[str, Any], *, user: User | None = None) -> tuple[Job, bool]:
    """A job that trains, with ``tuning_params``, and True; the caller enqueues it. Stopped, its checkpoints stay.

    Where the same training waits or runs already, that job, and False. Raises ModelRefused.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [TUNING_CLASS])  # two callers make one job
    _refuse_what_could_not_be_registered(params)
    known = Job.objects.filter(kind=TRAIN_KIND, state__in=UNFINISHED, params__contains=dict(params)).first()
    if known is not None:
        return known, False
    return job_create(kind=TRAIN_KIND, task=TRAIN_TASK, params=params, user=user, stoppable=True), True


def tuning_run(progress: Progress) -> None:
    """Train as the job says."""
    version = transformer_train(progress.job.params, watch=progress.tell)
    steps = version.facts["trained_steps"]
    progress.tell(steps, steps, _told(version))


def recipe_known(version: ModelVersion | None) -> Recipe | None:
    """How the version was trained, to train its next one so; None where it wasn't trained here."""
    if version is None or version.model.backend != TransformersBackend.name or "base_path" not in version.facts:
        return None
    return Recipe(base=version.facts["base_path"], **version.facts["recipe"])


def transformer_train(params: Mapping[str, Any], *, watch: Callable[[int, int, str], None]) -> ModelVersion:
    """Read, train, save, look at the held-back problems, register. Raises what stands against it, with the mend.

    ``params``: ``tuning_params``. ``watch`` takes (steps done, of how many, the loss in words).
    """
    began = time.monotonic()
    try:
        from labelling.prm.checkpoints import tuning  # torch takes seconds, and is not on every machine
    except ImportError as error:
        raise NotHere(
            f"Training a transformer needs torch, transformers and accelerate on the worker's machine ({error}): "
            "pip install -r requirements-ml.txt."
        ) from error
    recipe, objective = Recipe(**params["recipe"]), params["objective"]
    _refuse_what_is_not_here([*params["files"], recipe.base])
    _refuse_what_could_not_be_registered(params)
    card = tuning.card_for(Path(recipe.base), objective)
    dataset = dataset_read(params["files"], neutral=params["neutral"], objective=objective)
    texts = _texts(dataset)
    train, held = held_apart(texts, {text.problem: problem_key(text.problem) for text in texts})
    if not train:
        raise BadCheckpoint("There is no labelled step to train on.")
    base_digest = checkpoint_digest(Path(recipe.base))
    data = data_hash(merged(dataset.examples))
    work = TransformersBackend.folder / f".training-{_key(params, base_digest, data)}"
    tuned = tuning.tune(
        train,
        held,
        recipe=recipe,
        card=card,
        work=work,
        watch=watch,
    )
    folder = _kept(work / "model", params["name"])
    facts = {
        **dataset_facts(dataset, files=params["files"], neutral=params["neutral"]),
        **_held_figures(folder, held),
        "kind": f"transformers ({card.family})",
        "steps": sum(len(text.labels) for text in train),
        "problems": len({text.problem for text in train}),
        "losses": list(tuned.losses),
        "held_loss": tuned.held_loss,
        "trained_steps": tuned.steps,
        "epochs": tuned.epochs,
        "recipe": {key: value for key, value in asdict(recipe).items() if key != "base"},
        "base": Path(recipe.base).name,
        "base_path": recipe.base,
        "base_sha256": base_digest,
        "data_sha256": data,
        "code_version": _code_version(),
        "packages": json.loads(tuning.versions()),
        "seed": recipe.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    version = version_register(
        name=params["name"],
        backend=TransformersBackend.name,
        config={"path": folder.name, "digest": checkpoint_digest(folder)},
        reduction=params["reduction"],
        objective=objective,
        facts=facts,
        problems={text.problem for text in train},
    )
    shutil.rmtree(work, ignore_errors=True)  # last: killed before, nothing is trained again
    return version


def _refuse_what_is_not_here(paths: Sequence[str]) -> None:
    for path in paths:
        if not Path(path).exists():
            raise NotHere(f"{path}: is not on this machine, where the training runs.")


def _refuse_what_could_not_be_registered(params: Mapping[str, Any]) -> None:
    """Hours before it would be."""
    name, reduction, objective = params["name"], params["reduction"], params["objective"]
    model_refuse(name=name, backend=TransformersBackend.name, reduction=reduction, objective=objective)


def _texts(dataset: Dataset) -> list[LabelledText]:
    """As few solutions as hold every label; an outcome model is labelled at a solution's last step alone."""
    paths = paths_of(merged(dataset.examples))
    if dataset.objective == Objective.OUTCOME:
        ends = {(problem, one.steps) for problem, one in dataset.verdicts}
        return [
            LabelledText(path.problem, path.steps, {len(path.steps) - 1: path.labels[len(path.steps) - 1]})
            for path in paths
            if (path.problem, path.steps) in ends
        ]
    return [LabelledText(path.problem, path.steps, path.labels) for path in paths]


def _key(params: Mapping[str, Any], base: str, data: str) -> str:
    told = json.dumps([params["name"], params["recipe"], base, data, params["objective"]], sort_keys=True)
    return sha256(told.encode()).hexdigest()[:_NAMED]


def _kept(model: Path, name: str) -> Path:
    """Move the checkpoint to its own name among the models; the same one once."""
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in name).lstrip(".")
    folder = TransformersBackend.folder / f"{safe}-{checkpoint_digest(model)[:_NAMED]}"
    if not folder.exists():
        os.rename(model, folder)
    return folder


def _held_figures(folder: Path, held: Sequence[LabelledText]) -> dict[str, Any]:
    """Of the problems that were not trained on, by the scores that the backend gives."""
    backend = TransformersBackend.from_config({"path": str(folder)})
    answers = backend.score([ScoringItem(text.problem, text.steps) for text in held])
    steps = [
        ScoredStep(text.problem, target >= _HALF, score)
        for text, scores in zip(held, answers, strict=True)
        if scores is not None
        for at, target in text.labels.items()
        if (score := scores[at]) is not None
    ]
    if not steps:
        return {"measured": "no problem was held back"}
    figures = step_figures(steps)
    told = {name: figures[name]["value"] for name in ("auc", "brier", "ece")}
    return {**told, "measured": f"{figures['steps']:,} steps of {figures['problems']:,} problems held back"}


def _code_version() -> str:
    sources = sorted((Path(__file__).parent / "checkpoints").glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:_NAMED]


def _told(version: ModelVersion) -> str:
    facts: Mapping[str, Any] = version.facts
    first, last = facts["losses"]
    return f"{version}: loss {first:.3f} to {last:.3f} in {facts['trained_steps']:,} steps, {facts['epochs']} epochs"
