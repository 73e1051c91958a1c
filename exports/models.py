"""Snapshots of datasets, test sets, and the problems in each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """A dataset frozen for good: rows refuse UPDATE and DELETE by trigger. Its files lie in the storage.

    ``hash``: the SHA-256 of ``manifest``, which names every file with its own. ``campaign``: a slug, empty for all.
    """

    hash = models.CharField(max_length=64, unique=True)
    manifest = models.TextField(help_text=_("Exactly as it lies beside the files."))
    title = models.CharField(max_length=200, blank=True)
    campaign = models.CharField(max_length=64, blank=True)
    format = models.CharField(max_length=32)
    purpose = models.CharField(max_length=16)
    raters = models.CharField(max_length=16)
    split = models.CharField(max_length=8)
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="snapshot_named_by_hash"),
        ]
        indexes = [models.Index(fields=["campaign", "-id"], name="snapshot_of_campaign")]

    def __str__(self) -> str:
        return f"{self.hash[:12]} ({self.format})"

    @property
    def short(self) -> str:
        return self.hash[:12]


class SnapshotProblem(models.Model):
    """A problem in a snapshot, by its key: what a test set named later is held against. ``test``: on its test side."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="problems")
    key = models.UUIDField()
    test = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "key"], name="snapshot_problem_once")]
        indexes = [models.Index(fields=["key"], name="snapshot_problem_by_key")]

    def __str__(self) -> str:
        return f"{self.key} in {self.snapshot_id}"


class TestSet(models.Model):
    """Problems held out under a name; they stay so. ``source``: what they were chosen by, in words."""

    __test__ = False  # nothing for pytest to collect

    name = models.CharField(max_length=100, unique=True)
    source = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="test_set_has_name")]

    def __str__(self) -> str:
        return self.name


class TestProblem(models.Model):
    __test__ = False

    test_set = models.ForeignKey(TestSet, on_delete=models.CASCADE, related_name="problems")
    key = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["test_set", "key"], name="test_problem_once")]
        indexes = [models.Index(fields=["key"], name="test_problem_by_key")]

    def __str__(self) -> str:
        return f"{self.key} in {self.test_set_id}"
