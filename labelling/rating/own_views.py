"""What a rater has done: the list of own answers, one of them to read, and progress in figures."""

import uuid as uuids
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rating.history import FilterForm, own_answer, page_of_lines
from labelling.rating.progress import SPAN, campaigns_worked_in, own_by_day, own_in_all, own_work

EARLIEST = date(2000, 1, 1)


@for_roles(Role.RATER)
@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """The rater's own answers, newest first, filtered as the address says."""
    form = FilterForm(person_of(request), request.GET)
    form.is_valid()
    page, lines = page_of_lines(person_of(request), form.chosen(), request.GET.get("page", "1"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "page": page, "lines": lines, "query": query.urlencode(), "is_filtered": form.chosen()}
    return render(request, "rating/history.html", context)


@for_roles(Role.RATER)
@never_cache
@require_safe
def own_item(request: HttpRequest, campaign: str, lease: uuids.UUID) -> HttpResponse:
    """One of the rater's own answers, to read."""
    found = own_answer(rater=person_of(request), campaign=campaign, lease=lease)
    if found is None:
        raise Http404
    return render(request, "rating/own_item.html", {"answer": found})


@for_roles(Role.RATER)
@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Items and active time by day, ``SPAN`` days a page, and in all; of one campaign, or of all."""
    rater, today = person_of(request), timezone.localdate()
    campaigns = list(campaigns_worked_in(rater))
    slug = request.GET.get("campaign", "")
    campaign = next((one for one in campaigns if one.slug == slug), None)
    if slug and campaign is None:
        raise Http404
    until = _day(request.GET.get("until", ""), latest=today)
    work = own_work(rater, campaign)
    days = own_by_day(work, until=until)
    context = {
        "campaigns": campaigns,
        "campaign": campaign,
        "days": days,
        "all": own_in_all(work),
        "earlier": days[0].day - timedelta(days=1),
        "later": min(until + timedelta(days=SPAN), today) if until < today else None,
    }
    return render(request, "rating/progress.html", context)


def _day(text: str, *, latest: date) -> date:
    try:
        found = parse_date(text)
    except ValueError:  # well formed, but no day
        found = None
    return min(max(found or latest, EARLIEST), latest)
