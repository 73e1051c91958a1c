"""The lead's pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labelling.dashboard import selectors
from labelling.people.access import for_roles
from labelling.people.models import Role, User
from labelling.rounds.models import Campaign


@for_roles(Role.LEAD)
@never_cache
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns that this lead leads."""
    if not isinstance(request.user, User):
        raise Http404
    return render(request, "dashboard/campaigns.html", {"lines": selectors.campaign_lines(request.user)})


@for_roles(Role.LEAD)
@never_cache
@require_safe
def overview(request: HttpRequest, campaign: str) -> HttpResponse:
    """One campaign: progress, labels, raters, rounds, holds, jobs."""
    found = get_object_or_404(Campaign, slug=campaign)
    return render(request, "dashboard/overview.html", {"campaign": found, "overview": selectors.overview(found)})
