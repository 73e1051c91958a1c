"""The overview's panel of the next round: what making it would do, how far it is, or why it failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelling.dashboard.figures import Words
from labelling.jobs.models import Job, JobState
from labelling.pipeline.looping import LoopPlan, loop_plan, loop_under_way
from labelling.rounds.models import Campaign
from labelling.rounds.strategies import STRATEGIES

STAGES: Final[dict[str, Words]] = {
    "export": gettext_lazy("Writing the labels to a file"),
    "train": gettext_lazy("Training the model"),
    "score": gettext_lazy("Scoring the pool"),
    "evaluate": gettext_lazy("Evaluating, old and new"),
    "open": gettext_lazy("Opening the round"),
}


@dataclass(frozen=True)
class Stage:
    """``state``: done, now, or empty for what is to come."""

    key: str
    name: Words
    state: str


@dataclass(frozen=True)
class LoopPanel:
    """``job``: at work, or failed with ``error``; else None. ``files``: names of what is learnt from again."""

    plan: LoopPlan
    job: Job | None
    stages: Sequence[Stage]
    error: str
    files: str
    how: str


def loop_panel(campaign: Campaign) -> LoopPanel:
    job, plan = loop_under_way(campaign), loop_plan(campaign)
    failed = job is not None and job.state == JobState.FAILED
    error = job.error.partition(": ")[2] or job.error if job is not None and failed else ""
    files = ", ".join(Path(name).name for name in plan.also)
    return LoopPanel(plan, job, stages_of(job), error, files, _how(plan))


def stages_of(job: Job | None) -> list[Stage]:
    """In order; the first is under way while the job waits for a worker."""
    names = list(STAGES)
    at = names.index(job.message) if job is not None and job.message in STAGES else 0
    return [
        Stage(key, name, "done" if place < at else "now" if place == at else "")
        for place, (key, name) in enumerate(STAGES.items())
    ]


def _how(plan: LoopPlan) -> str:
    """How the round before was picked, as the next one will be."""
    if plan.before is None:
        return ""
    params = plan.before.params
    strategy = plan.before.strategy if plan.before.strategy in STRATEGIES else "convincing-wrong"
    if params.get("budget") is None:
        return _("%(strategy)s, %(n)s a problem") % {"strategy": strategy, "n": params.get("per_problem", 2)}
    return _("%(strategy)s, %(n)s a problem, %(budget)s items at most") % {
        "strategy": strategy,
        "n": params["per_problem"],
        "budget": params["budget"],
    }
