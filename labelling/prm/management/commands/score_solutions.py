"""``manage.py score_solutions --model NAME``: queue scoring by a reward model; ``--list`` shows which there are."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.corpus.models import PoolEntry
from labelling.jobs.services import job_stop
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait
from labelling.prm.backends import BACKENDS, BadConfig
from labelling.prm.models import ModelVersion, Reduction
from labelling.prm.selectors import SCORE_KIND, scorer_is_recorded, scorers_recorded, version_newest, versions_known
from labelling.prm.services import ModelRefused, model_register, scoring_create


class Command(BaseCommand):
    help = "Queue the scoring of every solution that has no score by the model's version yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--model", metavar="NAME", help="a registered model, or a scorer whose scores were imported"
        )
        parser.add_argument("--backend", choices=sorted(BACKENDS), help="register the model (or a new version) with it")
        parser.add_argument("--config", metavar="JSON", help="the backend's configuration, a JSON object")
        parser.add_argument("--reduction", choices=Reduction.values, help="steps to solution score (default: product)")
        parser.add_argument("--campaign", metavar="SLUG", help="only the problems in that campaign's pool")
        parser.add_argument("--wait", action="store_true", help="show progress until it is done")
        parser.add_argument("--stop", metavar="JOB", type=int, help="stop that job; the scores that it has made stay")
        parser.add_argument("--list", action="store_true", help="list models and recorded scorers, and score nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write(_known())
            return
        if options["stop"] is not None:
            self._stop(options["stop"])
            return
        campaign = options["campaign"]
        if campaign is not None and not PoolEntry.objects.filter(campaign=campaign).exists():
            raise CommandError(
                f"The campaign '{campaign}' has no pool: manage.py import_solutions --campaign fills one."
            )
        version = self._version(options)
        job, created = scoring_create(version=version, campaign=campaign)
        job_enqueue(job)
        self.stdout.write(f"Job {job.pk} {'scores' if created else 'was queued before and scores'} with {version}.")
        if options["wait"]:
            job_wait(job.pk, console_on(self.stdout))

    def _stop(self, job: int) -> None:
        if not job_stop(job_id=job, kind=SCORE_KIND):
            raise CommandError(f"Job {job} is no scoring job that waits or runs.")
        self.stdout.write(f"Job {job} is stopped. Queueing the same again goes on where it was.")

    def _version(self, options: dict[str, Any]) -> ModelVersion:
        name: str | None = options["model"]
        if not name:
            raise CommandError(f"Name a model: --model NAME.\n{_known()}")
        backend, config = options["backend"], _config(options["config"])
        newest = version_newest(name)
        if backend is None and newest is not None:
            return self._registered(newest, config, options["reduction"])
        if backend is None:
            return self._recorded(name, config, options["reduction"])
        reduction = options["reduction"] or (newest.model.reduction if newest else Reduction.PRODUCT)
        return _register(name=name, backend=backend, config=config or {}, reduction=reduction)

    def _registered(self, newest: ModelVersion, config: dict[str, Any] | None, reduction: str | None) -> ModelVersion:
        model = newest.model
        wanted = newest.config if config is None else config
        return _register(name=model.name, backend=model.backend, config=wanted, reduction=reduction or model.reduction)

    def _recorded(self, name: str, config: dict[str, Any] | None, reduction: str | None) -> ModelVersion:
        if config is not None or not scorer_is_recorded(name):
            raise CommandError(
                f"There is no model '{name}', nor were step scores by that name imported: "
                f"name one of those below, or register it with --backend and --config.\n{_known()}"
            )
        version = _register(
            name=name, backend="recorded", config={"scorer": name}, reduction=reduction or Reduction.PRODUCT
        )
        self.stdout.write(
            f"Registered the model '{name}': it serves the step scores of '{name}' imported with the samples, "
            f"reduced by {version.model.reduction}."
        )
        return version


def _register(*, name: str, backend: str, config: dict[str, Any], reduction: str) -> ModelVersion:
    try:
        return model_register(name=name, backend=backend, config=config, reduction=reduction)[1]
    except (BadConfig, ModelRefused) as error:
        raise CommandError(str(error)) from error


def _config(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        config = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--config is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise CommandError('--config takes a JSON object, such as {"scorer": "qwen_prm"}.')
    return config


def _known() -> str:
    models = [
        f"  {version} (backend {version.model.backend}, {version.model.reduction}, {json.dumps(version.config)})"
        for version in versions_known()
    ]
    scorers = [f"  {scorer} ({count:,} solutions)" for scorer, count in scorers_recorded()]
    return "\n".join(
        ["Models:", *(models or ["  none yet"]), "Scorers with imported step scores:", *(scorers or ["  none yet"])]
    )
