"""Voids: what one would do, making it, and reversing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelling.dashboard.voids import Proposal, ReasonForm, SpanForm, proposal_of, voids_of
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rating.models import Void
from labelling.rating.tasks import drain_soon
from labelling.rating.voids import VoidRefused, annotations_void, void_reverse
from labelling.rounds.models import Campaign


def _page(
    request: HttpRequest, campaign: Campaign, form: SpanForm, proposal: Proposal | None, reason: ReasonForm
) -> HttpResponse:
    context = {"campaign": campaign, "form": form, "proposal": proposal, "reason": reason, "voids": voids_of(campaign)}
    return render(request, "dashboard/voids.html", context)


@for_roles(Role.LEAD)
@never_cache
@require_safe
def voids(request: HttpRequest, campaign: str) -> HttpResponse:
    """The form, what the void described in the address would do, and those that were made. Changes nothing."""
    found = get_object_or_404(Campaign, slug=campaign)
    form = SpanForm(found, request.GET if "rater" in request.GET else None)
    proposal = proposal_of(form.span()) if form.is_valid() else None
    return _page(request, found, form, proposal, ReasonForm())


@for_roles(Role.LEAD)
@require_POST
def void_make(request: HttpRequest, campaign: str) -> HttpResponse:
    """Void what was previewed."""
    found = get_object_or_404(Campaign, slug=campaign)
    form, reason = SpanForm(found, request.POST), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, None, ReasonForm())
    span = form.span()
    if not reason.is_valid():
        return _page(request, found, form, proposal_of(span), reason)
    try:
        made = annotations_void(
            campaign=found,
            rater=span.rater,
            by=person_of(request),
            reason=reason.cleaned_data["reason"],
            round=span.round,
            since=span.since,
            until=span.until,
        )
    except VoidRefused as refused:
        messages.error(request, str(refused))
        return redirect("voids", campaign)
    drain_soon()
    count = made.annotations.count()
    said = ngettext("Voided %(n)s annotation of %(name)s.", "Voided %(n)s annotations of %(name)s.", count)
    messages.success(request, said % {"n": f"{count:,}", "name": span.rater.shown})
    return redirect("voids", campaign)


@for_roles(Role.LEAD)
@require_POST
def void_undo(request: HttpRequest, campaign: str, void: int) -> HttpResponse:
    """Put a void's annotations back."""
    made = get_object_or_404(Void.objects.select_related("rater"), pk=void, campaign__slug=campaign)
    try:
        void_reverse(void=made, by=person_of(request))
    except VoidRefused as refused:
        messages.error(request, str(refused))
    else:
        drain_soon()
        messages.success(request, _("Reversed: the annotations of %(name)s stand again.") % {"name": made.rater.shown})
    return redirect("voids", campaign)
