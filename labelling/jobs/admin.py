from django.contrib import admin
from django.http import HttpRequest

from labelling.jobs.models import Job


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # serves models of every app
    """History: to be looked at, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "state", "done", "total", "starts", "created_at", "finished_at")
    list_filter = ("kind", "state")
