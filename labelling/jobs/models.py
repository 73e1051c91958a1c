"""Long work as rows: Redis may forget every message, these rows are what is true."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """One piece of long work: which Celery task does it, with which parameters, and how far it has come."""

    kind = models.CharField(max_length=32)
    task = models.CharField(max_length=128, help_text=_("The Celery task that takes this job's id."))
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)
    error = models.TextField(blank=True)
    stoppable = models.BooleanField(
        default=False, db_default=False, help_text=_("Whether a person may stop it; what it has done by then stays.")
    )
    starts = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_known_state"),
            models.CheckConstraint(condition=Q(done__gte=0), name="job_done_not_negative"),
            models.CheckConstraint(condition=Q(total=None) | Q(done__lte=F("total")), name="job_done_within_total"),
        ]
        indexes = [models.Index(fields=["enqueued_at"], condition=Q(state__in=UNFINISHED), name="job_unfinished")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def why_failed(self) -> str:
        """The error in words, without the name of its class; empty unless it failed."""
        return self.error.partition(": ")[2] or self.error if self.state == JobState.FAILED else ""

    def serves(self, campaign: str) -> bool:
        """Whether it is that campaign's (by its slug), or all campaigns'."""
        return self.params.get("campaign") in (None, campaign)
