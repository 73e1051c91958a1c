"""The lead's figures, summed up in SQL: a fixed number of queries, however large a campaign is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Aggregate,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    FloatField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exports.selectors import label_counts
from labelling.corpus.models import PoolEntry, Solution
from labelling.dashboard.figures import (
    CampaignLine,
    DropFigures,
    HoldFigures,
    JobFigures,
    Mix,
    Overview,
    Part,
    Pool,
    RaterFigures,
    RoundFigures,
    columns_of,
    job_pace,
)
from labelling.dashboard.loop import STAGES
from labelling.dashboard.quality import paused_raters
from labelling.dashboard.questions import open_questions
from labelling.dashboard.references import cases, open_holds
from labelling.jobs.models import UNFINISHED, Job, JobState
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.selectors import campaigns_with_role, rates_in
from labelling.pipeline.looping import LOOP_KIND
from labelling.rating.models import Annotation, Assignment, AssignmentState, Standing
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import Campaign, Item, ItemKind, ItemState, ReferenceHold, Round, RoundState

HOLDS_SHOWN: Final = 20
DROPS_SHOWN: Final = 10
JOBS_SHOWN: Final = 20
FAILED_FOR: Final = timedelta(days=1)  # how long a failed job stays in sight
ENDED_FOR: Final = timedelta(minutes=10)  # and one that is done or was stopped

LABELS: Final = (
    ("positive", _("Positive"), "positive"),
    ("neutral", _("Neutral"), "neutral"),
    ("negative", _("Negative"), "negative"),
    ("flagged", _("Unsure, not rated"), "warn"),
)
FINISH_REASONS: Final = (
    ("found_error", _("Found an error"), "negative"),
    ("solution", _("No error"), "positive"),
    ("give_up", _("Gave up"), "warn"),
    ("bad_problem", _("Bad problem"), "neutral"),
)
VERDICTS: Final = (
    ("right", _("Right"), "positive"),
    ("wrong", _("Wrong"), "negative"),
    ("undecided", _("Undecided"), "warn"),
    (None, _("Not graded"), "open"),
)


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _mix(kinds: tuple[tuple[Any, Any, str], ...], counts: Mapping[Any, int]) -> Mix:
    return Mix(tuple(Part(label, counts.get(key, 0), tone) for key, label, tone in kinds))


def _progress(*, done: int, leased: int, waiting: int, dropped: int) -> Mix:
    """Dropped items only where there are any: most campaigns drop none."""
    parts = [
        Part(_("Done"), done, "positive"),
        Part(_("In hand"), leased, "accent"),
        Part(_("Waiting"), waiting, "open"),
    ]
    return Mix((*parts, Part(_("Dropped"), dropped, "warn")) if dropped else tuple(parts))


def _today() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


# Gold stays in the queue for every rater, and is none of the round's work.
NORMAL: Final = Q(items__kind=ItemKind.NORMAL)
QUEUED: Final = NORMAL & Q(items__state=ItemState.QUEUED)
ITEM_COUNTS: Final = {
    "done": Count("items", filter=NORMAL & Q(items__state=ItemState.DONE)),
    "leased": Count("items", filter=QUEUED & Q(items__held__gt=0)),
    "waiting": Count("items", filter=QUEUED & Q(items__held=0)),
    "withdrawn": Count("items", filter=NORMAL & Q(items__state=ItemState.WITHDRAWN)),
    "dropped": Count("items", filter=NORMAL & Q(items__state=ItemState.DROPPED)),
    "depth": Coalesce(
        Sum(F("items__overlap") - F("items__held") - F("items__completed"), filter=QUEUED & Q(state=RoundState.OPEN)), 0
    ),
}


def _labels() -> QuerySet[Annotation, Annotation]:
    """The annotations that stand, but for those that measure raters: gold and screening."""
    return annotations_current().filter(item__kind=ItemKind.NORMAL)


LATE: Final = Q(late=True) | Q(assignment__state=AssignmentState.LATE)


# --- the list ------------------------------------------------------------------------------------------------------
def campaign_lines(user: User) -> list[CampaignLine]:
    """The campaigns that the user leads, by name: two queries, however many there are."""
    led = campaigns_with_role(user, [Role.LEAD])
    campaigns = Campaign.objects.all() if EVERY_CAMPAIGN in led else Campaign.objects.filter(slug__in=led)
    annotations = _labels().filter(campaign=OuterRef("pk")).order_by().values("campaign")
    rows = campaigns.annotate(
        annotations=Coalesce(Subquery(annotations.annotate(n=Count("pk")).values("n")), 0),
        today=Coalesce(Subquery(annotations.filter(created_at__gte=_today()).annotate(n=Count("pk")).values("n")), 0),
    ).values("pk", "slug", "name", "annotations", "today")
    rounds = Round.objects.filter(campaign__in=campaigns, state=RoundState.OPEN).annotate(**ITEM_COUNTS).order_by()
    open_rounds = {one.campaign_id: one for one in rounds}
    return [_line(row, open_rounds.get(row["pk"])) for row in rows]


def _line(row: Mapping[str, Any], opened: Any) -> CampaignLine:
    counts = {name: getattr(opened, name, 0) for name in ("done", "leased", "waiting", "dropped")}
    return CampaignLine(
        slug=row["slug"],
        name=row["name"],
        round=opened.number if opened else None,
        progress=_progress(**counts),
        annotations=row["annotations"],
        today=row["today"],
    )


# --- one campaign --------------------------------------------------------------------------------------------------
def overview(campaign: Campaign) -> Overview:
    """Everything on the campaign's page."""
    rounds = _rounds(campaign)
    current = next((one for one in rounds if one.open), rounds[0] if rounds else None)
    annotations = _labels().filter(campaign=campaign)
    finished = {
        row["finish_reason"]: row
        for row in annotations.values("finish_reason").annotate(
            count=Count("pk"), late=Count("pk", filter=LATE), simulated=Count("pk", filter=Q(simulated=True))
        )
    }
    errors = annotations.exclude(first_error=None).values_list("first_error").annotate(count=Count("pk")).order_by()
    return Overview(
        round=current,
        progress=_progress(
            done=current.done if current else 0,
            leased=current.leased if current else 0,
            waiting=current.waiting if current else 0,
            dropped=current.dropped if current else 0,
        ),
        rounds=rounds,
        annotations=sum(row["count"] for row in finished.values()),
        late=sum(row["late"] for row in finished.values()),
        simulated=sum(row["simulated"] for row in finished.values()),
        labels=_mix(LABELS, label_counts(annotations)),
        finish_reasons=_mix(FINISH_REASONS, {reason: row["count"] for reason, row in finished.items()}),
        first_errors=columns_of({step: count for step, count in errors if step is not None}),
        raters=_raters(campaign),
        drops=_drops(campaign, current),
        holds=_holds(campaign, current),
        to_check=len(cases(campaign)),
        questions=open_questions(campaign).count(),
        jobs=job_figures(campaign),
        pool=_pool(campaign),
        paused=paused_raters(campaign),
    )


