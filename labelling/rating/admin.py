"""Raw tables of raters' work: history, to be looked at."""

from django.contrib import admin

from labelling.jobs.admin import ReadOnlyAdmin
from labelling.rating.models import Annotation, Assignment, Draft, GuidelineAcknowledgement


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
