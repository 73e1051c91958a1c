"""Changes to campaigns and rounds: making a campaign, opening and closing a round."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone

from labelling.jobs.copy import copy_rows
from labelling.prm.models import ModelVersion
from labelling.prm.selectors import scoring_under_way
from labelling.rounds.golds import items_of_golds
from labelling.rounds.models import (
    ONE_RATER,
    Campaign,
    GoldUse,
    Item,
    ItemKind,
    ItemState,
    Mode,
    Purpose,
    ReferenceHold,
    Round,
    RoundState,
)
from labelling.rounds.publishing import campaign_locked, guideline_default
from labelling.rounds.selectors import (
    candidates_by_problem,
    doubtful_answers,
    held_out_count,
    pool_lack,
    ungraded_exist,
)
from labelling.rounds.strategies import STRATEGIES, Agreement, Pick, reference_doubt, round_robin
from labelling.rounds.withdrawals import ROUND_CLOSED

MOST_OVERLAP = 20
LONGEST_POOL = 64  # characters, as the column has
# What a person may set, in the order of docs/campaigns.md; the slug never changes, as pools and memberships name it.
CONFIGURABLE: Final = tuple(
    one.name for one in Campaign._meta.concrete_fields if one.name not in ("id", "slug", "created_at")
)
ITEM_FIELDS = (
    *("round_id", "campaign_id", "kind", "state", "state_reason", "strategy", "strategy_version", "overlap"),
    *("held", "completed", "position", "solution_id", "verdict", "score", "rank"),
)


@transaction.atomic
def campaign_get_or_create(
    *, slug: str, name: str = "", changes: Mapping[str, Any] | None = None
) -> tuple[Campaign, bool]:
    """The campaign of that slug, made with the default guidelines where there is none; True where it was made.

    ``changes``: settings of a new one, by field name; one that is there keeps its own. Raises ``ValidationError`` for
    a slug that isn't one (letters, digits, ``-`` and ``_``; 64 at most), and for settings that can't be.
    """
    found = Campaign.objects.filter(slug=slug).first()
    if found is not None:
        return found, False
    validate_slug(slug)
    if len(slug) > (longest := Campaign._meta.get_field("slug").max_length or 0):
        raise ValidationError(f"The slug {slug[:20]}… is longer than {longest} characters.")
    campaign, created = Campaign.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if created:
        guideline_default(campaign=campaign)
        campaign = campaign_configure(campaign=campaign, changes=changes or {})
    return campaign, created


@transaction.atomic
def campaign_configure(*, campaign: Campaign, changes: Mapping[str, Any]) -> Campaign:
    """Change settings of a campaign, by field name. Raises ``ValidationError`` where they can't be, or not together."""
    found = campaign_locked(campaign)  # no round opens meanwhile
    for name, value in changes.items():
        if name not in CONFIGURABLE:
            raise ValidationError(f"{name} is no setting of a campaign.")
        setattr(found, name, value)
    found.full_clean()
    found.save(update_fields=list(changes))
    return found


class RoundRefused(Exception):
    """A round can't be opened or closed; the message says why, and the mend."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """How to pick, as the round keeps it in ``params``; ``reference_hold``: a share, None where nothing is held."""

    strategy: str
    per_problem: int
    budget: int | None
    reference_hold: float | None
    overlap: int


@dataclass(frozen=True)
class Held:
    """A problem kept out, and how many items it would have had."""

    problem_id: int
    agreement: Agreement
    items: int


@dataclass(frozen=True)
class RoundReport:
    """What was queued, in the queue's order, or (``round`` None) would be."""

    round: Round | None
    number: int
    model_version: ModelVersion
    picks: Sequence[Pick]
    held: Sequence[Held]
    cut: int
    notes: Sequence[str]
    golds: int = 0

    @property
    def problems(self) -> int:
        return len({pick.candidate.problem_id for pick in self.picks})


