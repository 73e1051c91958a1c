"""Raw tables of raters' work: history, to be looked at."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelling.jobs.admin import ReadOnlyAdmin
from labelling.people.models import User
from labelling.rating.models import (
    Annotation,
    Assignment,
    CoachingSeen,
    Draft,
    GuidelineAcknowledgement,
    KeyMap,
    LeadQuestion,
    ReferenceReport,
    ScreeningTry,
    Standing,
    StandingEvent,
)
from labelling.rating.promotion import annotation_promote
from labelling.rounds.golds import GoldRefused


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "item_id", "rater", "state", "leased_at", "expires_at", "finished_at")
    list_filter = ("campaign", "state")
    list_select_related = ("campaign", "rater")
    search_fields = ("rater__username",)
    show_full_result_count = False  # there may be very many
    ordering = ("-leased_at",)


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin):
    list_display = ("assignment_id", "seq", "updated_at")
    ordering = ("-updated_at",)


@admin.register(GuidelineAcknowledgement)
class GuidelineAcknowledgementAdmin(ReadOnlyAdmin):
    list_display = ("id", "rater", "guideline", "created_at")
    list_filter = ("guideline__campaign",)
    list_select_related = ("rater", "guideline__campaign")
    ordering = ("-id",)


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "campaign",
        "round_id",
        "solution_id",
        "rater",
        "finish_reason",
        "first_error",
        "total_time",
        "late",
        "simulated",
        "created_at",
    )
    list_filter = ("campaign", "finish_reason", "late", "simulated")
    list_select_related = ("campaign", "rater")
    search_fields = ("rater__username", "uuid")
    show_full_result_count = False
    ordering = ("-id",)
    actions = ("promote",)

    @admin.action(description="Make their solutions gold")
    def promote(self, request: HttpRequest, queryset: QuerySet[Annotation]) -> None:
        """Gold of each annotation's campaign, its first error the right answer; what can't be is told."""
        made = 0
        person = request.user if isinstance(request.user, User) else None
        for annotation in queryset.select_related("campaign", "solution", "item"):
            try:
                made += annotation_promote(annotation=annotation, person=person)[1]
            except GoldRefused as error:
                said = _("Annotation %(id)s: %(why)s") % {"id": annotation.pk, "why": error}
                self.message_user(request, said, messages.WARNING)
        said = ngettext("%(n)s new gold.", "%(n)s new golds.", made) % {"n": made}
        self.message_user(request, said, messages.SUCCESS)


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "rater", "admission", "gold_seen", "gold_right", "paused_at", "pool", "simulated")
    list_filter = ("campaign", "admission", "simulated")
    list_select_related = ("campaign", "rater")
    search_fields = ("rater__username",)
    ordering = ("-id",)


@admin.register(StandingEvent)
class StandingEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "standing_id", "act", "reason", "made_by", "created_at")
    list_filter = ("act",)
    list_select_related = ("made_by",)
    ordering = ("-id",)


@admin.register(ScreeningTry)
class ScreeningTryAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "rater", "number", "answered", "right", "total", "passed", "started_at")
    list_filter = ("campaign", "passed")
    list_select_related = ("campaign", "rater")
    ordering = ("-id",)


@admin.register(CoachingSeen)
class CoachingSeenAdmin(ReadOnlyAdmin):
    list_display = ("annotation_id", "seen_at")
    ordering = ("-seen_at",)


@admin.register(LeadQuestion)
class LeadQuestionAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "rater", "kind", "step", "created_at", "answered_at", "read_at", "shared")
    list_filter = ("campaign", "kind", "shared")
    list_select_related = ("campaign", "rater")
    search_fields = ("rater__username", "uuid")
    ordering = ("-id",)


@admin.register(ReferenceReport)
class ReferenceReportAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "problem_id", "rater", "shown", "updated_at")
    list_filter = ("campaign",)
    list_select_related = ("campaign", "rater")
    search_fields = ("rater__username", "uuid")
    ordering = ("-updated_at",)


@admin.register(KeyMap)
class KeyMapAdmin(ReadOnlyAdmin):
    list_display = ("rater", "updated_at")
    list_select_related = ("rater",)
    ordering = ("-updated_at",)
