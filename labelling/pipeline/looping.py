"""The loop closed once: labels out, a reward model trained on them, the pool scored anew, the next round opened.

Each stage is what its command does, and may be done again: the labels once written stay, the same labels train the same
version, scoring goes on where it was, and a round is opened only where none has come since the loop was begun.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.utils.translation import gettext as _

from exports.services import export_dataset
from labelling.jobs.models import UNFINISHED, Job, JobState
from labelling.jobs.services import Progress, job_create
from labelling.people.models import User
from labelling.prm.backends import BadConfig
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.backends.transformers import TransformersBackend
from labelling.prm.datasets import dataset_read
from labelling.prm.evaluating import CannotEvaluate, evaluations_store, samples_evaluate
from labelling.prm.evaluation.selection import NothingToChoose
from labelling.prm.models import ModelVersion, Objective, Reduction, RewardModel
from labelling.prm.pools import PoolScope
from labelling.prm.scoring import solutions_score
from labelling.prm.selectors import version_newest
from labelling.prm.services import ModelRefused, name_refuse
from labelling.prm.tasks import calling
from labelling.prm.training import dataset_facts, embedded_train
from labelling.prm.tuning import recipe_known, transformer_train, tuning_params
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import Campaign, ItemKind, ItemState, Round, RoundState
from labelling.rounds.publishing import campaign_locked
from labelling.rounds.services import RoundReport, round_close, round_open
from labelling.rounds.strategies import STRATEGIES

logger = logging.getLogger(__name__)

LOOP_KIND: Final = "next-round"
LOOP_TASK: Final = "labelling.pipeline.tasks.next_round"
SHARES: Final = {"export": 0, "train": 5, "score": 55, "evaluate": 80, "open": 95}  # per cent done when each begins
WHOLE: Final = 100
NEUTRAL: Final = "positive"
HOW: Final = {"strategy": "convincing-wrong", "per_problem": 2}  # where the round before says nothing

Tell = Callable[[int, int], None]


class LoopRefused(Exception):
    """The loop can't be closed now; the message says what is missing, and the mend."""


@dataclass(frozen=True)
class LoopPlan:
    """What closing the loop would do. ``model``: the name that learns; ``waiting``: items of the open round not done.

    ``also``: files that the model learnt from before and that are still there. ``lack``: why it can't be done, or "".
    """

    before: Round | None
    number: int
    model: str
    labels: int
    waiting: int
    also: tuple[str, ...]
    lack: str


def loop_plan(campaign: Campaign, model: str | None = None) -> LoopPlan:
    """What would be done now; a campaign's own model learns where its rounds' can't be trained here."""
    before = campaign.rounds.select_related("model_version__model").exclude(number__lt=0).first()
    name = model or _model_of(before, campaign)
    labels = annotations_current().filter(campaign=campaign, item__kind=ItemKind.NORMAL).count()
    waiting = 0
    if before is not None and before.state == RoundState.OPEN:
        waiting = before.items.filter(kind=ItemKind.NORMAL, state=ItemState.QUEUED).count()
    number = 1 if before is None else before.number + 1
    return LoopPlan(before, number, name, labels, waiting, _also(name), _lack(before, name, labels))


def _model_of(before: Round | None, campaign: Campaign) -> str:
    if before is not None and _learns(before.model_version.model):
        return before.model_version.model.name
    return f"{campaign.slug}-embedded"


def _learns(model: RewardModel) -> bool:
    """An embedded process model, or a transformer that ``train_prm`` has trained: the next version is made alike."""
    if model.objective != Objective.PROCESS:
        return False
    if model.backend == TransformersBackend.name:
        return recipe_known(version_newest(model.name)) is not None
    return model.backend == EmbeddedBackend.name


def _also(model: str) -> tuple[str, ...]:
    newest = version_newest(model)
    files = [] if newest is None else newest.facts.get("files", [])
    return tuple(name for name in files if Path(name).is_file() and not Path(name).is_relative_to(_folder()))


def _folder() -> Path:
    return Path(settings.VAR) / "loop"


def _lack(before: Round | None, name: str, labels: int) -> str:
    if before is None:
        return _("There has been no round yet: open the first one.")
    if not labels:
        return _("There are no labels yet for a model to learn from.")
    known = RewardModel.objects.filter(name=name).first()
    if known is None:
        return _unfit(name)
    if not _learns(known):
        return _("The model “%(name)s” can’t be trained here (backend %(backend)s): name another one.") % {
            "name": name,
            "backend": known.backend,
        }
    return ""


def _unfit(name: str) -> str:
    """Why a new model can't have the name; "" where nothing stands against it."""
    try:
        name_refuse(name)
    except ModelRefused as error:
        return str(error)
    return ""


def loops_of(campaign: Campaign) -> Any:
    return Job.objects.filter(kind=LOOP_KIND, params__campaign=campaign.slug)


@transaction.atomic
def loop_create(*, campaign: Campaign, model: str | None = None, close: bool = False, user: User | None = None) -> Job:
    """A job that closes the loop; the caller enqueues it. ``close``: the open round, though items of it wait.

    Raises LoopRefused.
    """
    campaign_locked(campaign)  # two at once: the second sees the first one's job
    plan = loop_plan(campaign, model)
    if plan.lack or plan.before is None:
        raise LoopRefused(plan.lack)
    if loops_of(campaign).filter(state__in=UNFINISHED).exists():
        raise LoopRefused(_("The next round is being made already."))
    if plan.waiting and not close:
        raise LoopRefused(
            _("%(n)s items of round %(number)s are not done: finish them, or say that it may be closed.")
            % {"n": intcomma(plan.waiting), "number": plan.before.number}
        )
    params = {"campaign": campaign.slug, "model": plan.model, "after": plan.before.number, "also": list(plan.also)}
    return job_create(kind=LOOP_KIND, task=LOOP_TASK, params=params, total=WHOLE, user=user, stoppable=True)