@transaction.atomic
def round_open(
    *,
    campaign: Campaign,
    model_version: ModelVersion,
    per_problem: int,
    strategy: str = "convincing-wrong",
    budget: int | None = None,
    reference_hold: bool | float = True,
    overlap: int | None = None,
    pool: str = "",
    dry_run: bool = False,
) -> RoundReport:
    """Pick and queue the campaign's next round, all or nothing. ``dry_run`` picks only.

    ``per_problem``: items a problem at most; ``budget``: items in all; ``overlap``: raters an item (the campaign's).
    ``pool``: the raters whom the round is for; empty: all of the campaign.
    ``reference_hold``: the share of samples that must agree on an answer graded wrong for their problem to be held
    (True: the setting's), or False. Raises RoundRefused. Two at once: the second waits, and is then refused.
    """
    campaign = campaign_locked(campaign)
    request = Request(
        strategy=strategy,
        per_problem=per_problem,
        budget=budget,
        reference_hold=_share(reference_hold),
        overlap=campaign.overlap if overlap is None else overlap,
    )
    _check(campaign, request)
    if len(pool) > LONGEST_POOL:
        raise RoundRefused(f"--pool: the name of a pool has {LONGEST_POOL} characters at most.")
    number = _next_number(campaign)
    picked = _pick(campaign, model_version, request)
    held = _hold(picked, model_version, request.reference_hold)
    left = [pick for problem_id, picks in picked.items() if problem_id not in held for pick in picks]
    queue = round_robin(left, seed=number, budget=budget)
    if not queue:
        raise RoundRefused(_why_nothing(campaign, model_version, strategy, held))
    notes = _notes(campaign, model_version)
    opened, golds = None, 0
    if not dry_run:
        opened = _round(campaign, number, model_version, request, pool)
        _store(opened, queue, held, overlap=request.overlap)
        golds = len(items_of_golds(opened=opened)) if campaign.mode != Mode.ALTERNATIVES else 0
    cut = len(left) - len(queue)
    return RoundReport(opened, number, model_version, queue, list(held.values()), cut, notes, golds)


def _share(reference_hold: bool | float) -> float | None:
    if reference_hold is True:
        return float(settings.REFERENCE_HOLD_SHARE)
    return None if reference_hold is False else float(reference_hold)


def _check(campaign: Campaign, request: Request) -> None:
    share, budget = request.reference_hold, request.budget
    for what, value, fine, mend in (
        ("per-problem", request.per_problem, request.per_problem >= 1, "1 or more"),
        ("budget", budget, budget is None or budget >= 1, "1 or more, or left out"),
        ("overlap", request.overlap, 1 <= request.overlap <= MOST_OVERLAP, f"from 1 to {MOST_OVERLAP}"),
        ("reference-hold-share", share, share is None or 0 < share <= 1, "above 0, and 1 at most"),
    ):
        if not fine:
            raise RoundRefused(f"--{what} is {value}: it must be {mend}.")
    if campaign.mode == Mode.ALTERNATIVES and request.overlap != 1:
        raise RoundRefused(f"--overlap is {request.overlap}: {ONE_RATER}")
    if campaign.mode == Mode.ALTERNATIVES and request.per_problem != 1:
        raise RoundRefused(
            f"--per-problem is {request.per_problem}: in alternatives mode an item is a problem, so it must be 1."
        )
    if request.strategy not in STRATEGIES:
        raise RoundRefused(f"There is no strategy '{request.strategy}'; there are: {', '.join(sorted(STRATEGIES))}.")


def _next_number(campaign: Campaign) -> int:
    running = campaign.rounds.filter(state=RoundState.OPEN).first()
    if running is not None:
        raise RoundRefused(
            f"Round {running.number} of '{campaign.slug}' is open, and a campaign has one at a time: "
            f"close it with `manage.py close_round {campaign.slug}`."
        )
    newest = campaign.rounds.first()
    return 1 + (max(newest.number, 0) if newest else 0)


def _pick(campaign: Campaign, version: ModelVersion, request: Request) -> dict[int, list[Pick]]:
    strategy, most = STRATEGIES[request.strategy], request.per_problem
    need = strategy.needs(per_problem=most)
    pool = candidates_by_problem(campaign=campaign, version=version, need=need)
    picked = {problem_id: strategy.pick(candidates, per_problem=most) for problem_id, candidates in pool}
    return {problem_id: picks for problem_id, picks in picked.items() if picks}


