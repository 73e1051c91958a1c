"""Raw tables of reward models and scores: a version that has scored is history."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labelling.jobs.admin import ReadOnlyAdmin
from labelling.prm.backends import BACKENDS, BadConfig, backend_make
from labelling.prm.models import ModelVersion, RewardModel, Score
from labelling.prm.names import name_fault


class RewardModelForm(forms.ModelForm[RewardModel]):
    backend = forms.ChoiceField(choices=[(name, name) for name in sorted(BACKENDS)])

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.instance.name and (fault := name_fault(name)):
            raise forms.ValidationError(fault)
        return name


@admin.register(RewardModel)
class RewardModelAdmin(admin.ModelAdmin[RewardModel]):
    form = RewardModelForm
    list_display = ("name", "backend", "reduction", "created_at")
    list_filter = ("backend", "reduction")
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: RewardModel | None = None) -> tuple[str, ...]:
        # Scores under the name were made with these.
        return () if obj is None else ("backend", "reduction", "objective")


class ModelVersionForm(forms.ModelForm[ModelVersion]):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "model" in cleaned and "config" in cleaned:
            if not isinstance(cleaned["config"], dict):
                self.add_error("config", _("A configuration is a JSON object."))
                return cleaned
            try:
                backend_make(cleaned["model"].backend, cleaned["config"])
            except BadConfig as error:
                self.add_error("config", str(error))
        return cleaned


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin[ModelVersion]):
    form = ModelVersionForm
    list_display = ("model", "number", "config", "created_at")
    list_filter = ("model",)
    list_select_related = ("model",)

    def has_change_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and _unused(obj)

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _unused(obj)


def _unused(version: ModelVersion | None) -> bool:
    return version is None or not version.scores.exists()


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    list_display = ("id", "solution_id", "problem_id", "version", "solution_score", "in_part", "created_at")
    list_filter = ("version__model",)
    list_select_related = ("version__model",)
    show_full_result_count = False  # there are millions
    ordering = ("-id",)

    @admin.display(boolean=True, description=_("in part"))
    def in_part(self, score: Score) -> bool:
        return score.in_part
