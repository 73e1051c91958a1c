"""The overview's panel of the next round: what making it would do, how far it is, or why it failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelling.dashboard.figures import Words
from labelling.jobs.models import Job
from labelling.pipeline.looping import LoopPlan, loop_made, loop_plan, loop_under_way
from labelling.prm.evaluation.drawing import told
from labelling.prm.models import Evaluation, EvaluationKind
from labelling.rounds.models import Campaign, Round
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
class Made:
    """What the last loop has made. ``best``: how often the best of ``size`` is right; ``before``: by the old one."""

    round: Round
    steps: int
    problems: int
    size: int = 0
    best: str = ""
    before: str = ""


@dataclass(frozen=True)
class LoopPanel:
    """``job``: at work, or failed with ``error``; else None. ``files``: names of what is learnt from again."""

    plan: LoopPlan
    job: Job | None
    stages: Sequence[Stage]
    error: str
    files: str
    how: str
    made: Made | None


def loop_panel(campaign: Campaign) -> LoopPanel:
    job, plan = loop_under_way(campaign), loop_plan(campaign)
    error = "" if job is None else job.why_failed
    files = ", ".join(Path(name).name for name in plan.also)
    made = None if job is not None or plan.before is None else _made(plan.before)
    return LoopPanel(plan, job, stages_of(job), error, files, _how(plan), made)


def _made(opened: Round) -> Made | None:
    if not loop_made(opened):
        return None
    facts = opened.model_version.facts
    steps, problems = facts.get("steps", 0), facts.get("problems", 0)
    measured = Evaluation.objects.filter(kind=EvaluationKind.BEST_OF_N)
    new = measured.filter(version=opened.model_version).order_by("-created_at").first()
    before = opened.campaign.rounds.filter(number=opened.number - 1).first()
    if new is None or before is None:
        return Made(opened, steps, problems)
    same = measured.filter(data_sha256=new.data_sha256, settings=new.settings)
    old = same.filter(version=before.model_version_id).exclude(pk=new.pk).first()
    if old is None:
        return Made(opened, steps, problems)
    return Made(opened, steps, problems, new.figures["sizes"][-1], _at_most(new), _at_most(old))


def _at_most(found: Evaluation) -> str:
    """At the largest N, by the model's own reduction."""
    return told(found.figures["ways"][found.figures["reduction"]]["value"][-1])


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
