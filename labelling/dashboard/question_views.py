"""The lead's inbox of raters' questions."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelling.dashboard.questions import STATES, open_questions, question_page
from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rating.models import LeadQuestion, QuestionKind
from labelling.rating.questions import LONGEST_ANSWER, AnswerRefused, question_answer
from labelling.rounds.models import Campaign

LONGEST_TIME: Final = 40  # characters of a time


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filters asked for; what is none of ours is the first."""
    given = request.POST if request.method == "POST" else request.GET
    state, kind = given.get("state", ""), given.get("kind", "")
    return {"state": state if state in STATES else "open", "kind": kind if kind in QuestionKind.values else ""}


@for_roles(Role.LEAD)
@never_cache
@require_safe
def questions(request: HttpRequest, campaign: str) -> HttpResponse:
    """Questions with their items, open ones first of all; each can be answered, an answer changed."""
    found = get_object_or_404(Campaign, slug=campaign)
    chosen = _chosen(request)
    page, lines = question_page(found, number=request.GET.get("page", "1"), **chosen)
    context = {
        **chosen,
        "campaign": found,
        "page": page,
        "lines": lines,
        "states": STATES,
        "kinds": QuestionKind,
        "waiting": open_questions(found).count(),
        "longest": LONGEST_ANSWER,
        "query": urlencode(chosen),
    }
    return render(request, "dashboard/questions.html", context)


def _text(given: str) -> str:
    """As it was typed: forms send line breaks as two characters, and PostgreSQL stores no NUL."""
    return given.replace("\r\n", "\n").replace("\0", "")


@for_roles(Role.LEAD)
@require_POST
def question_reply(request: HttpRequest, campaign: str, question: int) -> HttpResponse:
    """Answer a question, or put another answer in the place of the one given."""
    found = get_object_or_404(LeadQuestion, pk=question, campaign__slug=campaign)
    try:
        question_answer(
            question=found,
            lead=person_of(request),
            text=_text(request.POST.get("answer", "")),
            shared="shared" in request.POST,
            seen=parse_datetime(request.POST.get("seen", "")[:LONGEST_TIME]),
        )
    except (AnswerRefused, ValueError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Answered. The rater finds it among their answers."))
    return redirect(f"{reverse('questions', args=[campaign])}?{urlencode(_chosen(request))}")
