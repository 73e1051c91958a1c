"""What there is to judge: problems, solutions and the samples that drew them, alternatives, verdicts."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Now
from django.utils.translation import gettext_lazy as _


class VerdictValue(models.TextChoices):
    RIGHT = "right", _("Right")
    WRONG = "wrong", _("Wrong")
    UNDECIDED = "undecided", _("Undecided")


class Problem(models.Model):
    """Identified by its normalised text (``key``), across imports and campaigns; the split hangs on it."""

    key = models.UUIDField(unique=True, editable=False)
    text = models.TextField()
    reference_answer = models.TextField(null=True, blank=True)
    reference_solution = models.TextField(null=True, blank=True)
    held_out = models.BooleanField(default=False, help_text=_("Of the test set: never trained on."))
    left_out = models.BooleanField(
        default=False, db_default=False, editable=False, help_text=_("A person found it bad: never served.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text[:80]


class PoolEntry(models.Model):
    """A problem that a campaign (named by slug: campaigns live above this app) may draw from."""

    campaign = models.CharField(max_length=64)
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE)

    class Meta:
        verbose_name_plural = "pool entries"
        constraints = [models.UniqueConstraint(fields=["campaign", "problem"], name="pool_entry_once")]

    def __str__(self) -> str:
        return f"{self.campaign}: problem {self.problem_id}"


class ImportBatch(models.Model):
    """One run of an import: which files, what came of them."""

    files = ArrayField(models.TextField())
    format = models.CharField(max_length=32)
    lines = models.BigIntegerField(default=0)
    samples_added = models.BigIntegerField(default=0)
    samples_known = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    rejects_file = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "import batches"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{', '.join(self.files)} ({self.samples_added} added)"


class Solution(models.Model):
    """One text, split into steps. Identical texts of a problem share this row, one score and one queue item.

    ``verdict`` and ``verdict_why`` repeat the verdict in force (a person's, else the newest grader's).
    """

    problem = models.ForeignKey(
        Problem,
        on_delete=models.CASCADE,
        related_name="solutions",
        db_index=False,  # ``solution_once_per_problem`` begins with it
    )
    key = models.UUIDField(editable=False)
    text = models.TextField()
    steps = ArrayField(models.TextField())
    final_answer = models.TextField(null=True, blank=True)
    truncated = models.BooleanField(default=False)
    first_index = models.PositiveIntegerField(help_text=_("Lowest index among its samples: breaks ties."))
    verdict = models.CharField(max_length=9, choices=VerdictValue.choices, null=True, blank=True)
    verdict_why = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "key"], name="solution_once_per_problem"),
            models.CheckConstraint(condition=~Q(steps=[]), name="solution_has_steps"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(verdict=None), name="solution_ungraded"),
            models.Index(fields=["problem"], condition=Q(verdict="undecided"), name="solution_undecided"),
        ]

    def __str__(self) -> str:
        return f"solution {self.pk} of problem {self.problem_id}"


class Sample(models.Model):
    """One draw from a generator. Twins share their solution row, but each sample stays and counts."""

    problem = models.ForeignKey(
        Problem,
        on_delete=models.CASCADE,
        related_name="samples",
        db_index=False,  # ``sample_once`` begins with it
    )
    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="samples")
    generator = models.CharField(max_length=128)
    source = models.CharField(max_length=128)
    sample_index = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200, blank=True, help_text=_("The problem's id in its source."))
    meta = models.JSONField(default=dict, blank=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="samples")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "generator", "source", "sample_index"], name="sample_once")
        ]
        indexes = [models.Index(fields=["source", "external_id", "sample_index"], name="sample_external")]

    def __str__(self) -> str:
        return f"{self.source}/{self.generator}/{self.sample_index} of problem {self.problem_id}"


class Origin(models.TextChoices):
    IMPORT = "import", _("Came with an import")
    SAMPLE = "sample", _("The next step of a sample")
    GENERATOR = "generator", _("Asked from a generator")
    RATER = "rater", _("Written by a rater")


class Alternative(models.Model):
    """A candidate for a step: it belongs to a problem, the steps before it, and its text; stored once, as first met.

    ``generator``: the model that wrote it, where known. ``ends``: a sample ended with it, its final answer stated.
    """

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="alternatives")
    prefix_key = models.UUIDField(editable=False)
    key = models.UUIDField(editable=False)
    step_index = models.PositiveIntegerField()
    text = models.TextField()
    origin = models.CharField(max_length=9, choices=Origin.choices, default=Origin.IMPORT, db_default=Origin.IMPORT)
    generator = models.CharField(max_length=128, blank=True, default="", db_default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ends = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "prefix_key", "key"], name="alternative_once"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="alternative_known_origin"),
            models.CheckConstraint(
                condition=Q(origin="rater", author__isnull=False) | (~Q(origin="rater") & Q(author=None)),
                name="alternative_author_is_a_rater",
            ),
            models.CheckConstraint(
                condition=~Q(origin="generator") | ~Q(generator=""), name="alternative_names_its_generator"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class RequestState(models.TextChoices):
    ASKED = "asked", _("Asked")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class CandidateRequest(models.Model):
    """Candidates asked of a generator for the step after ``steps``: once a problem, prefix and model.

    While it is being worked on it holds an advisory lock, as a job does. ``tries``: begun since it was last asked.
    """

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="candidate_requests")
    prefix_key = models.UUIDField(editable=False)
    steps = ArrayField(models.TextField(), blank=True)
    model = models.CharField(max_length=128)
    wanted = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=RequestState.choices, default=RequestState.ASKED)
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(help_text=_("When the next try is due."))
    found = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "prefix_key", "model"], name="candidate_request_once"),
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="candidate_request_known_state"),
        ]
        indexes = [models.Index(fields=["try_at"], condition=Q(state="asked"), name="candidate_request_due")]

    def __str__(self) -> str:
        return f"{self.model} on problem {self.problem_id}, step {len(self.steps) + 1}: {self.state}"


class RecordedScore(models.Model):
    """Step scores (each in [0, 1], one a step) that came with the samples, made elsewhere by ``scorer``."""

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="recorded_scores")
    scorer = models.CharField(max_length=128)
    step_scores = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scorer", "solution"], name="recorded_score_once")]

    def __str__(self) -> str:
        return f"{self.scorer} on solution {self.solution_id}"


class Verdict(models.Model):
    """Append-only: what a grader version, or a person, said of a final answer, against which reference and why."""

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="verdicts")
    value = models.CharField(max_length=9, choices=VerdictValue.choices)
    why = models.CharField(max_length=32, blank=True)
    grader = models.CharField(max_length=64, blank=True, help_text=_("Grader and version; empty for a person."))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    reference_answer = models.TextField()
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "solution", "grader", MD5("reference_answer"), condition=Q(person=None), name="verdict_once_per_grader"
            ),
            models.CheckConstraint(condition=Q(person=None) ^ Q(grader=""), name="verdict_by_grader_or_person"),
        ]

    def __str__(self) -> str:
        return f"{self.value} ({self.grader or self.person})"


class AnswerGrade(models.Model):
    """What the dear stage of a grader version said of two answers: asked once, whoever meets the pair again.

    ``key`` is a digest of both texts; what they were stays readable beside it.
    """

    grader = models.CharField(max_length=64)
    key = models.UUIDField(editable=False)
    reference_answer = models.TextField()
    answer = models.TextField()
    value = models.CharField(max_length=9, choices=VerdictValue.choices)
    why = models.CharField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grader", "key"], name="answer_grade_once")]

    def __str__(self) -> str:
        return f"{self.value} ({self.grader})"


class DecisionKind(models.TextChoices):
    CONFIRMED = "confirmed", _("The reference is right")
    CORRECTED = "corrected", _("The reference was corrected")
    LEFT_OUT = "left_out", _("Bad problem, left out")


class ReferenceDecision(models.Model):
    """Append-only: what a person decided about a problem's reference answer. The newest one counts.

    ``reference_answer`` is the one in force from then on: a decision stands as long as the reference does.
    """

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=9, choices=DecisionKind.choices)
    old_answer = models.TextField(blank=True)
    reference_answer = models.TextField(blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty where the command line did not say."),
    )
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="reference_decision_has_reason"),
            models.CheckConstraint(condition=Q(kind__in=DecisionKind.values), name="reference_decision_known_kind"),
        ]

    def __str__(self) -> str:
        return f"problem {self.problem_id}: {self.kind}"
