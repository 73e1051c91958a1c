"""The rater's page of answers: own questions, what leads told everybody, own reports."""

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labelling.people.access import for_roles, person_of
from labelling.people.models import Role
from labelling.rating.questions import as_seen_by_rater, own_questions, shared_answers
from labelling.rating.reports import own_reports

PER_PAGE = 20
NOTES_SHOWN = 20
REPORTS_SHOWN = 20


@for_roles(Role.RATER)
@never_cache
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """The newest answers first, then what waits. Changes nothing: the page's script marks what was seen as read."""
    rater = person_of(request)
    asked = own_questions(rater).select_related("campaign", "assignment__solution__problem")
    page = Paginator(asked.order_by(F("answered_at").desc(nulls_last=True), "-pk"), PER_PAGE).get_page(
        request.GET.get("page", "1")
    )
    questions = [as_seen_by_rater(question) for question in page]
    context = {
        "page": page,
        "questions": questions,
        "unread": [str(question.uuid) for question in questions if question.unread],
        "notes": shared_answers(rater, most=NOTES_SHOWN),
        "reports": own_reports(rater, most=REPORTS_SHOWN),
    }
    return render(request, "rating/answers.html", context)
