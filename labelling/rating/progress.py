"""A rater's own work in figures: items and active time, per day and in all. Never scores, never others' labels.

A correction's time is the whole item's, earlier versions included: each version counts for what it adds, on the day of
the version. Days begin where the person's time zone says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Aggregate, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.models import Annotation
from labelling.rounds.models import Campaign

SPAN: Final = 30  # days of a page of progress
ITEMS: Final = Count("id", filter=Q(version=1))
ADDED: Final = Greatest(F("total_time") - Coalesce(F("replaces__total_time"), 0), 0)


class Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Own:
    """``items`` submitted in ``active`` time; ``median``: of an item, None where there is none."""

    items: int = 0
    active: timedelta = timedelta()
    median: timedelta | None = None


@dataclass(frozen=True)
class Day:
    day: date
    own: Own


@dataclass(frozen=True)
class Today:
    """A campaign's own figures: of today, and in all."""

    today: Own
    all: Own


def _ms(value: Any) -> timedelta:
    return timedelta(milliseconds=float(value or 0))


def own_by_campaign(*, rater: User, campaigns: Sequence[Campaign]) -> Mapping[int, Today]:
    """By campaign id, where there is any work: one query."""
    is_today = Q(created_at__gte=start_of(timezone.localdate()))
    rows = (
        Annotation.objects.filter(rater=rater, campaign__in=campaigns)
        .values("campaign_id")
        .annotate(
            items=ITEMS,
            time=Sum(ADDED),
            items_today=Count("id", filter=Q(version=1) & is_today),
            time_today=Sum(ADDED, filter=is_today),
        )
    )
    return {
        row["campaign_id"]: Today(
            today=Own(row["items_today"], _ms(row["time_today"])), all=Own(row["items"], _ms(row["time"]))
        )
        for row in rows
    }


def own_in_all(work: QuerySet[Annotation]) -> Own:
    row = work.aggregate(items=ITEMS, time=Sum(ADDED), median=Median("total_time", filter=Q(version=1)))
    return _own(row)


def own_by_day(work: QuerySet[Annotation], *, until: date) -> list[Day]:
    """The ``SPAN`` days up to ``until``, oldest first; a day without work has zeros."""
    first = until - timedelta(days=SPAN - 1)
    begin, end = start_of(first), start_of(until + timedelta(days=1))
    rows = (
        work.filter(created_at__gte=begin, created_at__lt=end)
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(items=ITEMS, time=Sum(ADDED), median=Median("total_time", filter=Q(version=1)))
    )
    found = {row["day"]: _own(row) for row in rows}
    return [Day(day, found.get(day, Own())) for day in (first + timedelta(days=n) for n in range(SPAN))]


def start_of(day: date) -> datetime:
    """Midnight in the person's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _own(row: Mapping[str, Any]) -> Own:
    return Own(row["items"], _ms(row["time"]), None if row["median"] is None else _ms(row["median"]))


def own_work(rater: User, campaign: Campaign | None = None) -> QuerySet[Annotation]:
    """Every version of everything that the rater has submitted, in one campaign or in all."""
    work = Annotation.objects.filter(rater=rater)
    return work if campaign is None else work.filter(campaign=campaign)


def campaigns_worked_in(rater: User) -> QuerySet[Campaign]:
    return Campaign.objects.filter(Exists(Annotation.objects.filter(rater=rater, campaign=OuterRef("pk"))))
