"""Raw tables of campaigns and rounds: what has been queued, and what raters were told, is history."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from labelling.jobs.admin import ReadOnlyAdmin
from labelling.rounds.models import Campaign, Gold, GuidelineVersion, Item, ReferenceHold, Round
from labelling.rounds.publishing import guideline_default


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin[Campaign]):
    list_display = ("slug", "name", "mode", "purpose", "overlap", "created_at")
    list_filter = ("purpose", "mode")
    search_fields = ("slug", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple[str, ...]:
        return ("slug",) if obj is not None else ()  # pools and memberships name the campaign by it

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            guideline_default(campaign=obj)


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(ReadOnlyAdmin):
    """Published on the lead's page or by ``publish_guidelines``: annotations name the version that was acknowledged."""

    list_display = ("campaign", "number", "change", "summary", "published_by", "created_at")
    list_filter = ("campaign", "change")
    list_select_related = ("campaign", "published_by")


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ("campaign", "number", "state", "strategy", "model_version", "opened_at", "closed_at")
    list_filter = ("campaign", "state")
    list_select_related = ("campaign", "model_version__model")


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "round",
        "position",
        "solution_id",
        "state",
        "verdict",
        "score",
        "rank",
        "completed",
        "overlap",
    )
    list_filter = ("campaign", "state", "kind")
    list_select_related = ("round__campaign",)
    show_full_result_count = False  # there may be very many


@admin.register(ReferenceHold)
class ReferenceHoldAdmin(ReadOnlyAdmin):
    list_display = ("id", "round", "problem_id", "answer", "share")
    list_filter = ("round__campaign",)
    list_select_related = ("round__campaign",)


@admin.register(Gold)
class GoldAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "campaign",
        "use",
        "solution_id",
        "acceptable",
        "source",
        "active",
        "created_by",
        "created_at",
    )
    list_filter = ("campaign", "use", "active")
    list_select_related = ("campaign", "created_by")
    ordering = ("-id",)
