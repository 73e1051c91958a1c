"""The quality of raters, for the lead: gold with its interval, screening, pauses, terms. A fixed number of queries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from django.db.models import Count, Exists, OuterRef, Q

from labelling.dashboard.figures import Paused
from labelling.people.models import User
from labelling.people.selectors import rates_in
from labelling.rating.models import Admission, Annotation, ScreeningTry, Standing, StandingEvent
from labelling.rounds.judge import below_mark, interval
from labelling.rounds.models import Campaign, Gold, GoldUse, ItemKind

SCALE: Final = 1000  # width of the interval's drawing, for a share of 1
TICK: Final = 8
EVENTS_SHOWN: Final = 5
R = TypeVar("R")


@dataclass(frozen=True)
class Interval:
    """A share of right answers with Wilson's 95 % interval; ``mark``: what it is held against. All from 0 to 1.

    ``tone`` and ``word`` say where it stands: below the mark, above it, or not told yet.
    """

    right: int
    seen: int
    mark: float
    least: int

    @property
    def bounds(self) -> tuple[float, float]:
        return interval(self.right, self.seen)

    @property
    def percents(self) -> tuple[int, int, int]:
        """Share, low, high."""
        low, high = self.bounds
        return round(100 * self.right / (self.seen or 1)), round(100 * low), round(100 * high)

    @property
    def state(self) -> str:
        """``below`` (the rule pauses), ``above`` (the whole interval), ``open``, or ``none`` without an answer."""
        if not self.seen:
            return "none"
        if below_mark(right=self.right, seen=self.seen, mark=self.mark, least=self.least):
            return "below"
        return "above" if self.bounds[0] >= self.mark else "open"

    @property
    def drawing(self) -> Mapping[str, int]:
        """Left edges and widths, in units of the drawing."""
        low, high = (round(SCALE * bound) for bound in self.bounds)
        share = round(SCALE * self.right / (self.seen or 1))
        return {
            "low": low,
            "width": max(1, high - low),
            "share": min(max(0, share - TICK // 2), SCALE - TICK),
            "mark": round(SCALE * self.mark),
        }


@dataclass(frozen=True)
class RaterQuality:
    """One rater. ``gold``: since a lead last let them go on; ``unjudged``: golds given up or called bad problems."""

    user: User
    standing: Standing
    submitted: int
    gold: Interval
    unjudged: int
    tries: Sequence[ScreeningTry]
    events: Sequence[StandingEvent]

    @property
    def last_try(self) -> ScreeningTry | None:
        return self.tries[-1] if self.tries else None

    @property
    def screening_percent(self) -> int | None:
        last = self.last_try
        return None if last is None or last.passed is None else 100 * last.right // last.total

    @property
    def failed(self) -> bool:
        return self.standing.admission == Admission.FAILED

    @property
    def admitted(self) -> bool:
        return self.standing.admission == Admission.ADMITTED


@dataclass(frozen=True)
class GoldSupply:
    """What there is of gold and screening items, and what the settings ask for."""

    golds: int
    golds_wanted: int
    screening: int
    screening_wanted: int

    @property
    def golds_short(self) -> bool:
        return self.golds < self.golds_wanted

    @property
    def screening_short(self) -> bool:
        return self.screening < self.screening_wanted


def supply(campaign: Campaign) -> GoldSupply:
    active = Gold.objects.filter(campaign=campaign, active=True)
    counts = active.aggregate(
        golds=Count("pk", filter=Q(use=GoldUse.GOLD)), screening=Count("pk", filter=Q(use=GoldUse.SCREENING))
    )
    wanted = campaign.screening_items if campaign.screening_required else 0
    return GoldSupply(counts["golds"], campaign.gold_per_round, counts["screening"], wanted)


def raters_of(campaign: Campaign) -> list[User]:
    """Who rates in the campaign, or did."""
    known = Standing.objects.filter(rater=OuterRef("pk"), campaign=campaign)
    worked = Annotation.objects.filter(rater=OuterRef("pk"), campaign=campaign)
    found = User.objects.filter(rates_in(campaign.slug) | Exists(known) | Exists(worked))
    return list(found.order_by("username"))


def rater_qualities(campaign: Campaign) -> list[RaterQuality]:
    """The campaign's raters: who is paused first, by name then."""
    standings = {one.rater_id: one for one in Standing.objects.filter(campaign=campaign).select_related("paused_by")}
    work = _work(campaign)
    tries = _by_rater(ScreeningTry.objects.filter(campaign=campaign).order_by("number"), lambda one: one.rater_id)
    events = _by_rater(
        StandingEvent.objects.filter(standing__campaign=campaign)
        .select_related("made_by", "standing")
        .order_by("-created_at"),
        lambda one: one.standing.rater_id,
    )
    made = [
        _quality(
            campaign=campaign,
            user=user,
            standing=standings.get(user.pk) or Standing(rater=user, campaign=campaign),
            work=work.get(user.pk, (0, 0)),
            tries=tries.get(user.pk, ()),
            events=events.get(user.pk, ())[:EVENTS_SHOWN],
        )
        for user in raters_of(campaign)
    ]
    return sorted(made, key=lambda one: one.standing.paused_at is None)


def _by_rater(rows: Iterable[R], rater_of: Callable[[R], int]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = {}
    for row in rows:
        found.setdefault(rater_of(row), []).append(row)
    return found


def _work(campaign: Campaign) -> dict[int, tuple[int, int]]:
    """Rater → annotations submitted, and golds among them that could not be judged."""
    first = Annotation.objects.filter(campaign=campaign, version=1).order_by()
    rows = first.values("rater_id").annotate(
        submitted=Count("pk"), unjudged=Count("pk", filter=Q(item__kind=ItemKind.GOLD, gold_right=None))
    )
    return {row["rater_id"]: (row["submitted"], row["unjudged"]) for row in rows}


def _quality(
    *,
    campaign: Campaign,
    user: User,
    standing: Standing,
    work: tuple[int, int],
    tries: Sequence[ScreeningTry],
    events: Sequence[StandingEvent],
) -> RaterQuality:
    return RaterQuality(
        user=user,
        standing=standing,
        submitted=work[0],
        gold=Interval(
            right=standing.gold_right - standing.gold_right_from,
            seen=standing.gold_seen - standing.gold_from,
            mark=campaign.gold_mark,
            least=campaign.gold_least,
        ),
        unjudged=work[1],
        tries=tries,
        events=events,
    )


def paused_raters(campaign: Campaign) -> list[Paused]:
    found = (
        Standing.objects.filter(campaign=campaign)
        .exclude(paused_at=None)
        .select_related("rater", "paused_by")
        .order_by("-paused_at")
    )
    return [
        Paused(one.rater.username, one.paused_at, one.pause_reason, one.paused_by.username if one.paused_by else "")
        for one in found
        if one.paused_at is not None
    ]
