"""What raters say beside their judgements: questions to the lead, reports on shown answers; and their own keys.

None of it says anything of scores, golds or other people: it is about what the rater saw, whatever kind of item it was.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem
from labelling.rounds.models import Campaign


class QuestionKind(models.TextChoices):
    QUESTION = "question", _("Question")
    SPLIT = "split", _("Badly split step")
    OTHER = "other", _("Something else")


class LeadQuestion(models.Model):
    """A rater's question on an item, perhaps on one ``step`` (0-based), and the lead's answer.

    ``read_at``: when the rater saw the answer as it stands; a changed answer is unread again. ``shared``: the answer,
    without the question, is shown to all raters of the campaign.
    """

    uuid = models.UUIDField(unique=True, editable=False, help_text=_("Made by the client: a retry is recognised."))
    assignment = models.ForeignKey("rating.Assignment", on_delete=models.PROTECT, related_name="questions")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="questions")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(max_length=8, choices=QuestionKind.choices)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="question_known_kind"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_text"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="", read_at=None, shared=False)
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="question_answered_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["rater", "created_at"], name="question_by_rater"),
            models.Index(
                fields=["rater"], condition=Q(answered_at__isnull=False, read_at=None), name="question_answer_unread"
            ),
            models.Index(fields=["campaign"], condition=Q(answered_at=None), name="question_open"),
        ]

    def __str__(self) -> str:
        return f"question {self.uuid} by {self.rater_id}"


class ReferenceReport(models.Model):
    """A rater says that the answer shown with a problem looks wrong. One a rater and problem: a second replaces it.

    It is open until a person decides on the problem's reference: until a decision above ``last_decision``, the newest
    one's id when the report came (0: none). ``shown``: the answer that it is about; one no longer in force is closed.
    """

    uuid = models.UUIDField(unique=True, editable=False, help_text=_("Made by the client: a retry is recognised."))
    assignment = models.ForeignKey("rating.Assignment", on_delete=models.PROTECT, related_name="reports")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="reports")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="reports")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    shown = models.TextField()
    note = models.TextField()
    last_decision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "problem", "rater"], name="reference_report_once"),
            models.CheckConstraint(condition=~Q(note=""), name="reference_report_has_note"),
        ]
        indexes = [models.Index(fields=["rater", "updated_at"], name="reference_report_by_rater")]

    def __str__(self) -> str:
        return f"report on problem {self.problem_id} by {self.rater_id}"


class KeyMap(models.Model):
    """A rater's own keys on the labelling page: for every action its keys (``keymaps.py`` says which may be)."""

    rater = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="key_map"
    )
    keys = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"keys of {self.rater_id}"
