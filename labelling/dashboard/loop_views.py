"""The button that closes the loop, and how far it has come."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelling.dashboard.loop import STAGES
from labelling.jobs.tasks import job_enqueue
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.pipeline.looping import LoopRefused, loop_create, loops_of
from labelling.rounds.models import Campaign


@for_roles(Role.LEAD)
@require_POST
def next_round(request: HttpRequest, campaign: str) -> HttpResponse:
    """Train, score and open the next round, by a job; what is missing is said."""
    found = get_object_or_404(Campaign, slug=campaign)
    try:
        job = loop_create(campaign=found, close="close" in request.POST, user=person_of(request))
    except LoopRefused as error:
        messages.error(request, str(error))
    else:
        job_enqueue(job)
        messages.success(request, _("The next round is being made."))
    return redirect("overview", campaign)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def next_round_state(request: HttpRequest, campaign: str, job: int) -> HttpResponse:  # noqa: ARG001  a view’s form
    """JSON for the page that watches: state, per cent, the stage and its name."""
    found = loops_of(get_object_or_404(Campaign, slug=campaign)).filter(pk=job).first()
    if found is None:
        raise Http404
    stage = found.message if found.message in STAGES else next(iter(STAGES))
    name = str(STAGES[stage]) if found.unfinished else ""
    return JsonResponse({"state": found.state, "done": found.done, "total": found.total, "stage": stage, "name": name})
