"""Reward models, their versions, and the scores that each version gave."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem, Solution


class Reduction(models.TextChoices):
    PRODUCT = "product", _("Product over steps")
    MINIMUM = "min", _("Minimum over steps")


class RewardModel(models.Model):
    """A process reward model by name: which backend runs it, and how step scores become a solution score."""

    name = models.CharField(max_length=128, unique=True)
    backend = models.CharField(max_length=32)
    reduction = models.CharField(max_length=8, choices=Reduction.choices, default=Reduction.PRODUCT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(reduction__in=Reduction.values), name="model_reduction")]

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """One version of a reward model: the configuration its backend is made from. Never changed once it has scored.

    ``facts``: how it was trained, where it was trained here: data hash, feature and code version, AUC, ECE, counts.
    """

    model = models.ForeignKey(RewardModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    config = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["model_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="model_version_once")]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"


class TrainedProblem(models.Model):
    """A problem, by its key, that a version was trained on: what a test set named later is held against."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="trained_problems")
    key = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="trained_problem_once")]
        indexes = [models.Index(fields=["key"], name="trained_problem_by_key")]

    def __str__(self) -> str:
        return f"{self.key} in {self.version_id}"


class Score(models.Model):
    """What one model version thinks of one text. ``step_scores``: P(step is not an error), one a step, raw.

    The problem is repeated here so that a round can walk down each problem's best scores by one index.
    """

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="scores")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="scores")
    step_scores = ArrayField(models.FloatField())
    solution_score = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "solution"], name="score_once_per_version"),
            models.CheckConstraint(condition=Q(solution_score__range=(0, 1)), name="score_is_probability"),
        ]
        indexes = [models.Index(fields=["version", "problem", "-solution_score"], name="score_best_first")]

    def __str__(self) -> str:
        return f"{self.solution_score:.3f} on solution {self.solution_id}"
