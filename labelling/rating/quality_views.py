"""What a rater sees of screening and gold: another try, and the explanations of golds that they missed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rating.coaching import lessons, lessons_mark_read
from labelling.rating.guidelines import guideline_news
from labelling.rating.models import Standing
from labelling.rating.screening import ScreeningRefused, screening_retry, screening_view
from labelling.rounds.models import Campaign

LONGEST_NUMBER = 19  # digits: what an id can have


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER


@for_roles(Role.RATER)
@never_cache
@require_safe
def screening(request: HttpRequest, campaign: str) -> HttpResponse:
    """What the screening asks for, how far the rater has come, how it ended, and what comes next."""
    found = get_object_or_404(Campaign, slug=campaign)
    rater = person_of(request)
    standing = Standing.objects.filter(rater=rater, campaign=found).first()
    view = screening_view(rater_id=rater.pk, campaign=found, standing=standing)
    if view is None:
        return redirect("label", campaign=campaign)
    news = guideline_news(rater=rater, campaigns=[found]).get(found.pk)
    context = {
        "campaign": found,
        "screening": view,
        "must_read": news is not None and news.must_read,
        "paused": standing.pause_reason if standing is not None and standing.paused_at is not None else "",
    }
    return render(request, "rating/screening.html", context)


@for_roles(Role.RATER)
@require_POST
def screening_again(request: HttpRequest, campaign: str) -> HttpResponse:
    """Begin another try of the screening, where one is left."""
    found = get_object_or_404(Campaign, slug=campaign)
    try:
        screening_retry(rater_id=person_of(request).pk, campaign=found)
    except ScreeningRefused as error:
        messages.error(request, str(error))
        return redirect("screening", campaign=campaign)
    return redirect("label", campaign=campaign)


@for_roles(Role.RATER)
@never_cache
@require_http_methods(["GET", "POST"])
def explanations(request: HttpRequest, campaign: str) -> HttpResponse:
    """What missed golds would have taught; posting their numbers says that they were read."""
    found = get_object_or_404(Campaign, slug=campaign)
    if request.method == "POST":
        given = [int(value) for value in request.POST.getlist("annotation") if _is_number(value)]
        lessons_mark_read(rater=person_of(request), campaign=found, annotations=given)
        messages.success(request, _("Marked as read."))
        return redirect("home")
    shown = lessons(rater=person_of(request), campaign=found)
    return render(request, "rating/explanations.html", {"campaign": found, "lessons": shown})
