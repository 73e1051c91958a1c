"""``manage.py train_prm DATASET… --name NAME``: train a reward model on labelled rows and register it."""

from argparse import ArgumentParser
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from labelling.jobs.services import job_stop
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait
from labelling.prm.backends import BadConfig
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.backends.transformers import TransformersBackend
from labelling.prm.checkpoints.recipe import Recipe
from labelling.prm.datasets import Dataset, NothingToRead, dataset_read
from labelling.prm.embedded.training import TooFewLabels
from labelling.prm.models import ModelVersion, Objective, Reduction
from labelling.prm.rows.base import NEUTRAL
from labelling.prm.services import ModelRefused
from labelling.prm.training import dataset_facts, embedded_train
from labelling.prm.tuning import TRAIN_KIND, tuning_create, tuning_params

TRAINABLE = (EmbeddedBackend.name, TransformersBackend.name)
_SHOWN = 10  # bad lines
_SEEDS = 2**32  # NumPy's and torch's
_RECIPE = ("epochs", "rate", "batch", "tokens", "patience", "checkpoint_steps", "seed")


class Command(BaseCommand):
    help = (
        "Train a reward model and register it as a model's new version: a process model on PRM800K, TRL or "
        "ProcessBench rows, an outcome model on orm or best-of-n rows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("datasets", nargs="*", metavar="DATASET", help="labelled rows, by export_dataset")
        parser.add_argument("--name", help="the reward model's name; a new version where it is known")
        parser.add_argument("--backend", choices=TRAINABLE, default="embedded")
        parser.add_argument("--objective", choices=Objective.values, default=Objective.PROCESS.value)
        parser.add_argument(
            "--neutral", choices=NEUTRAL, default="positive", help="what a rating of 0 in PRM800K rows counts as"
        )
        reductions = f"default: {Reduction.PRODUCT}; {Reduction.LAST} of an outcome model"
        parser.add_argument("--reduction", choices=Reduction.values, help=reductions)
        parser.add_argument("--seed", type=int, default=0)
        usual = Recipe(base="")
        tuning = parser.add_argument_group("--backend transformers", "fine-tunes on the worker (queue prm), as a job")
        tuning.add_argument("--base", metavar="FOLDER", help="the model to begin from, where the worker reads it")
        tuning.add_argument("--epochs", type=float, default=usual.epochs)
        tuning.add_argument("--rate", type=float, default=usual.rate, help="learning rate")
        tuning.add_argument("--batch", type=int, default=usual.batch, help="solutions a step")
        tuning.add_argument("--tokens", type=int, default=usual.tokens, help="of a solution at most")
        tuning.add_argument(
            "--patience", type=int, default=usual.patience, help="looks without progress before it ends"
        )
        tuning.add_argument("--checkpoint-steps", type=int, default=usual.checkpoint_steps, help="between two looks")
        tuning.add_argument("--wait", action="store_true", help="show progress until it is done")
        tuning.add_argument("--stop", metavar="JOB", type=int, help="stop that job; its checkpoints stay")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop"] is not None:
            self._stop(options["stop"])
            return
        if not options["datasets"] or not options["name"]:
            raise CommandError("Name the labelled rows and the model: train_prm DATASET… --name NAME.")
        if not 0 <= options["seed"] < _SEEDS:
            raise CommandError(f"--seed must be from 0 to {_SEEDS - 1:,}, not {options['seed']}.")
        if options["backend"] == TransformersBackend.name:
            self._queue(options)
            return
        with self._bars() as bars:
            dataset = self._read(bars, options)
            version = self._train(bars, dataset, options)
        self.stdout.write(_told(version))

    def _queue(self, options: dict[str, Any]) -> None:
        """Fine-tuning takes hours and a GPU: a job. What can be seen to be wrong here is refused here."""
        if not options["base"]:
            raise CommandError("--backend transformers needs --base FOLDER: the model to begin from.")
        for name in _RECIPE[:-1]:
            if not 0 < options[name] < inf:
                raise CommandError(f"--{name.replace('_', '-')} must be above 0, not {options[name]}.")
        missing = [name for name in options["datasets"] if not Path(name).is_file()]
        if missing:
            raise CommandError(f"{missing[0]}: no such file")
        base = Path(options["base"])
        recipe = Recipe(
            base=str(base.resolve()) if base.exists() else options["base"],
            **{name: options[name] for name in _RECIPE},
        )
        params = tuning_params(
            files=options["datasets"],
            name=options["name"],
            recipe=recipe,
            neutral=options["neutral"],
            objective=options["objective"],
            reduction=options["reduction"] or _reduction(options["objective"]),
        )
        try:
            job, created = tuning_create(params)
        except ModelRefused as error:
            raise CommandError(str(error)) from error
        job_enqueue(job)
        self.stdout.write(f"Job {job.pk} trains {options['name']} {'' if created else 'already '}on the queue prm.")
        if options["wait"]:
            job_wait(job.pk, console_on(self.stdout))

    def _stop(self, job: int) -> None:
        if not job_stop(job_id=job, kind=TRAIN_KIND):
            raise CommandError(f"Job {job} is no training that waits or runs.")
        self.stdout.write(f"Job {job} is stopped. Queueing the same again goes on from its last checkpoint.")

    def _bars(self) -> Progress:
        console = console_on(self.stdout)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        return Progress(*columns, console=console, disable=not console.is_terminal)

    def _read(self, bars: Progress, options: dict[str, Any]) -> Dataset:
        task = bars.add_task("reading")
        try:
            dataset = dataset_read(
                options["datasets"],
                neutral=options["neutral"],
                objective=options["objective"],
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
        except NothingToRead as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_read_told(dataset, options["neutral"]))
        for name, number, reason in dataset.bad[:_SHOWN]:
            self.stderr.write(f"{name}, line {number}: {reason}")
        if len(dataset.bad) > _SHOWN:
            self.stderr.write(f"… and {len(dataset.bad) - _SHOWN:,} more bad lines.")
        return dataset

    def _train(self, bars: Progress, dataset: Dataset, options: dict[str, Any]) -> ModelVersion:
        stages: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            task = stages.get(stage)
            stages[stage] = bars.add_task(stage) if task is None else task
            bars.update(stages[stage], completed=done, total=total)

        try:
            return embedded_train(
                examples=dataset.examples,
                name=options["name"],
                reduction=options["reduction"] or _reduction(options["objective"]),
                objective=options["objective"],
                seed=options["seed"],
                facts=dataset_facts(dataset, files=options["datasets"], neutral=options["neutral"]),
                report=report,
            )
        except TooFewLabels as error:
            raise CommandError(f"{error}{_hint(dataset)}") from error
        except (BadConfig, ModelRefused) as error:
            raise CommandError(str(error)) from error


def _reduction(objective: str) -> str:
    """An outcome model judges the solution up to a step, so its last step's score is the solution's."""
    return Reduction.LAST if objective == Objective.OUTCOME else Reduction.PRODUCT


def _hint(dataset: Dataset) -> str:
    """Rows of the other objective's kind hold labels, but none of these."""
    if dataset.examples or not dataset.rows:
        return ""
    if dataset.objective == Objective.OUTCOME:
        return " --objective outcome learns from verdicts (orm and best-of-n rows): leave it out for rated steps."
    return " Where rows say only whether the final answer is right (orm and best-of-n rows), say --objective outcome."


def _read_told(dataset: Dataset, neutral: str) -> str:
    outcome = dataset.objective == Objective.OUTCOME
    how = "steps labelled by the final answer" if outcome else f"rated steps (neutral counts as {neutral})"
    parts = [f"{dataset.rows:,} rows, {len(dataset.examples):,} {how}"]
    parts += [f"{count:,} rows left out: {why}" for why, count in sorted(dataset.left_out.items())]
    if dataset.held_out:
        parts.append(f"{len(dataset.held_out):,} held-out problems refused")
    if dataset.bad:
        parts.append(f"{len(dataset.bad):,} bad lines")
    return "; ".join(parts) + "."


def _told(version: ModelVersion) -> str:
    facts = version.facts
    return (  # a step that several have rated, or that several rows share, is one
        f"{version}: {facts['kind']} on {facts['steps']:,} different steps of {facts['problems']:,} problems in "
        f"{facts['seconds']} s. AUC {facts['auc']:.3f}, ECE {facts['ece']:.3f} ({facts['measured']}).\n"
        f"data {facts['data_sha256'][:12]}, features {facts['feature_version']}, code {facts['code_version']}. "
        f"Score with it: manage.py score_solutions --model {version.model.name} --wait"
    )
