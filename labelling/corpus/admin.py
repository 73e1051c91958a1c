"""Raw tables of the corpus: imports and verdicts are history; only pools and the mark of the test set change here."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labelling.corpus.forms import ProblemForm, VerdictForm
from labelling.corpus.models import (
    Alternative,
    AnswerGrade,
    CandidateRequest,
    ImportBatch,
    PoolEntry,
    Problem,
    RecordedScore,
    ReferenceDecision,
    Sample,
    Solution,
    Verdict,
    VerdictValue,
)
from labelling.corpus.services import reference_correct, regrade_job_create, verdict_override
from labelling.jobs.admin import ReadOnlyAdmin
from labelling.jobs.tasks import job_enqueue
from labelling.people.models import User

SHOWN = 100  # characters of a long text on a list page
LARGEST_ID = 2**63 - 1


class Listed(admin.ModelAdmin):  # type: ignore[type-arg]  # serves every model here
    """Long texts are cut by the database; a number searched for is an id, found by its index.

    Filters are on choices only: those on names would read the whole table for the list of names.
    """

    long_text = ""
    number_fields: tuple[str, ...] = ("id",)
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(beginning=Left(F(self.long_text), SHOWN)) if self.long_text else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if term.isascii() and term.isdigit() and int(term[:20]) <= LARGEST_ID:
            wanted = Q.create([(field, int(term)) for field in self.number_fields], connector=Q.OR)
            return queryset.filter(wanted), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("text"))
    def shortened(self, row: Model) -> str:
        beginning: str = getattr(row, "beginning", "") or ""
        return f"{beginning}…" if len(beginning) == SHOWN else beginning


@admin.register(Problem)
class ProblemAdmin(Listed):
    """A corrected reference answer needs a reason; a job then grades the problem's solutions again."""

    form = ProblemForm

    long_text = "text"
    list_display = ("id", "shortened", "reference_answer", "held_out", "created_at")
    list_filter = ("held_out",)
    search_fields = ("text",)
    ordering = ("-id",)
    readonly_fields = ("text", "reference_solution", "left_out", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("reference_solution")

    def save_model(self, request: HttpRequest, obj: Problem, form: Any, change: bool) -> None:
        obj.save(update_fields=["held_out"])
        if "reference_answer" in form.changed_data and isinstance(request.user, User):
            answer, reason = form.cleaned_data["reference_answer"], form.cleaned_data["reason"]
            reference_correct(problem=obj, answer=answer, reason=reason, person=request.user)
            job_enqueue(regrade_job_create(problem=obj, reason=reason, user=request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(PoolEntry)
class PoolEntryAdmin(Listed):
    long_text = "problem__text"
    number_fields = ("id", "problem_id")
    list_display = ("id", "campaign", "problem_id", "shortened")
    list_filter = ("campaign",)
    search_fields = ("campaign",)
    ordering = ("-id",)
    raw_id_fields = ("problem",)


@admin.register(Solution)
class SolutionAdmin(Listed, ReadOnlyAdmin):
    long_text = "text"
    number_fields = ("id", "problem_id")
    list_display = ("id", "problem_id", "shortened", "final_answer", "verdict", "verdict_why", "first_index")
    list_filter = ("verdict", "truncated")
    search_fields = ("final_answer",)
    search_help_text = _("A solution's or problem's id, or part of a final answer")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text", "steps")


@admin.register(Sample)
class SampleAdmin(Listed, ReadOnlyAdmin):
    number_fields = ("id", "problem_id", "solution_id")
    list_display = ("id", "problem_id", "solution_id", "generator", "source", "sample_index", "external_id", "batch_id")
    search_fields = ("external_id",)
    search_help_text = _("A sample's, problem's or solution's id, or part of the problem's id in its source")
    ordering = ("-id",)


@admin.register(Alternative)
class AlternativeAdmin(Listed, ReadOnlyAdmin):
    long_text = "text"
    number_fields = ("id", "problem_id")
    list_display = ("id", "problem_id", "step_index", "shortened", "origin", "generator", "author", "created_at")
    list_filter = ("origin",)
    list_select_related = ("author",)
    search_fields = ("text",)
    ordering = ("-id",)


@admin.register(CandidateRequest)
class CandidateRequestAdmin(Listed, ReadOnlyAdmin):
    number_fields = ("id", "problem_id")
    list_display = ("id", "problem_id", "model", "state", "tries", "wanted", "found", "error", "asked_at")
    list_filter = ("state",)
    search_fields = ("model", "error")
    ordering = ("-id",)


@admin.register(RecordedScore)
class RecordedScoreAdmin(Listed, ReadOnlyAdmin):
    number_fields = ("id", "solution_id")
    list_display = ("id", "solution_id", "scorer", "step_scores")
    search_fields = ("scorer",)
    ordering = ("-id",)


@admin.register(Verdict)
class VerdictAdmin(Listed, ReadOnlyAdmin):
    """Add-only: what is added here is a person's verdict, in force over every grader's."""

    form = VerdictForm
    raw_id_fields = ("solution",)
    number_fields = ("id", "solution_id")
    list_display = ("id", "solution_id", "value", "why", "grader", "person", "reference_answer", "created_at")
    list_filter = ("value",)
    list_select_related = ("person",)
    search_fields = ("person__username", "reason")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Verdict | None = None) -> Any:
        return ("solution", "value", "reason") if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Verdict, form: Any, change: bool) -> None:
        if not isinstance(request.user, User):
            raise PermissionDenied
        value = VerdictValue(obj.value)
        made = verdict_override(solution=obj.solution, person=request.user, value=value, reason=obj.reason)
        obj.pk = made.pk
        job_enqueue(regrade_job_create(problem=obj.solution.problem, reason=obj.reason, user=request.user))


@admin.register(ReferenceDecision)
class ReferenceDecisionAdmin(Listed, ReadOnlyAdmin):
    number_fields = ("id", "problem_id")
    list_display = ("id", "problem_id", "kind", "old_answer", "reference_answer", "person", "reason", "created_at")
    list_filter = ("kind",)
    list_select_related = ("person",)
    search_fields = ("person__username", "reason")
    ordering = ("-id",)


@admin.register(AnswerGrade)
class AnswerGradeAdmin(Listed, ReadOnlyAdmin):
    list_display = ("id", "reference_answer", "answer", "value", "why", "grader", "created_at")
    list_filter = ("value",)
    search_fields = ("reference_answer", "answer")
    ordering = ("-id",)


@admin.register(ImportBatch)
class ImportBatchAdmin(Listed, ReadOnlyAdmin):
    list_display = ("id", "files", "format", "lines", "samples_added", "samples_known", "rejected", "started_at")
    search_fields = ("files",)
