"""Raters' work: leases on items, drafts, and the annotations that came of them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Solution
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign, GuidelineVersion, Item, Round


class AssignmentState(models.TextChoices):
    LEASED = "leased", _("Leased")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    LATE = "late", _("Submitted late, beyond the overlap")


class Assignment(models.Model):
    """A lease on one item. Its id is random: it tells a rater nothing of the queue."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="assignments")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.LEASED)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rater"], name="assignment_once_per_rater"),
            models.UniqueConstraint(
                fields=["rater", "campaign"], condition=Q(state="leased"), name="assignment_one_lease_per_rater"
            ),
            models.CheckConstraint(condition=Q(state__in=AssignmentState.values), name="assignment_known_state"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="leased"), name="assignment_leases")]

    def __str__(self) -> str:
        return f"{self.state} item {self.item_id} by {self.rater_id}"


class Draft(models.Model):
    """What a rater has pressed so far on a lease; the higher ``seq`` is the newer."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, primary_key=True)
    seq = models.PositiveBigIntegerField()
    document = models.TextField(help_text=_("JSON as the page sent it; text, as JSONB refuses some characters."))
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft {self.seq} on {self.assignment_id}"


class GuidelineAcknowledgement(models.Model):
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "guideline"], name="acknowledgement_once")]

    def __str__(self) -> str:
        return f"{self.rater_id} has read {self.guideline_id}"


class FinishReason(models.TextChoices):
    FOUND_ERROR = "found_error", _("Found an error")
    SOLUTION = "solution", _("No error")
    BAD_PROBLEM = "bad_problem", _("Bad problem")
    GIVE_UP = "give_up", _("Gave up")


class Annotation(models.Model):
    """What a rater submitted, immutable by trigger: the exact document in PRM800K's shape, columns beside it.

    ``step_ratings``: as given, one a judged step, null where a step was only flagged. ``first_error``: 0-based.
    """

    uuid = models.UUIDField(unique=True, editable=False, help_text=_("Made by the client: a retry is recognised."))
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="annotation")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="annotations")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT)
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, blank=True)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True)
    request = models.TextField(help_text=_("What the client sent: a reused UUID is compared with it."))
    document = models.TextField(help_text=_("The PRM800K row, its exact text."))
    step_ratings = ArrayField(models.SmallIntegerField(null=True))
    first_error = models.PositiveSmallIntegerField(null=True, blank=True)
    finish_reason = models.CharField(max_length=16, choices=FinishReason.choices)
    reason = models.TextField(blank=True)
    total_time = models.PositiveBigIntegerField(help_text=_("Active time in milliseconds."))
    visible = models.JSONField(default=dict, help_text=_("What the rater could see."))
    strategy = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    score = models.FloatField(null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    late = models.BooleanField(default=False, help_text=_("Came after the lease had gone to somebody else."))
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(finish_reason__in=FinishReason.values), name="annotation_finish_reason"),
            models.CheckConstraint(
                condition=~Q(finish_reason__in=["bad_problem", "give_up"]) | ~Q(reason=""),
                name="annotation_reason_given",
            ),
            models.CheckConstraint(
                condition=(~Q(finish_reason="found_error") | Q(first_error__isnull=False))
                & (~Q(finish_reason="solution") | Q(first_error=None)),
                name="annotation_error_found_or_not",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "created_at"], name="annotation_by_time")]

    def __str__(self) -> str:
        return f"annotation {self.pk} by {self.rater_id}"
