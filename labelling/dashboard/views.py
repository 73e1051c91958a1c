"""The lead's pages."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelling.corpus.models import Problem
from labelling.dashboard import selectors
from labelling.dashboard.loop import loop_panel
from labelling.dashboard.references import Case, case_decide, cases, page, reports_mark, reports_on
from labelling.jobs import services
from labelling.jobs.models import Job
from labelling.jobs.tasks import job_enqueue
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rounds.models import Campaign

NOTE_LIMIT = 500  # characters


@for_roles(Role.LEAD)
@never_cache
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns that this lead leads."""
    return render(request, "dashboard/campaigns.html", {"lines": selectors.campaign_lines(person_of(request))})


@for_roles(Role.LEAD)
@never_cache
@require_safe
def overview(request: HttpRequest, campaign: str) -> HttpResponse:
    """One campaign: progress, labels, raters, rounds, holds, jobs."""
    found = get_object_or_404(Campaign, slug=campaign)
    context = {"campaign": found, "overview": selectors.overview(found), "loop": loop_panel(found)}
    return render(request, "dashboard/overview.html", context)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def jobs(request: HttpRequest, campaign: str) -> HttpResponse:
    """The overview's panel of jobs alone, for the page that watches them."""
    found = get_object_or_404(Campaign, slug=campaign)
    context = {"campaign": found, "overview": {"jobs": selectors.job_figures(found)}}
    return render(request, "dashboard/panels/jobs.html", context)


@for_roles(Role.LEAD)
@require_POST
def job_stop(request: HttpRequest, campaign: str, job: int) -> HttpResponse:
    """Stop a job of this campaign, or of all; another's lead stops theirs."""
    found = Job.objects.filter(pk=job).first()
    if found is not None and found.serves(campaign) and services.job_stop(job_id=job):
        messages.success(request, _("Job %(job)s is stopped. What it has done stays.") % {"job": job})
    else:
        messages.warning(request, _("That job has ended already, or cannot be stopped."))
    return redirect("overview", campaign)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def references(request: HttpRequest, campaign: str) -> HttpResponse:
    """One held or reported reference or undecided answer at a time, by key."""
    found = get_object_or_404(Campaign, slug=campaign)
    shown = page(found, request.GET.get("case", ""))
    return render(request, "dashboard/references.html", {"campaign": found, "page": shown})


@for_roles(Role.LEAD)
@require_POST
@transaction.atomic
def references_decide(request: HttpRequest, campaign: str) -> HttpResponse:
    """Record the decision on a case and show the next; of two leads at once, the second is told."""
    found = get_object_or_404(Campaign, slug=campaign)
    asked = next((case for case in cases(found) if case.key == request.POST.get("case")), None)
    as_seen = asked is not None and _as_seen(found, asked, request.POST)
    waiting = cases(found)  # again, behind the problem's lock: another lead may have decided meanwhile
    at = next((place for place, case in enumerate(waiting) if case == asked), None)
    if at is None or not as_seen:
        messages.warning(request, _("That case had been decided already, or has changed: nothing was recorded."))
        return redirect("references", campaign)
    try:
        job = case_decide(
            case=waiting[at],
            decision=request.POST.get("decision", ""),
            person=person_of(request),
            note=request.POST.get("note", "").replace("\0", "")[:NOTE_LIMIT],  # PostgreSQL stores no NUL
            answer=request.POST.get("answer", "").replace("\0", ""),
        )
    except ValueError as error:
        messages.error(request, str(error))
        return _to_case(campaign, waiting[at].key)
    job_enqueue(job)
    return _to_case(campaign, waiting[at + 1].key if at + 1 < len(waiting) else "")


def _to_case(campaign: str, key: str) -> HttpResponse:
    return redirect(f"{reverse('references', args=[campaign])}?{urlencode({'case': key})}")


def _as_seen(campaign: Campaign, case: Case, form: QueryDict) -> bool:
    """Lock the problem; say whether its reference, and what raters say of it, are still what the person saw."""
    problem = Problem.objects.select_for_update(no_key=True).get(pk=case.problem_id)
    if (problem.reference_answer or "") != form.get("reference", ""):
        return False
    shows_reports = case.held or case.reported
    return not shows_reports or reports_mark(reports_on(campaign, case.problem_id)) == form.get("reports", "")
