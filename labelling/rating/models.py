"""Raters' work: leases on items, drafts, and the annotations that came of them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Solution
from labelling.prm.models import ModelVersion
from labelling.rating.word_models import KeyMap, LeadQuestion, QuestionKind, ReferenceReport
from labelling.rounds.models import MOST_AHEAD, Campaign, GuidelineVersion, Item, Round

__all__ = ["KeyMap", "LeadQuestion", "QuestionKind", "ReferenceReport"]  # of this app too, in a module of their own


class AssignmentState(models.TextChoices):
    LEASED = "leased", _("Leased")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    LATE = "late", _("Submitted late, beyond the overlap")
    SKIPPED = "skipped", _("Skipped")
    VOIDED = "voided", _("Voided")


class Assignment(models.Model):
    """A lease on one item. Its id is random: it tells a rater nothing of the queue.

    A rater holds several at once, worked through in the order of ``leased_at``. Each takes a slot while it is leased,
    so that the database itself bounds how many there are.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="assignments")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT)
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.LEASED)
    slot = models.PositiveSmallIntegerField(default=0, db_default=0)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "campaign", "solution"], name="assignment_solution_once_per_rater"
            ),
            models.UniqueConstraint(
                fields=["rater", "campaign", "slot"], condition=Q(state="leased"), name="assignment_slot_once"
            ),
            models.CheckConstraint(condition=Q(slot__lte=MOST_AHEAD), name="assignment_slot_range"),
            models.CheckConstraint(condition=Q(state__in=AssignmentState.values), name="assignment_known_state"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="leased"), name="assignment_leases"),
            models.Index(fields=["rater", "campaign"], condition=Q(state="expired"), name="assignment_expired"),
        ]

    def __str__(self) -> str:
        return f"{self.state} item {self.item_id} by {self.rater_id}"


