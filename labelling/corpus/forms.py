"""Forms of the raw tables where a change is a person's decision, and needs its reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelling.corpus.models import Problem, Verdict
from labelling.corpus.text import ANSWER_BYTES


class ProblemForm(forms.ModelForm[Problem]):
    reference_answer = forms.CharField(required=False, max_length=1_000)
    reason = forms.CharField(
        required=False, max_length=500, help_text=_("Why the reference answer is corrected; needed where it is.")
    )

    class Meta:
        model = Problem
        fields = ("reference_answer", "held_out")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "reference_answer" in self.changed_data:
            answer = cleaned.get("reference_answer", "")
            if not answer or len(answer.encode()) > ANSWER_BYTES:
                self.add_error("reference_answer", _("Give a reference answer of at most 2,000 bytes."))
            if not cleaned.get("reason"):
                self.add_error("reason", _("A corrected reference answer needs a reason."))
        return cleaned


class VerdictForm(forms.ModelForm[Verdict]):
    reason = forms.CharField(max_length=500, help_text=_("Kept with the verdict."))

    class Meta:
        model = Verdict
        fields = ("solution", "value", "reason")
