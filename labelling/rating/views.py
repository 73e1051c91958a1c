"""The rater's pages: home, guidelines, and the page they label on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from labelling.people.access import for_roles, person_of, signed_in
from labelling.people.models import Role
from labelling.people.selectors import has_role
from labelling.rating.guidelines import rendered
from labelling.rating.home import campaigns_of
from labelling.rating.models import Annotation, GuidelineAcknowledgement
from labelling.rating.services import guideline_acknowledge
from labelling.rounds.models import Campaign, GuidelineVersion


def _latest_guideline(campaign: str) -> GuidelineVersion | None:
    return GuidelineVersion.objects.filter(campaign__slug=campaign).order_by("-number").first()


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
    guideline = _latest_guideline(campaign)
    acknowledged = GuidelineAcknowledgement.objects.filter(rater=person_of(request), guideline=guideline)
    if guideline is not None and not acknowledged.exists():
        return redirect("guidelines", campaign=campaign)
    config = {
        "campaign": found.slug,
        "claim_url": reverse("api-claim", args=[found.slug]),
        "guidelines_url": reverse("guidelines", args=[found.slug]),
        "home_url": reverse("home"),
        "login_url": reverse("account_login"),
        "rater": person_of(request).pseudonym,
        "mode": found.mode,
        "done": Annotation.objects.filter(rater=person_of(request), campaign=found, version=1).count(),
    }
    return render(request, "rating/label.html", {"campaign": found, "page_config": config})


@for_roles(Role.RATER)
@never_cache
@require_http_methods(["GET", "POST"])
def guidelines(request: HttpRequest, campaign: str) -> HttpResponse:
    """The newest guidelines; posting its number says that they were read."""
    found = get_object_or_404(Campaign, slug=campaign)
    guideline = _latest_guideline(campaign)
    if guideline is None:
        return redirect("label", campaign=campaign)
    if request.method == "POST" and request.POST.get("number") == str(guideline.number):
        guideline_acknowledge(rater=person_of(request), guideline=guideline)
        return redirect("label", campaign=campaign)
    read = GuidelineAcknowledgement.objects.filter(rater=person_of(request), guideline=guideline).exists()
    context = {"campaign": found, "guideline": guideline, "body": rendered(guideline.body), "read": read}
    return render(request, "rating/guidelines.html", context)
