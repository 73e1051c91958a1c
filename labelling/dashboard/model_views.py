"""The page of reward models: their versions, and what they were found to be worth, side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labelling.dashboard.model_figures import figure_groups, version_lines
from labelling.people.access import for_roles
from labelling.people.models import Role


@for_roles(Role.LEAD, Role.RESEARCHER)
@never_cache
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Reward models serve every campaign, so whoever leads or researches in one sees them all."""
    return render(request, "dashboard/models.html", {"versions": version_lines(), "groups": figure_groups()})
