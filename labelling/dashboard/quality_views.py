"""The lead's pages for quality: raters with their gold and screening, the golds, and what could become gold."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelling.dashboard.golds import candidate_page, candidates_of, gold_page
from labelling.dashboard.quality import rater_qualities, raters_of, supply
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role, User
from labelling.rating.promotion import annotation_promote
from labelling.rating.screening import ScreeningRefused
from labelling.rating.standings import (
    StandingRefused,
    rater_admit,
    rater_grant_try,
    rater_pause,
    rater_resume,
    rater_set_terms,
)
from labelling.rounds.golds import GoldRefused, gold_edit, gold_retire
from labelling.rounds.models import Campaign, Gold, GoldUse
from labelling.rounds.services import LONGEST_POOL

MOST_ITEMS_PER_DAY: Final = 100_000
LONGEST_REASON: Final = 1_000
LONGEST_EXPLANATION: Final = 5_000
WITH_REASON: Final[dict[str, Callable[..., None]]] = {
    "pause": rater_pause,
    "resume": rater_resume,
    "admit": rater_admit,
    "retry": rater_grant_try,
}


def _text(given: str | None, longest: int) -> str:
    """Words as a form brought them, such as a database can hold."""
    return (given or "").replace("\x00", "").strip()[:longest]


@for_roles(Role.LEAD)
@never_cache
@require_safe
def raters(request: HttpRequest, campaign: str) -> HttpResponse:
    """Each rater's gold with its interval, screening, pause and terms, and what a lead can do about them."""
    found = get_object_or_404(Campaign, slug=campaign)
    context = {"campaign": found, "raters": rater_qualities(found), "supply": supply(found)}
    context["mark"] = round(100 * found.gold_mark)
    return render(request, "dashboard/raters.html", context)


@for_roles(Role.LEAD)
@require_POST
def rater_act(request: HttpRequest, campaign: str) -> HttpResponse:
    """Do one thing to one rater's standing; whatever hinders it is told on the page."""
    found = get_object_or_404(Campaign, slug=campaign)
    named = request.POST.get("rater", "")
    rater = next((one for one in raters_of(found) if one.pseudonym == named), None)
    if rater is None:
        raise Http404
    try:
        _act(request, found, rater)
    except (StandingRefused, ScreeningRefused) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done: %(name)s.") % {"name": rater.username})
    return redirect("raters", campaign)


def _act(request: HttpRequest, campaign: Campaign, rater: User) -> None:
    act = request.POST.get("act", "")
    if act == "terms":
        quota = _text(request.POST.get("items_per_day"), LONGEST_POOL)
        pool = _text(request.POST.get("pool"), LONGEST_POOL)
        rater_set_terms(rater=rater, campaign=campaign, pool=pool, items_per_day=_quota(quota))
        return
    service = WITH_REASON.get(act)
    if service is None:
        raise StandingRefused(_("There is no such action."))
    reason = _text(request.POST.get("reason"), LONGEST_REASON)
    service(rater=rater, campaign=campaign, lead=person_of(request), reason=reason)


def _quota(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ITEMS_PER_DAY))):
        raise StandingRefused(_("The quota must be a whole number, or empty for the campaign's."))
    return int(text)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def golds(request: HttpRequest, campaign: str) -> HttpResponse:
    """The golds: what is right in each, how raters fared, editing and retiring."""
    found = get_object_or_404(Campaign, slug=campaign)
    use = request.GET.get("use", "")
    use = use if use in GoldUse.values else ""
    page, lines = gold_page(found, use=use, number=request.GET.get("page", "1"))
    context = {"campaign": found, "page": page, "lines": lines, "use": use, "uses": GoldUse, "supply": supply(found)}
    return render(request, "dashboard/golds.html", context)


@for_roles(Role.LEAD)
@require_POST
def gold_act(request: HttpRequest, campaign: str, gold: int) -> HttpResponse:
    """Edit or retire a gold."""
    found = get_object_or_404(Gold.objects.select_related("solution"), pk=gold, campaign__slug=campaign)
    if request.POST.get("act") == "retire":
        gold_retire(gold=found)
        messages.success(request, _("Retired."))
        return _back(request, "golds", campaign)
    try:
        gold_edit(
            gold=found,
            acceptable=[int(step) for step in request.POST.getlist("acceptable") if _is_step(step)],
            explanation=_text(request.POST.get("explanation"), LONGEST_EXPLANATION),
        )
    except GoldRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. Answers given before keep their result."))
    return _back(request, "golds", campaign)


def _is_step(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < len(str(2**15))


def _back(request: HttpRequest, name: str, campaign: str) -> HttpResponse:
    """To the page that the form stood on, where that is one of ours."""
    there = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(there, allowed_hosts=None) and there.startswith("/campaigns/"):
        return redirect(there)
    return redirect(name, campaign)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def annotations(request: HttpRequest, campaign: str) -> HttpResponse:
    """Annotations in force, each one click away from being gold."""
    found = get_object_or_404(Campaign, slug=campaign)
    rater = _text(request.GET.get("rater"), LONGEST_POOL)
    page, lines = candidate_page(found, rater=rater, number=request.GET.get("page", "1"))
    context = {"campaign": found, "page": page, "lines": lines, "rater": rater, "raters": raters_of(found)}
    return render(request, "dashboard/annotations.html", context)


def _promoted(gold: Gold, *, made: bool) -> str:
    if made:
        return _("It is gold now, and mixed in from the next round on.")
    return _("It was gold already.") if gold.active else _("It was gold and is retired: it is served no more.")


@for_roles(Role.LEAD)
@require_POST
def annotation_to_gold(request: HttpRequest, campaign: str, annotation: int) -> HttpResponse:
    """One click: this annotation's solution is gold, its first error the acceptable one."""
    owner = get_object_or_404(Campaign, slug=campaign)
    found = get_object_or_404(candidates_of(owner).select_related("item", "campaign"), pk=annotation)
    try:
        gold, made = annotation_promote(annotation=found, person=person_of(request))
    except GoldRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _promoted(gold, made=made))
    return _back(request, "annotations", campaign)
