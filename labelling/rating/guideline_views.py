"""The guidelines as a rater reads them, and accepts them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelling.people.access import for_roles, person_of
from labelling.people.models import Role, User
from labelling.rating.guideline_diff import Passage, passages
from labelling.rating.guidelines import GuidelineNews, guideline_news, rendered
from labelling.rating.models import Admission, Standing
from labelling.rating.services import guideline_acknowledge
from labelling.rounds.models import Campaign, GuidelineVersion


@for_roles(Role.RATER)
@never_cache
@require_http_methods(["GET", "POST"])
def guidelines(request: HttpRequest, campaign: str) -> HttpResponse:
    """The newest guidelines and what is new in them; posting their number says that they were read."""
    found = get_object_or_404(Campaign, slug=campaign)
    guideline = found.guidelines.first()
    if guideline is None:
        return redirect("label", campaign=campaign)
    if request.method == "POST" and request.POST.get("number") == str(guideline.number):
        guideline_acknowledge(rater=person_of(request), guideline=guideline)
        return redirect(_onward(person_of(request), found), campaign=campaign)
    news = guideline_news(rater=person_of(request), campaigns=[found])[found.pk]
    context = {"campaign": found, "guideline": guideline, "news": news, "body": rendered(guideline.body)}
    return render(request, "rating/guidelines.html", context | {"passages": _new_passages(guideline, news)})


def _onward(rater: User, campaign: Campaign) -> str:
    """The page to go on with: who has yet to begin the screening is told first what it is."""
    if not campaign.screening_required:
        return "label"
    known = Standing.objects.filter(rater=rater, campaign=campaign).exclude(admission=Admission.NEW)
    return "label" if known.exists() else "screening"


def _new_passages(guideline: GuidelineVersion, news: GuidelineNews) -> list[Passage]:
    if not news.is_changed:
        return []
    accepted = GuidelineVersion.objects.get(campaign=guideline.campaign_id, number=news.accepted)
    return passages(accepted.body, guideline.body)