def _rounds(campaign: Campaign) -> list[RoundFigures]:
    holds = ReferenceHold.objects.filter(round=OuterRef("pk")).order_by().values("round").annotate(n=Count("pk"))
    found = (
        Round.objects.filter(campaign=campaign)
        .select_related("model_version__model")
        .annotate(
            **ITEM_COUNTS,
            hold_count=Coalesce(Subquery(holds.values("n")), 0),
            simulated=Exists(Annotation.objects.filter(round=OuterRef("pk"), simulated=True)),
        )
        .order_by("-number")
    )
    return [_round_figures(one) for one in found]


def _round_figures(found: Any) -> RoundFigures:
    return RoundFigures(
        number=found.number,
        open=found.state == RoundState.OPEN,
        strategy=found.strategy,
        model=str(found.model_version),
        items=found.done + found.leased + found.waiting + found.dropped,
        done=found.done,
        leased=found.leased,
        waiting=found.waiting,
        withdrawn=found.withdrawn,
        dropped=found.dropped,
        holds=found.hold_count,
        depth=found.depth,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        simulated=found.simulated,
    )


def _raters(campaign: Campaign) -> list[RaterFigures]:
    """The campaign's raters, and whoever else has leased there; the busiest first."""
    worked = Assignment.objects.filter(rater=OuterRef("pk"), campaign=campaign)
    # As annotations_current has it: a void leaves its mark on the lease too.
    stands = Q(lease__annotations__replaced_by=None, lease__item__kind=ItemKind.NORMAL) & ~Q(
        lease__state=AssignmentState.VOIDED
    )
    rows = (
        User.objects.filter(rates_in(campaign.slug) | Exists(worked))
        .annotate(lease=FilteredRelation("assignments", condition=Q(assignments__campaign=campaign)))
        .annotate(
            total=Count("lease__annotations", filter=stands),
            today=Count("lease__annotations", filter=stands & Q(lease__annotations__created_at__gte=_today())),
            median=Median("lease__annotations__total_time", filter=stands),
            made_up=Exists(Standing.objects.filter(rater=OuterRef("pk"), campaign=campaign, simulated=True)),
            seen=Greatest(
                Max("lease__leased_at"), Max("lease__draft__updated_at"), Max("lease__annotations__created_at")
            ),
        )
        .order_by("-total", "username")
        .values("username", "first_name", "pseudonym", "made_up", "total", "today", "median", "seen")
    )
    return [
        RaterFigures(
            name=User(username=row["username"], first_name=row["first_name"]).shown,
            pseudonym=row["pseudonym"],
            simulated=row["made_up"],
            today=row["today"],
            total=row["total"],
            seconds=None if row["median"] is None else row["median"] / 1000,
            last_seen=row["seen"],
        )
        for row in rows
    ]


