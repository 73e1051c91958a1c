from django.contrib import admin

from exports.models import Snapshot, TestSet
from labelling.jobs.admin import ReadOnlyAdmin


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("short", "title", "campaign", "format", "split", "rows", "size", "created_at")
    list_filter = ("campaign", "format", "purpose")


@admin.register(TestSet)
class TestSetAdmin(ReadOnlyAdmin):
    __test__ = False
    list_display = ("name", "source", "created_at")
