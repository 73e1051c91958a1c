"""The lead's page of guidelines: the versions with how many raters have accepted each, and the next one's draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from labelling.people.models import User
from labelling.people.selectors import rates_in
from labelling.rating.guideline_diff import Passage, passages
from labelling.rating.guidelines import rendered
from labelling.rounds.models import Campaign, GuidelineChange, GuidelineVersion
from labelling.rounds.publishing import LONGEST_BODY, LONGEST_SUMMARY


class GuidelinesForm(forms.Form):
    """The next version. ``newest``: what it was written from, so that two leads don't overwrite each other."""

    newest = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    body = forms.CharField(
        label=_("Guidelines, in Markdown"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 24, "class": "guideline-source", "spellcheck": "true", "dir": "auto"}),
        help_text=_("Formulas stand between dollar signs. HTML is shown as text, and pictures are left out."),
    )
    summary = forms.CharField(
        label=_("What changed"),
        max_length=LONGEST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("A sentence or two: raters read this first."),
    )
    change = forms.ChoiceField(label=_("Kind of change"), choices=GuidelineChange.choices, widget=forms.RadioSelect)

    def __init__(self, campaign: Campaign, newest: GuidelineVersion | None, data: Any = None) -> None:
        initial = {"newest": newest.number, "body": newest.body} if newest else {"newest": 0}
        super().__init__(data, initial=initial, label_suffix="")
        self._newest = newest
        if newest is None:  # there is nothing yet that this one could differ from
            del self.fields["summary"], self.fields["change"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("newest") != (self._newest.number if self._newest else 0):
            raise forms.ValidationError(
                _("Another version was published meanwhile. Copy your text, and load the page.")
            )
        return cleaned


@dataclass(frozen=True)
class Preview:
    """The draft as raters would read it, and what differs from the version in force."""

    html: SafeString
    passages: Sequence[Passage]


def preview_of(body: str, newest: GuidelineVersion | None) -> Preview:
    body = body.replace("\r\n", "\n")
    return Preview(rendered(body), passages(newest.body, body) if newest else [])


@dataclass(frozen=True)
class Versions:
    """The versions, newest first, each with how many of the campaign's raters have accepted it (``accepted``)."""

    versions: Sequence[GuidelineVersion]
    raters: int

    @property
    def newest(self) -> GuidelineVersion | None:
        return self.versions[0] if self.versions else None


def versions_of(campaign: Campaign) -> Versions:
    raters = User.objects.filter(rates_in(campaign.slug))
    accepted = Q(guidelineacknowledgement__rater__in=raters)
    versions = campaign.guidelines.select_related("published_by").annotate(
        accepted=Count("guidelineacknowledgement", filter=accepted)
    )
    return Versions(list(versions), raters.count())