class Turn(models.Model):
    """Alternatives mode: the candidates that a rater is shown for the step after some steps.

    Kept once they are shown, so that what a lease offers never changes under its rater.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="turns")
    prefix_key = models.UUIDField(editable=False)
    candidates = ArrayField(models.BigIntegerField(), help_text=_("Ids of alternatives, in the order shown."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "prefix_key"], name="turn_once"),
            models.CheckConstraint(condition=Q(candidates__len__gte=1), name="turn_shows_something"),
        ]

    def __str__(self) -> str:
        return f"{len(self.candidates)} candidates on {self.assignment_id}"


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


class ErrorType(models.TextChoices):
    """What a note may call an error; ``validation.ERROR_TYPES`` has the same, in the same order."""

    ARITHMETIC = "arithmetic", _("Arithmetic")
    LOGIC = "logic", _("Logic: does not follow")
    MISREAD = "misread", _("Misread the problem")
    UNJUSTIFIED = "unjustified", _("Unjustified")
    FORMULA = "formula", _("Wrong formula or theorem")
    INCOMPLETE = "incomplete", _("Incomplete")
    OTHER = "other", _("Other")


class Annotation(models.Model):
    """What a rater submitted, immutable by trigger: the exact document in PRM800K's shape, columns beside it.

    ``step_ratings``: as given, one a judged step, null where a step was only flagged. ``first_error``: 0-based.
    ``version``: 1, and one more for each correction, which names what it ``replaces``. ``gold_right``: a gold's first
    answer judged; null for other items, for corrections, and where the rater gave up. ``round``: null in screening.
    """

    uuid = models.UUIDField(unique=True, editable=False, help_text=_("Made by the client: a retry is recognised."))
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="annotations")
    version = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="annotations")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT)
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="annotations",
        db_index=False,  # ``annotation_by_rater`` begins with it
    )
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, blank=True)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True)
    request = models.TextField(help_text=_("What the client sent: a reused UUID is compared with it."))
    document = models.TextField(help_text=_("The PRM800K row, its exact text."))
    step_ratings = ArrayField(models.SmallIntegerField(null=True))
    first_error = models.PositiveSmallIntegerField(null=True, blank=True)
    finish_reason = models.CharField(max_length=16, choices=FinishReason.choices)
    reason = models.TextField(blank=True)
    total_time = models.PositiveBigIntegerField(help_text=_("Active time in milliseconds."))
    step_times = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        db_default=Value([], output_field=ArrayField(models.PositiveIntegerField())),
        blank=True,
        help_text=_("Of it, what each step was being judged for."),
    )
    notes = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text=_("Error notes, by negative step: its type of error, an explanation, the step put right."),
    )
    visible = models.JSONField(
        default=dict,
        help_text=_("What the rater could see: the reference answer (shown, a guess, hidden), the reference solution."),
    )
    strategy = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    score = models.FloatField(null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    late = models.BooleanField(default=False, help_text=_("Came after the lease had gone to somebody else."))
    gold_right = models.BooleanField(null=True, blank=True)
    simulated = models.BooleanField(default=False, help_text=_("By a simulated rater."))
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
            models.UniqueConstraint(fields=["assignment", "version"], name="annotation_version_once"),
            models.CheckConstraint(
                condition=Q(version=1, replaces=None) | Q(version__gt=1, replaces__isnull=False),
                name="annotation_correction_names_the_old",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "created_at"], name="annotation_by_time"),
            models.Index(  # a rater's own figures are read from it alone
                fields=["rater", "created_at"],
                include=["campaign", "version", "total_time", "replaces"],
                name="annotation_by_rater",
            ),
        ]

    def __str__(self) -> str:
        return f"annotation {self.pk} by {self.rater_id}"


class Admission(models.TextChoices):
    NEW = "new", _("Not screened")
    SCREENING = "screening", _("In screening")
    ADMITTED = "admitted", _("Admitted")
    FAILED = "failed", _("Failed the screening")


class Standing(models.Model):
    """One rater in one campaign: admission, pause, quota, gold so far, and where the next gold of the round lies.

    ``gold_places``: which of the rater's items in the round (``round``) are gold, by ordinal, as far as still to come;
    ``served``: items of the round that the rater was given; ``skipped``: those passed over. ``day`` and ``day_count``:
    submits of the last day with one (UTC).
    """

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standings")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="standings")
    pool = models.CharField(max_length=64, blank=True)
    items_per_day = models.PositiveIntegerField(null=True, blank=True, help_text=_("Instead of the campaign's quota."))
    simulated = models.BooleanField(default=False)
    admission = models.CharField(max_length=10, choices=Admission.choices, default=Admission.NEW)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    pause_reason = models.TextField(blank=True, help_text=_("What the rater is told."))
    gold_seen = models.PositiveIntegerField(default=0)
    gold_right = models.PositiveIntegerField(default=0)
    gold_from = models.PositiveIntegerField(
        default=0, help_text=_("Golds before the last time a lead let the rater go on: judged anew from there.")
    )
    gold_right_from = models.PositiveIntegerField(default=0)
    round = models.ForeignKey(Round, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    served = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text=_("Where the rater's claims in the round go on: nothing free lies before it but what came back."),
    )
    gold_places = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    day = models.DateField(null=True, blank=True)
    day_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "campaign"], name="standing_once"),
            models.CheckConstraint(condition=Q(admission__in=Admission.values), name="standing_known_admission"),
            models.CheckConstraint(condition=Q(gold_right__lte=models.F("gold_seen")), name="standing_gold_counts"),
            models.CheckConstraint(condition=Q(paused_at=None) | ~Q(pause_reason=""), name="standing_pause_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} in {self.campaign_id}"


class StandingAct(models.TextChoices):
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Let go on")
    ADMITTED = "admitted", _("Admitted")
    RETRY = "retry", _("Allowed another try of the screening")


class StandingEvent(models.Model):
    """What a lead did to a rater's standing, and why."""

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="events")
    act = models.CharField(max_length=10, choices=StandingAct.choices)
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(act__in=StandingAct.values), name="standing_event_known_act"),
            models.CheckConstraint(condition=~Q(reason=""), name="standing_event_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.standing_id}"


class CoachingSeen(models.Model):
    """A rater has read the explanation of a gold that they missed."""

    annotation = models.OneToOneField(Annotation, on_delete=models.CASCADE, primary_key=True, related_name="coaching")
    seen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"explanation after {self.annotation_id}"


class ScreeningTry(models.Model):
    """One go at a campaign's screening. ``total``: items that it asks for; ``seed`` orders them, where shuffled."""

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="screening_tries")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    number = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField()
    total = models.PositiveSmallIntegerField()
    answered = models.PositiveSmallIntegerField(default=0)
    right = models.PositiveSmallIntegerField(default=0)
    passed = models.BooleanField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "campaign", "number"], name="screening_try_once"),
            models.UniqueConstraint(
                fields=["rater", "campaign"], condition=Q(passed=None), name="screening_one_open_try"
            ),
            models.CheckConstraint(
                condition=Q(right__lte=models.F("answered"), answered__lte=models.F("total")), name="screening_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"try {self.number} of {self.rater_id} in {self.campaign_id}"


class Void(models.Model):
    """A lead's withdrawal of a rater's annotations in a campaign: all, a round's, a time span's. Reversible."""

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="voids")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="void_has_reason")]

    def __str__(self) -> str:
        return f"void {self.pk} of {self.rater_id}"


class VoidedAnnotation(models.Model):
    """An annotation that a void took out; ``restored`` where the void was reversed."""

    void = models.ForeignKey(Void, on_delete=models.PROTECT, related_name="annotations")
    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="voids")
    restored = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation"], condition=Q(restored=False), name="annotation_void_once")
        ]

    def __str__(self) -> str:
        return f"annotation {self.annotation_id} by {self.void_id}"


class OutboxKind(models.TextChoices):
    FILLED = "filled", _("An item has as many annotations as its overlap asks for")
    CHANGED = "changed", _("An annotation of an item was corrected, voided or restored")
    PAUSED = "paused", _("A rater was paused")


class Outbox(models.Model):
    """What happened here that higher apps must act on; they drain it. Written in the transaction of what happened."""

    kind = models.CharField(max_length=10, choices=OutboxKind.choices)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)
    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    drained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=OutboxKind.values), name="outbox_known_kind")]
        indexes = [models.Index(fields=["id"], condition=Q(drained_at=None), name="outbox_undrained")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id or self.standing_id}"
