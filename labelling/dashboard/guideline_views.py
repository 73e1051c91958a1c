"""Guidelines as a lead publishes them: the versions so far, and the next one with a preview."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelling.dashboard.guidelines import GuidelinesForm, Preview, preview_of, versions_of
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rounds.models import Campaign, GuidelineVersion
from labelling.rounds.publishing import GuidelinesRefused, guideline_publish


@for_roles(Role.LEAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guideline_versions(request: HttpRequest, campaign: str) -> HttpResponse:
    """Show the versions and a form for the next; ``act`` of a post is ``preview`` or ``publish``."""
    found = get_object_or_404(Campaign, slug=campaign)
    newest = found.guidelines.first()
    form = GuidelinesForm(found, newest, request.POST if request.method == "POST" else None)
    if request.POST.get("act") == "publish" and form.is_valid() and _published(request, found, form):
        return redirect("guideline-versions", campaign)
    shown = {"campaign": found, "form": form, "known": versions_of(found), "preview": _preview(request, newest)}
    return render(request, "dashboard/guidelines.html", shown | {"old": _old(request, found)})


def _published(request: HttpRequest, campaign: Campaign, form: GuidelinesForm) -> bool:
    given = {name: form.cleaned_data[name] for name in ("body", "summary", "change") if name in form.cleaned_data}
    before = campaign.guidelines.first()
    try:
        made = guideline_publish(campaign=campaign, by=person_of(request), **given)
    except GuidelinesRefused as error:
        form.add_error(None, str(error))
        return False
    if made == before:
        form.add_error("body", _("This is the text in force: there is nothing to publish."))
        return False
    messages.success(request, _("Version %(number)s is published.") % {"number": made.number})
    return True


def _preview(request: HttpRequest, newest: GuidelineVersion | None) -> Preview | None:
    body = request.POST.get("body", "")
    return preview_of(body, newest) if request.POST.get("act") == "preview" and body.strip() else None


def _old(request: HttpRequest, campaign: Campaign) -> tuple[GuidelineVersion, Preview] | None:
    """An earlier version to look at, as ``?version=`` names it, with what differed from the one before."""
    number = request.GET.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < len(str(2**31))):
        return None
    found = campaign.guidelines.filter(number=number).first()
    before = campaign.guidelines.filter(number__lt=number).first()
    return (found, preview_of(found.body, before)) if found else None