def _holds(campaign: Campaign, current: RoundFigures | None) -> list[HoldFigures]:
    """Those of the current round that wait for a person, the surest first."""
    if current is None:
        return []
    found = open_holds(campaign).filter(round__number=current.number).select_related("problem")[:HOLDS_SHOWN]
    return [
        HoldFigures(one.problem.text, one.problem.reference_answer, one.answer, round(100 * one.share)) for one in found
    ]


def _drops(campaign: Campaign, current: RoundFigures | None) -> list[DropFigures]:
    """Why items of the current round were dropped, the most frequent reason first."""
    if current is None or not current.dropped:
        return []
    dropped = Item.objects.filter(
        campaign=campaign, round__number=current.number, kind=ItemKind.NORMAL, state=ItemState.DROPPED
    )
    reasons = dropped.values_list("state_reason").annotate(items=Count("pk")).order_by("-items", "state_reason")
    return [DropFigures(reason, items) for reason, items in reasons[:DROPS_SHOWN]]


def job_figures(campaign: Campaign) -> list[JobFigures]:
    """Unfinished jobs, then those that ended lately. Jobs serve every campaign, so every lead sees them."""
    now = timezone.now()
    failed = Q(state=JobState.FAILED, finished_at__gte=now - FAILED_FOR)
    ended = Q(state__in=(JobState.DONE, JobState.STOPPED), finished_at__gte=now - ENDED_FOR)
    under_way = Case(When(state__in=UNFINISHED, then=0), default=1)
    found = Job.objects.filter(Q(state__in=UNFINISHED) | failed | ended).order_by(under_way, "-pk")[:JOBS_SHOWN]
    return [_job_figures(one, campaign, now) for one in found]


def _job_figures(job: Job, campaign: Campaign, now: datetime) -> JobFigures:
    running = job.state == JobState.RUNNING
    staged = job.kind == LOOP_KIND  # in per cent of stages that go at unlike pace
    since = job.started_at if running and not staged else None
    rate, left = job_pace(done=job.done, total=job.total, started_at=since, now=now)
    return JobFigures(
        pk=job.pk,
        kind=job.kind,
        state=job.state,
        state_label=job.get_state_display(),
        done=job.done,
        total=job.total,
        message=STAGES.get(job.message, job.message) if staged else job.message,
        in_per_cent=staged,
        error=job.why_failed,
        progress=_job_progress(job),
        rate=rate,
        left=left,
        stoppable=job.stoppable and job.unfinished and job.serves(campaign.slug),
    )


def _job_progress(job: Job) -> Mix | None:
    if not job.total:
        return None
    return Mix((Part(_("Done"), job.done, "accent"), Part(_("Left"), job.total - job.done, "open")))


def _pool(campaign: Campaign) -> Pool:
    entries = PoolEntry.objects.filter(campaign=campaign.slug)
    counts = entries.aggregate(problems=Count("pk"), held_out=Count("pk", filter=Q(problem__held_out=True)))
    pooled = Solution.objects.filter(problem__in=entries.values("problem"))
    verdicts = pooled.values_list("verdict").annotate(count=Count("pk")).order_by()
    return Pool(counts["problems"], counts["held_out"], _mix(VERDICTS, dict(verdicts)))
