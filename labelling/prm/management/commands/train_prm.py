"""``manage.py train_prm DATASET… --name NAME``: train a reward model on labelled rows and register it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from labelling.jobs.terminal import console_on
from labelling.prm.backends import BadConfig
from labelling.prm.datasets import Dataset, NothingToRead, dataset_read
from labelling.prm.embedded.training import TooFewLabels
from labelling.prm.models import ModelVersion, Objective, Reduction
from labelling.prm.rows.base import NEUTRAL
from labelling.prm.services import ModelRefused
from labelling.prm.training import dataset_facts, embedded_train

TRAINABLE = ("embedded",)
_SHOWN = 10  # bad lines


class Command(BaseCommand):
    help = (
        "Train a reward model and register it as a model's new version: a process model on PRM800K, TRL or "
        "ProcessBench rows, an outcome model on orm or best-of-n rows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("datasets", nargs="+", metavar="DATASET", help="labelled rows, by export_dataset")
        parser.add_argument("--name", required=True, help="the reward model's name; a new version where it is known")
        parser.add_argument("--backend", choices=TRAINABLE, default="embedded")
        parser.add_argument("--objective", choices=Objective.values, default=Objective.PROCESS.value)
        parser.add_argument(
            "--neutral", choices=NEUTRAL, default="positive", help="what a rating of 0 in PRM800K rows counts as"
        )
        reductions = f"default: {Reduction.PRODUCT}; {Reduction.LAST} of an outcome model"
        parser.add_argument("--reduction", choices=Reduction.values, help=reductions)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        with self._bars() as bars:
            dataset = self._read(bars, options)
            version = self._train(bars, dataset, options)
        self.stdout.write(_told(version))

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
        except (BadConfig, ModelRefused, TooFewLabels) as error:
            raise CommandError(str(error)) from error


def _reduction(objective: str) -> str:
    """An outcome model judges the solution up to a step, so its last step's score is the solution's."""
    return Reduction.LAST if objective == Objective.OUTCOME else Reduction.PRODUCT


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
    return (
        f"{version}: {facts['kind']} on {facts['steps']:,} steps of {facts['problems']:,} problems in "
        f"{facts['seconds']} s. AUC {facts['auc']:.3f}, ECE {facts['ece']:.3f} ({facts['measured']}).\n"
        f"data {facts['data_sha256'][:12]}, features {facts['feature_version']}, code {facts['code_version']}. "
        f"Score with it: manage.py score_solutions --model {version.model.name} --wait"
    )
