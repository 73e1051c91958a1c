"""Campaigns, their guidelines, rounds, and the queue of items."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem, Solution, VerdictValue
from labelling.prm.models import ModelVersion


class Mode(models.TextChoices):
    FIRST_ERROR = "first_error", _("First error")


class Purpose(models.TextChoices):
    TRAINING = "training", _("Training")
    EVALUATION = "evaluation", _("Evaluation (held-out problems are served here only)")


class Campaign(models.Model):
    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.FIRST_ERROR)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.TRAINING)
    show_reference_answer = models.BooleanField(default=True)
    show_reference_solution = models.BooleanField(default=False)
    overlap = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many raters judge each item."),
    )
    lease_minutes = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(overlap__range=(1, 20)), name="campaign_overlap_range"),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="campaign_lease_positive"),
            models.CheckConstraint(condition=~Q(slug=""), name="campaign_has_slug"),
        ]

    def __str__(self) -> str:
        return self.name


class GuidelineVersion(models.Model):
    """The rules that raters judge by, in Markdown; a new text is a new version."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="guideline_version_once")]

    def __str__(self) -> str:
        return f"{self.campaign.slug} guidelines v{self.number}"


class RoundState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Round(models.Model):
    """One generation of labelling: its number within the campaign, pinned to one model version and one strategy."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=RoundState.choices, default=RoundState.OPEN)
    strategy = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    params = models.JSONField(default=dict)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["campaign_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["campaign"], condition=Q(state="open"), name="round_one_open_per_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.slug} round {self.number}"


class ReferenceHold(models.Model):
    """A problem kept out of a round because its samples agree on an answer graded wrong: check the reference."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="holds")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE)
    answer = models.TextField(help_text=_("The answer that the samples agree on."))
    share = models.FloatField(help_text=_("The share of the problem's samples that give it."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "problem"], name="reference_hold_once")]

    def __str__(self) -> str:
        return f"problem {self.problem_id}: {self.share:.0%} say {self.answer[:40]}"


class ItemKind(models.TextChoices):
    NORMAL = "normal", _("Normal")


class ItemState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Item(models.Model):
    """One solution in a round's queue, and why it was picked. ``held`` + ``completed`` never pass ``overlap``."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="items")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=10, choices=ItemKind.choices, default=ItemKind.NORMAL)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.QUEUED)
    state_reason = models.CharField(max_length=200, blank=True)
    position = models.PositiveIntegerField(help_text=_("Place in the round's queue, from 0."))
    strategy = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=9, choices=VerdictValue.choices)
    score = models.FloatField()
    rank = models.PositiveIntegerField(help_text=_("Place among its problem's candidates, from 1."))
    overlap = models.PositiveSmallIntegerField()
    held = models.PositiveSmallIntegerField(default=0)
    completed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["round_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="item_position_once"),
            models.UniqueConstraint(
                fields=["campaign", "solution"], condition=~Q(state="withdrawn"), name="item_solution_once_per_campaign"
            ),
            models.CheckConstraint(condition=Q(held__gte=0, completed__gte=0), name="item_counts_not_negative"),
            models.CheckConstraint(condition=Q(overlap__gte=F("held") + F("completed")), name="item_within_overlap"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="item_known_state"),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "round", "position"],
                condition=Q(state="queued", overlap__gt=F("held") + F("completed")),
                name="item_claimable",
            )
        ]

    def __str__(self) -> str:
        return f"item {self.pk} of round {self.round_id}"