def loop_run(progress: Progress) -> None:
    """Do it, stage by stage; the round before stays open until the next can be opened."""
    params = progress.job.params
    campaign = Campaign.objects.get(slug=params["campaign"])
    before = campaign.rounds.select_related("model_version__model").get(number=params["after"])
    files = [*params["also"], str(_exported(campaign, progress))]
    version = _trained(files, params["model"], progress)
    tell = _teller(progress, "score")
    _helped_by_other_nodes(progress, version)
    report = calling(progress.job.pk, lambda done, total, _: tell(done, total))
    solutions_score(version=version, campaign=campaign.slug, report=report)
    _evaluated(campaign, [before.model_version, version], progress)
    _teller(progress, "open")(0, 1)
    opened = _opened(campaign, before, version)
    progress.report(done=WHOLE, total=WHOLE, message=_told(version, opened))


def _teller(progress: Progress, stage: str) -> Tell:
    """(done, total) of a stage as the job's per cent; the message is the stage's name, which the page translates."""
    names = list(SHARES)
    start = SHARES[stage]
    end = SHARES[names[names.index(stage) + 1]] if stage != names[-1] else WHOLE
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = start + round((end - start) * done / max(total, 1))
        if now != told:
            told = now
            progress.report(done=now, total=WHOLE, message=stage)

    tell(0, 1)
    return tell


def _helped_by_other_nodes(progress: Progress, version: ModelVersion) -> None:
    """Who hears the call for help reads here what to score with."""
    progress.job.params = {**progress.job.params, "version": version.pk}
    Job.objects.filter(pk=progress.job.pk).update(params=progress.job.params)


def _exported(campaign: Campaign, progress: Progress) -> Path:
    """What was written before a kill stays: other labels would begin a long training anew."""
    _teller(progress, "export")
    path = _folder() / campaign.slug / f"labels-{progress.job.pk}.jsonl"
    if path.is_file():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    output, slug = str(path), campaign.slug
    export_dataset(
        format="prm800k", output=output, campaign=slug, unfit="leave-out", card=False, force=True, truncate="yes"
    )
    return path


def _trained(files: list[str], name: str, progress: Progress) -> ModelVersion:
    tell = _teller(progress, "train")
    newest = version_newest(name)
    recipe = recipe_known(newest)
    if newest is not None and recipe is not None:
        reduction = newest.model.reduction
        params = tuning_params(files=files, name=name, recipe=recipe, neutral=NEUTRAL, reduction=reduction)
        return transformer_train(params, watch=lambda done, total, _: tell(done, total))
    dataset = dataset_read(files, neutral=NEUTRAL)
    return embedded_train(
        examples=dataset.examples,
        name=name,
        reduction=Reduction.PRODUCT if newest is None else newest.model.reduction,
        facts=dataset_facts(dataset, files=files, neutral=NEUTRAL),
        report=lambda stage, done, total: tell(done + (total if stage == "fitting" else 0), 2 * total),
    )


def _evaluated(campaign: Campaign, versions: list[ModelVersion], progress: Progress) -> None:
    """The old version and the new one on the campaign's pool; a pool that tells nothing holds no round up."""
    tell = _teller(progress, "evaluate")
    unlike = list(dict.fromkeys(versions))
    try:
        scope = PoolScope(campaign=campaign.slug)
        found = samples_evaluate(versions=unlike, scope=scope, watch=lambda _, done, total: tell(done, total))
    except (BadConfig, CannotEvaluate, NothingToChoose) as reason:
        logger.warning("The pool of %s was not evaluated on: %s", campaign.slug, reason)
        return
    evaluations_store(versions=unlike, found=found)


@transaction.atomic
def _opened(campaign: Campaign, before: Round, version: ModelVersion) -> RoundReport | None:
    """Close the round before and open the next as it was; where nothing can be queued, neither. None: done before."""
    campaign_locked(campaign)
    newest = campaign.rounds.latest("number")
    if newest.number > before.number:
        return None
    if newest.state == RoundState.OPEN:
        round_close(campaign=campaign)
    how = {key: before.params[key] for key in ("per_problem", "budget", "overlap") if key in before.params}
    hold = before.params.get("reference_hold", True)
    strategy = before.strategy if before.strategy in STRATEGIES else HOW["strategy"]
    return round_open(
        campaign=campaign,
        model_version=version,
        pool=before.pool,
        **{**HOW, **how, "strategy": strategy, "reference_hold": False if hold is None else hold},
    )


def _told(version: ModelVersion, opened: RoundReport | None) -> str:
    facts = version.facts
    trained = f"{version} learnt from {facts['steps']:,} steps of {facts['problems']:,} problems"
    return trained if opened is None else f"{trained}; round {opened.number} is open with {len(opened.picks):,} items"


def loop_made(newest: Round) -> bool:
    """Whether a loop has opened this round."""
    made: bool = loops_of(newest.campaign).filter(state=JobState.DONE, params__after=newest.number - 1).exists()
    return made


def loop_under_way(campaign: Campaign) -> Job | None:
    """The newest loop's job, where it is at work, or failed and no round has come since."""
    job: Job | None = loops_of(campaign).order_by("-pk").first()
    if job is None or job.unfinished:
        return job
    newest = campaign.rounds.order_by("-number").first()
    is_past = newest is not None and newest.number > job.params["after"]
    return job if job.state == JobState.FAILED and not is_past else None