def _hold(picked: dict[int, list[Pick]], version: ModelVersion, share: float | None) -> dict[int, Held]:
    """Only problems that would have items are looked at: the others are not served anyway."""
    if share is None or not picked:
        return {}
    held = {}
    for problem_id, counts in doubtful_answers(problem_ids=picked, version=version, share=share):
        agreement = reference_doubt(counts, share=share)
        if agreement is not None:
            held[problem_id] = Held(problem_id, agreement, len(picked[problem_id]))
    return held


def _why_nothing(campaign: Campaign, version: ModelVersion, strategy: str, held: dict[int, Held]) -> str:
    if held:
        return (
            f"All {len(held)} problems with candidates are held to have their reference answers checked: "
            "check them, or queue them as they are with --no-reference-hold."
        )
    lack = pool_lack(campaign=campaign, version=version)
    return lack or (
        f"'{strategy}' finds nothing more to queue in the pool of '{campaign.slug}': what it would pick "
        "has been queued before, or there is none. Import more samples, and score them."
    )


def _notes(campaign: Campaign, version: ModelVersion) -> list[str]:
    notes = []
    held_out = held_out_count(campaign)
    if held_out and campaign.purpose != Purpose.EVALUATION:
        notes.append(f"{held_out:,} held-out problems in the pool were left out: they are for evaluation only.")
    if ungraded_exist(campaign):
        notes.append(
            "Some solutions of the pool are not graded: they were not considered. Their problems have no reference "
            "answer, or `manage.py grade_solutions` is yet to be run."
        )
    job = scoring_under_way(version)
    if job is not None:
        notes.append(f"{version} is still scoring (job {job.pk}): what it has not scored yet was not considered.")
    golds = campaign.golds.filter(use=GoldUse.GOLD, active=True).count()
    if golds and campaign.mode == Mode.ALTERNATIVES:
        notes.append("Its golds are not mixed in: gold is judged by the first error of a given solution.")
    elif 0 < golds < campaign.gold_per_round:
        notes.append(f"Only {golds:,} golds are there for the {campaign.gold_per_round} that a round should mix in.")
    return notes


def _round(campaign: Campaign, number: int, version: ModelVersion, request: Request, pool: str) -> Round:
    strategy = STRATEGIES[request.strategy]
    return campaign.rounds.create(
        number=number,
        strategy=strategy.name,
        strategy_version=strategy.version,
        params=asdict(request),
        model_version=version,
        pool=pool,
    )


def _store(opened: Round, queue: Sequence[Pick], held: dict[int, Held], *, overlap: int) -> None:
    ReferenceHold.objects.bulk_create(
        ReferenceHold(round=opened, problem_id=one.problem_id, answer=one.agreement.answer, share=one.agreement.share)
        for one in held.values()
    )
    kind, state = ItemKind.NORMAL.value, ItemState.QUEUED.value
    same = (opened.pk, opened.campaign_id, kind, state, "", opened.strategy, opened.strategy_version, overlap, 0, 0)
    rows = (
        (*same, position, pick.candidate.solution_id, pick.candidate.verdict, pick.candidate.score, pick.rank)
        for position, pick in enumerate(queue)
    )
    copy_rows(Item, ITEM_FIELDS, rows)


@transaction.atomic
def round_close(*, campaign: Campaign) -> Round:
    """Close the campaign's open round: nothing more is served from it; leased items may still be submitted.

    Items that nobody has touched are withdrawn, so that a later round may pick their solutions again.

    Raises RoundRefused where none is open.
    """
    campaign = campaign_locked(campaign)
    running = campaign.rounds.filter(state=RoundState.OPEN).first()
    if running is None:
        raise RoundRefused(
            f"No round of '{campaign.slug}' is open: "
            f"open one with `manage.py open_round {campaign.slug} --strategy convincing-wrong --per-problem K`."
        )
    running.state, running.closed_at = RoundState.CLOSED, timezone.now()
    running.save(update_fields=["state", "closed_at"])
    running.items.filter(state=ItemState.QUEUED, held=0, completed=0).update(
        state=ItemState.WITHDRAWN, state_reason=ROUND_CLOSED
    )
    return running
