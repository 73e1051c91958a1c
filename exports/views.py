"""Pages of snapshots, for leads and researchers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exports.formats import FORMATS
from exports.forms import FormatForm, SnapshotForm
from exports.snapshots.building import manifest_of
from exports.snapshots.listing import builds_of, campaigns_for, snapshots_for
from exports.snapshots.shown import build_begun, build_of, files_of, snapshot_seen
from exports.test_sets import test_sets_in as sets_in
from labelling.people.access import for_roles, person_of
from labelling.people.errors import ApiError
from labelling.people.models import Role
from labelling.people.selectors import has_role
from labelling.rounds.models import Campaign

PAGE = 25
FIRST = "prm800k"


@for_roles(Role.LEAD, Role.RESEARCHER)
@never_cache
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns whose datasets one works with; of one alone its snapshots at once."""
    found = campaigns_for(person_of(request))
    if len(found) == 1:
        return redirect("snapshots", found[0][0].slug)
    return render(request, "exports/campaigns.html", {"campaigns": found})


@for_roles(Role.LEAD, Role.RESEARCHER)
@never_cache
@require_safe
def snapshots(request: HttpRequest, campaign: str) -> HttpResponse:
    """The campaign's snapshots, builds at work, and the form for a new one, of the format in the address."""
    asked = request.GET.get("format", FIRST)
    return _page(request, campaign, SnapshotForm(asked if asked in FORMATS else FIRST))


def _page(request: HttpRequest, campaign: str, form: SnapshotForm) -> HttpResponse:
    user = person_of(request)
    context = {
        "campaign": get_object_or_404(Campaign, slug=campaign),
        "page": Paginator(snapshots_for(user, campaign), PAGE).get_page(request.GET.get("page")),
        "builds": [{**build_of(job), "format": job.params["format"]} for job in builds_of(campaign)],
        "format_form": FormatForm(initial={"format": form.format}, label_suffix=""),
        "form": form,
        "about": FORMATS[form.format].description,
        "leads": has_role(user, Role.LEAD, campaign=campaign),
    }
    return render(request, "exports/snapshots.html", context)


@for_roles(Role.LEAD, Role.RESEARCHER)
@require_POST
def snapshot_make(request: HttpRequest, campaign: str) -> HttpResponse:
    """Have one built; the page shows how far it is."""
    get_object_or_404(Campaign, slug=campaign)
    asked = request.POST.get("format", "")
    if asked not in FORMATS:
        return redirect("snapshots", campaign)
    form = SnapshotForm(asked, request.POST)
    if not form.is_valid():
        return _page(request, campaign, form)
    try:
        build_begun(person_of(request), form.wanted(campaign))
    except ApiError as refused:
        form.add_error(None, str(refused.detail))
        return _page(request, campaign, form)
    messages.success(request, _("The snapshot is being built."))
    return redirect("snapshots", campaign)


@for_roles(Role.LEAD, Role.RESEARCHER)
@never_cache
@require_safe
def snapshot(request: HttpRequest, campaign: str, snapshot: str) -> HttpResponse:
    """One snapshot: what is in it, its files."""
    found = get_object_or_404(Campaign, slug=campaign)
    try:
        made = snapshot_seen(person_of(request), campaign, snapshot)
    except ApiError as error:
        raise Http404 from error
    manifest = manifest_of(made)
    context = {"campaign": found, "snapshot": made, "files": files_of(made), "manifest": manifest}
    return render(request, "exports/snapshot.html", {**context, "held_out": sets_in(made), **_told(manifest)})


LABELS = ("positive", "neutral", "negative", "flagged")


def _told(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest's counts as the page's tables show them."""
    counts = manifest["counts"]

    def table(group: str) -> list[tuple[str, int, list[int]]]:
        rows = counts.get(group, {}).items()
        return [(name, row.get("annotations", 0), [row.get(one, 0) for one in LABELS]) for name, row in rows]

    return {
        "splits": table("splits") if "annotations" in counts else [],
        "rounds": table("rounds"),
        "raters": table("raters"),
        "choices": [(name, value) for name, value in manifest["choices"].items() if value is not None],
        "left_out": sorted((name, count) for name, count in counts["left_out"].items() if count),
    }
