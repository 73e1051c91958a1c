"""Campaigns, their guidelines, rounds, and the queue of items."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem, Solution, VerdictValue
from labelling.prm.models import ModelVersion
from labelling.rounds.guideline_models import GuidelineChange, GuidelineVersion

__all__ = ["GuidelineChange", "GuidelineVersion"]  # of this app too, in a module of their own

MOST_AHEAD = 5  # leases besides the one on screen


class Mode(models.TextChoices):
    FIRST_ERROR = "first_error", _("First error: stop at the first negative step")
    EVERY_STEP = "every_step", _("Every step: also past an error")
    ALTERNATIVES = "alternatives", _("Alternatives: several next steps a turn, one goes on")


class AnswerShown(models.TextChoices):
    SHOWN = "shown", _("Shown, as the reference answer")
    GUESS = "guess", _("Shown, as the current guess")
    HIDDEN = "hidden", _("Hidden")


class ErrorNotes(models.TextChoices):
    OFF = "off", _("Not asked for")
    OPTIONAL = "optional", _("Optional")
    REQUIRED = "required", _("Required: its type and an explanation")


NO_SCREENING = _("In alternatives mode there is no screening: it is judged by the first error of a given solution.")
ONE_RATER = _("In alternatives mode each item has one rater: an overlap of 1, and no adaptive overlap.")
MOST_BELOW_OVERLAP = _("Adaptive overlap goes up from the overlap: it can’t end below it.")
AGREE_OUT_OF_REACH = _("So many can never agree: the adaptive overlap asks fewer raters. Every item would be dropped.")
LONGEST_LEASE = 30 * 24 * 60  # minutes
NOT_A_SHARE = _("A share lies between 0 and 1: 0.8 means four in five.")
LEASE_TOO_LONG = _("A lease of more than 30 days would keep its item from everybody else.")
MODE_IS_FIXED = _("The mode can’t change once items are queued: what was labelled would be of two kinds.")
HOLDS_FOR_A_ROUND = _("A round is open, and raters are at work under the old rule: close the round first.")


class Purpose(models.TextChoices):
    TRAINING = "training", _("Training")
    EVALUATION = "evaluation", _("Evaluation (held-out problems are served here only)")


class Campaign(models.Model):
    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    mode = models.CharField(
        max_length=16,
        choices=Mode.choices,
        default=Mode.FIRST_ERROR,
        help_text=_("What raters judge of a solution; fixed once items are queued."),
    )
    purpose = models.CharField(
        max_length=16,
        choices=Purpose.choices,
        default=Purpose.TRAINING,
        help_text=_("What the labels are for: held-out problems are served for evaluation only."),
    )
    answer_shown = models.CharField(
        max_length=8,
        choices=AnswerShown.choices,
        default=AnswerShown.SHOWN,
        db_default=AnswerShown.SHOWN.value,
        help_text=_("What raters see of the reference answer; “current guess” where it may be wrong."),
    )
    show_reference_solution = models.BooleanField(
        default=False, help_text=_("Raters can unfold the reference solution, where there is one.")
    )
    offer_alternatives = models.BooleanField(
        default=True,
        db_default=True,
        help_text=_("First-error mode: other candidates for the failing step are rated too, where there are any."),
    )
    candidates_per_turn = models.PositiveSmallIntegerField(
        default=4,
        db_default=4,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("Alternatives mode: how many candidates for a step raters are shown at most."),
    )
    error_notes = models.CharField(
        max_length=8,
        choices=ErrorNotes.choices,
        default=ErrorNotes.OFF,
        db_default=ErrorNotes.OFF.value,
        help_text=_("For a negative step: what kind of error, an explanation, the step put right."),
    )
    auto_submit = models.BooleanField(
        default=False, db_default=False, help_text=_("The last rating that is needed submits the item by itself.")
    )
    overlap = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many raters judge each item."),
    )
    overlap_most = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Adaptive: raters are added up to here while too few agree on the first error. Empty: fixed."),
    )
    agree = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(20)],
        help_text=_("Adaptive: how many raters must agree on the first error."),
    )
    skips_per_round = models.PositiveSmallIntegerField(
        default=10, help_text=_("Items that a rater may skip in a round; 0: none.")
    )
    allow_give_up = models.BooleanField(default=True, help_text=_("Raters may give an item up, with a reason."))
    items_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("A rater's quota a day (UTC), unless the rater has one of their own.")
    )
    gold_per_round = models.PositiveSmallIntegerField(
        default=12,
        validators=[MaxValueValidator(100)],
        help_text=_("Gold items that each rater meets in a round, at unpredictable places; 0: none."),
    )
    gold_mark = models.FloatField(default=0.8, help_text=_("Share of gold below which a rater is paused."))
    gold_least = models.PositiveSmallIntegerField(
        default=10,
        help_text=_("Gold items before the bare share counts; earlier its interval must lie below the mark."),
    )
    gold_coaching = models.BooleanField(
        default=False, help_text=_("Show a missed gold's explanation, once it is retired and thus live for nobody.")
    )
    screening_required = models.BooleanField(default=False, help_text=_("Raters pass a screening before they begin."))
    screening_items = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1)], help_text=_("Items of a screening.")
    )
    screening_mark = models.FloatField(default=0.75, help_text=_("Share of screening items to be admitted."))
    screening_shuffled = models.BooleanField(default=True, help_text=_("Another order for each try; else one for all."))
    screening_tries = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text=_("How often a rater may try the screening.")
    )
    lease_minutes = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(1)],
        help_text=_("Minutes without a sign of life until others get it."),
    )
    lease_ahead = models.PositiveSmallIntegerField(
        default=3,
        db_default=3,
        validators=[MaxValueValidator(MOST_AHEAD)],
        help_text=_("Items leased to a rater besides the one on screen, so that the next is there without waiting."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(overlap__range=(1, 20)), name="campaign_overlap_range"),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="campaign_lease_positive"),
            models.CheckConstraint(condition=Q(lease_ahead__lte=MOST_AHEAD), name="campaign_lease_ahead_range"),
            models.CheckConstraint(condition=~Q(slug=""), name="campaign_has_slug"),
            models.CheckConstraint(
                condition=Q(overlap_most=None) | Q(overlap_most__gte=F("overlap"), overlap_most__lte=20),
                name="campaign_overlap_most_range",
            ),
            models.CheckConstraint(condition=Q(agree__range=(2, 20)), name="campaign_agree_range"),
            models.CheckConstraint(
                condition=Q(gold_mark__range=(0, 1), screening_mark__range=(0, 1)), name="campaign_marks_are_shares"
            ),
            models.CheckConstraint(
                condition=Q(screening_items__gte=1, screening_tries__gte=1), name="campaign_screening_positive"
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="campaign_known_mode"),
            models.CheckConstraint(
                condition=Q(answer_shown__in=AnswerShown.values), name="campaign_known_answer_shown"
            ),
            models.CheckConstraint(condition=Q(error_notes__in=ErrorNotes.values), name="campaign_known_error_notes"),
            models.CheckConstraint(
                condition=~Q(mode="alternatives") | Q(overlap=1, overlap_most=None),
                name="campaign_alternatives_one_rater",
                violation_error_message=ONE_RATER,
            ),
            models.CheckConstraint(
                condition=~Q(mode="alternatives") | Q(screening_required=False),
                name="campaign_alternatives_unscreened",
                violation_error_message=NO_SCREENING,
            ),
            models.CheckConstraint(
                condition=Q(candidates_per_turn__range=(1, 9)), name="campaign_candidates_per_turn_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the constraints can't say by the field's name, or can't see. Forms and ``campaign_configure`` ask."""
        if self.mode == Mode.ALTERNATIVES:
            more = [name for name in ("overlap", "overlap_most") if (getattr(self, name) or 1) > 1]
            if more:
                raise ValidationError(dict.fromkeys(more, ONE_RATER))
            if self.screening_required:
                raise ValidationError({"screening_required": NO_SCREENING})
        most = self.overlap_most
        if most is not None and most < (self.overlap or 0):
            raise ValidationError({"overlap_most": MOST_BELOW_OVERLAP})
        if most is not None and most < (self.agree or 0):
            raise ValidationError({"agree": AGREE_OUT_OF_REACH})
        marks = ("gold_mark", "screening_mark")
        if off := [name for name in marks if not 0 <= (getattr(self, name) or 0) <= 1]:
            raise ValidationError(dict.fromkeys(off, NOT_A_SHARE))
        if (self.lease_minutes or 0) > LONGEST_LEASE:
            raise ValidationError({"lease_minutes": LEASE_TOO_LONG})
        if self.pk is not None:
            self._clean_change(Campaign.objects.get(pk=self.pk))

    def _clean_change(self, before: "Campaign") -> None:
        """A page that is open asks for what its campaign asked for when the item was leased."""
        if self.mode != before.mode and self.items.exists():
            raise ValidationError({"mode": MODE_IS_FIXED})
        asked = [name for name in ("offer_alternatives", "error_notes") if getattr(self, name) != getattr(before, name)]
        if asked and self.rounds.filter(state=RoundState.OPEN).exists():
            raise ValidationError(dict.fromkeys(asked, HOLDS_FOR_A_ROUND))


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
    pool = models.CharField(
        max_length=64, blank=True, help_text=_("Served to raters of this pool alone; empty: to all of the campaign.")
    )
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
    GOLD = "gold", _("Gold")
    SCREENING = "screening", _("Screening")


