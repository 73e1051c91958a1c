"""The rater's start page, and the page they label on."""

import uuid
from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.people.access import for_roles, person_of, signed_in
from labelling.people.models import Role, User
from labelling.people.selectors import has_role
from labelling.rating.guidelines import guideline_news
from labelling.rating.home import campaigns_of
from labelling.rating.keymap_services import key_map_get
from labelling.rating.models import Admission, Annotation, Assignment, AssignmentState, ErrorType, Standing
from labelling.rating.questions import unread_count, waiting_count
from labelling.rating.screening import screening_view
from labelling.rating.validation import NOTE_LIMITS
from labelling.rounds.models import Campaign

ANY_LEASE = uuid.UUID(int=0)
DONE_LAST = 50  # more than a page that was away can have sent without an answer


@signed_in
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    cards = campaigns_of(person_of(request))
    if not cards and has_role(person_of(request), Role.LEAD):
        return redirect("campaigns")
    return render(request, "rating/home.html", {"campaigns": cards})


@for_roles(Role.RATER)
@never_cache
@require_GET
def label(request: HttpRequest, campaign: str) -> HttpResponse:
    found = get_object_or_404(Campaign, slug=campaign)
    rater = person_of(request)
    news = guideline_news(rater=rater, campaigns=[found]).get(found.pk)
    if news is not None and news.must_read and not _has_begun(rater, found):
        return redirect("guidelines", campaign=campaign)
    config = {
        "campaign": found.slug,
        "claim_url": reverse("api-claim", args=[found.slug]),
        "reopen_url": reverse("api-reopen", args=[found.slug, ANY_LEASE]).replace(str(ANY_LEASE), "LEASE"),
        "session_url": reverse("api-session"),
        "guidelines_url": reverse("guidelines", args=[found.slug]),
        "home_url": reverse("home"),
        "login_url": reverse("account_login"),
        "rater": rater.pseudonym,
        "mode": found.mode,
        "keys": key_map_get(rater),
        "keys_url": reverse("api-keys"),
        "answers": {"url": reverse("api-answers"), "unread": unread_count(rater), "waiting": waiting_count(rater)},
        "error_notes": found.error_notes,
        "auto_submit": found.auto_submit,
        "screening": None,
    } | _done(rater, found)
    config |= _screening(rater, found)
    asked = {"error_types": ErrorType.choices, "note_limits": NOTE_LIMITS}
    return render(request, "rating/label.html", {"campaign": found, "page_config": config, "news": news} | asked)


def _done(rater: User, campaign: Campaign) -> dict[str, Any]:
    """How many items are done and which were the last: the page counts what it has not sent yet on top of them."""
    done = Annotation.objects.filter(rater=rater, campaign=campaign, version=1).order_by("-pk")
    last = list(done.annotate(count=Window(Count("*"))).values_list("assignment_id", "count")[:DONE_LAST])
    return {"done": last[0][1] if last else 0, "done_last": [assignment for assignment, _ in last]}


def _screening(rater: User, campaign: Campaign) -> dict[str, Any]:
    """Who is being screened counts their answers of it, and is led to its result at the end."""
    standing = Standing.objects.filter(rater=rater, campaign=campaign).first()
    view = screening_view(rater_id=rater.pk, campaign=campaign, standing=standing)
    if view is None or view.state not in (Admission.NEW, Admission.SCREENING):
        return {}
    address = reverse("screening", args=[campaign.slug])
    return {"screening": {"total": view.total, "url": address}, "done": view.answered}


def _has_begun(rater: User, campaign: Campaign) -> bool:
    """New rules take effect at the next item: the one begun is finished under those that it began with."""
    held = Assignment.objects.filter(rater=rater, campaign=campaign, state=AssignmentState.LEASED)
    return held.filter(draft__isnull=False).exists()
