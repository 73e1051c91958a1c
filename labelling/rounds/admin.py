"""Raw tables of campaigns and rounds: what has been queued, and what raters were told, is history."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from labelling.jobs.admin import ReadOnlyAdmin
from labelling.rounds.models import Campaign, Gold, GuidelineVersion, Item, ReferenceHold, Round
from labelling.rounds.services import DEFAULT_GUIDELINES, guideline_publish


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
            guideline_publish(campaign=obj, body=DEFAULT_GUIDELINES.read_text(encoding="utf-8"))


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(admin.ModelAdmin[GuidelineVersion]):
    """Add-only: annotations name the version that their rater acknowledged."""

    fields = ("campaign", "body")
    list_display = ("campaign", "number", "created_at")
    list_filter = ("campaign",)
    list_select_related = ("campaign",)

    def has_change_permission(self, request: HttpRequest, obj: GuidelineVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: GuidelineVersion | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: GuidelineVersion, form: Any, change: bool) -> None:
        made = guideline_publish(campaign=obj.campaign, body=obj.body)
        obj.pk, obj.number = made.pk, made.number


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
