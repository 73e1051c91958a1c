"""The lead's page of voids: the form, what a void would do, and those that were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labelling.people.models import User
from labelling.rating.models import Void
from labelling.rating.voids import LONGEST_REASON, Preview, Span, void_preview
from labelling.rounds.models import Campaign, Round

SHOWN: Final = 50


class RaterField(forms.ModelChoiceField[User]):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.shown)


class RoundField(forms.ModelChoiceField[Round]):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.number)


class SpanForm(forms.Form):
    """Whose annotations of the campaign, and of when; times without a zone are in UTC."""

    rater = RaterField(queryset=User.objects.none(), label=_("Rater"), to_field_name="pseudonym", empty_label=None)
    round = RoundField(
        queryset=Round.objects.none(),
        label=_("Round"),
        to_field_name="number",
        required=False,
        empty_label=_("All rounds, and the screening"),
    )
    since = forms.DateTimeField(
        label=_("From (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=_("Up to (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, campaign: Campaign, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.campaign = campaign
        worked = User.objects.filter(annotations__campaign=campaign).distinct().order_by("username")
        self.fields["rater"].queryset = worked  # type: ignore[attr-defined]
        self.fields["round"].queryset = Round.objects.filter(campaign=campaign)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", _("The end must come after the beginning."))
        return cleaned

    def span(self) -> Span:
        """Without an end: up to now, so that what is voided is what was previewed, not what came after it."""
        chosen = dict(self.cleaned_data)
        chosen["until"] = chosen["until"] or timezone.now()
        return Span(campaign=self.campaign, **{name: chosen[name] for name in ("rater", "round", "since", "until")})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the void. The rater does not see it."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


@dataclass(frozen=True)
class Proposal:
    """What the lead is asked to confirm; the span as a form sends it back."""

    span: Span
    preview: Preview

    @property
    def since(self) -> str:
        return _iso(self.span.since)

    @property
    def until(self) -> str:
        return _iso(self.span.until)


def proposal_of(span: Span) -> Proposal:
    return Proposal(span, void_preview(span))


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()


def voids_of(campaign: Campaign) -> Sequence[Void]:
    """The newest voids of the campaign, each with how many annotations it took out (``taken``). One query."""
    return list(
        Void.objects.filter(campaign=campaign)
        .select_related("rater", "round", "made_by", "reversed_by")
        .annotate(taken=Count("annotations"))
        .order_by("-pk")[:SHOWN]
    )
