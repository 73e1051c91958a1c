"""A person's own account: language, time zone, sessions; and the language before anybody has signed in."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labelling.people.access import person_of, public, signed_in
from labelling.people.models import User
from labelling.people.preferences import language_is_known, time_zones
from labelling.people.services import user_set_preferences, user_sign_out_everywhere


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Dates, and where your days begin. A quota a day is counted in UTC for everybody."),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        initial = {"language": user.language, "time_zone": user.time_zone}
        super().__init__(data, initial=initial, label_suffix="")
        server = _("The server’s (%(zone)s)") % {"zone": settings.TIME_ZONE}
        self.fields["language"].choices = [("", _("As the browser asks")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        zones = [(name, name.replace("_", " ")) for name in time_zones()]
        self.fields["time_zone"].choices = [("", server), *zones]  # type: ignore[attr-defined]


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The account's name and choices; posting saves them."""
    user = person_of(request)
    form = PreferencesForm(user, request.POST if request.method == "POST" else None)
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "people/account.html", {"form": form})
    user_set_preferences(user=user, **form.cleaned_data)
    response = redirect("account")
    if user.language:
        translation.activate(user.language)
        _remember(response, user.language)  # for this browser's sign-in page, too
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    messages.success(request, _("Saved."))
    return response


@signed_in
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End every session of this account but the one at hand."""
    user = person_of(request)
    user_sign_out_everywhere(user=user)
    update_session_auth_hash(request, user)
    messages.success(request, _("Every other browser is signed out."))
    return redirect("account")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of this browser's pages, until somebody signs in who has chosen one."""
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts=None) and there.startswith("/")
    response = redirect(there if is_ours else "home")
    code = request.POST.get("language", "")
    if language_is_known(code):
        _remember(response, code)
    return response


def _remember(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
