"""Reward models, their versions, and the scores that each version gave."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem, Solution
from labelling.prm.names import LONGEST


class Reduction(models.TextChoices):
    PRODUCT = "product", _("Product over steps")
    MINIMUM = "min", _("Minimum over steps")
    LAST = "last", _("Last step")
    MEAN = "mean", _("Mean over steps")


class Objective(models.TextChoices):
    PROCESS = "process", _("Process model")
    OUTCOME = "outcome", _("Outcome model")


class RewardModel(models.Model):
    """A reward model by name: which backend runs it, and how step scores become a solution score.

    ``objective``: an outcome model's score of a step is P(the final answer is right), judged by the steps up to it.
    """

    name = models.CharField(max_length=LONGEST, unique=True)
    backend = models.CharField(max_length=32)
    reduction = models.CharField(max_length=8, choices=Reduction.choices, default=Reduction.PRODUCT)
    objective = models.CharField(
        max_length=8, choices=Objective.choices, default=Objective.PROCESS, db_default=Objective.PROCESS
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reduction__in=Reduction.values), name="model_reduction"),
            models.CheckConstraint(condition=Q(objective__in=Objective.values), name="model_objective"),
        ]

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


class EmbeddedModel(models.Model):
    """An embedded model's files, by their digest: every worker finds them here, whatever machine trained it."""

    digest = models.CharField(max_length=64, primary_key=True)
    meta = models.BinaryField()
    weights = models.BinaryField()

    def __str__(self) -> str:
        return self.digest


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

    Null: not scored, as what came before filled the model's context, or as an outcome model judges the last step only.
    The problem is repeated here so that a round can walk down each problem's best scores by one index.
    """

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="scores")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="scores")
    step_scores = ArrayField(models.FloatField(null=True))
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

    @property
    def in_part(self) -> bool:
        """Whether the solution goes on where the model's context ended."""
        return bool(self.step_scores) and self.step_scores[-1] is None


class EvaluationKind(models.TextChoices):
    STEPS = "steps", _("Labelled steps")
    FIRST_ERRORS = "first-errors", _("Finding the first error")
    BEST_OF_N = "best-of-n", _("Best of N")


class Evaluation(models.Model):
    """How good a version was found to be on one set of data; measured again, the figures are replaced.

    ``data_sha256``: over what was measured on, so that figures of the same data, and no others, are put side by side.
    ``settings``: what else they hang on (neutral rule, sizes, seed).
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="evaluations")
    kind = models.CharField(max_length=12, choices=EvaluationKind.choices)
    dataset = models.TextField(help_text=_("The data's name: files, a campaign, a source."))
    data_sha256 = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    figures = models.JSONField()
    code_version = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "dataset", "version_id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "data_sha256", "settings"], name="evaluation_once"),
            models.CheckConstraint(condition=Q(kind__in=EvaluationKind.values), name="evaluation_known_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.version_id} on {self.dataset}"