IMPORTED = "imported"  # the strategy of rounds and items that came with labelled files; their golds nobody knows here
NO_ERROR = -1  # among a gold's acceptable first errors: to find none
UNLIMITED = 32_767  # overlap of gold and screening items, which every rater meets


class GoldUse(models.TextChoices):
    GOLD = "gold", _("Gold: mixed into the rounds")
    SCREENING = "screening", _("Screening: before the first item")


class Gold(models.Model):
    """A solution whose first error is known: the *set* of steps that are reasonable to call it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="golds")
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="golds")
    use = models.CharField(max_length=10, choices=GoldUse.choices, default=GoldUse.GOLD)
    acceptable = ArrayField(
        models.SmallIntegerField(), help_text=_("0-based steps that may be called the first error; -1: finding none.")
    )
    explanation = models.TextField(blank=True, help_text=_("What coaching tells after a miss."))
    source = models.CharField(max_length=200, blank=True, help_text=_("A file's name, or the annotation it came from."))
    active = models.BooleanField(
        default=True, help_text=_("Inactive ones are retired: no further item is made of them.")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "solution"], name="gold_once_per_campaign"),
            models.CheckConstraint(condition=Q(use__in=GoldUse.values), name="gold_known_use"),
            models.CheckConstraint(condition=Q(acceptable__len__gte=1), name="gold_accepts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.use} {self.pk} of {self.campaign_id}"


class ItemState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DROPPED = "dropped", _("Dropped: too few agree")


class Item(models.Model):
    """One solution in a round's queue, and why it was picked. ``held`` + ``completed`` never pass ``overlap``.

    Screening items belong to the campaign, not to a round. ``gold``: what a gold or screening item is judged by.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="items", null=True, blank=True)
    gold = models.ForeignKey(Gold, on_delete=models.PROTECT, related_name="items", null=True, blank=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="items")
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=10, choices=ItemKind.choices, default=ItemKind.NORMAL)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.QUEUED)
    state_reason = models.CharField(max_length=200, blank=True)
    position = models.PositiveIntegerField(help_text=_("Place in the round's queue, from 0."))
    strategy = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=9, choices=VerdictValue.choices)
    score = models.FloatField(null=True, blank=True, help_text=_("Null: gold that the round's model has not scored."))
    rank = models.PositiveIntegerField(help_text=_("Place among its problem's candidates, from 1."))
    overlap = models.PositiveSmallIntegerField()
    held = models.PositiveSmallIntegerField(default=0)
    completed = models.PositiveSmallIntegerField(default=0)
    returned = models.BooleanField(default=False, db_default=False, editable=False)  # set by trigger: free once more

    class Meta:
        ordering = ["round_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="item_position_once"),
            models.UniqueConstraint(
                fields=["campaign", "solution"],
                condition=~Q(state="withdrawn") & Q(kind="normal"),
                name="item_solution_once_per_campaign",
            ),
            models.UniqueConstraint(fields=["round", "gold"], name="item_gold_once_per_round"),
            models.UniqueConstraint(fields=["gold"], condition=Q(kind="screening"), name="item_screening_once"),
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="item_known_kind"),
            models.CheckConstraint(
                condition=Q(kind="screening", round=None) | (~Q(kind="screening") & Q(round__isnull=False)),
                name="item_round_unless_screening",
            ),
            models.CheckConstraint(
                condition=Q(kind="normal", gold=None)
                | (~Q(kind="normal") & (Q(gold__isnull=False) | Q(strategy=IMPORTED))),
                name="item_gold_unless_normal",
            ),
            models.CheckConstraint(condition=Q(held__gte=0, completed__gte=0), name="item_counts_not_negative"),
            models.CheckConstraint(condition=Q(overlap__gte=F("held") + F("completed")), name="item_within_overlap"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="item_known_state"),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "round", "position"],
                condition=Q(state="queued", kind="normal", overlap__gt=F("held") + F("completed")),
                name="item_claimable",
            ),
            models.Index(
                fields=["round", "position"],
                condition=Q(state="queued", kind="normal", returned=True, overlap__gt=F("held") + F("completed")),
                name="item_returned",
            ),
            models.Index(fields=["round", "gold"], condition=Q(kind="gold"), name="item_golds"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk} of round {self.round_id}"
