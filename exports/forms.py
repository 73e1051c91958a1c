"""What a person may choose for a snapshot; which choices there are depends on the format."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.formats import FORMATS, Option
from exports.requests import CONTAINERS, LONGEST_TEXT, includable
from exports.snapshots.building import LONGEST_TITLE, Wanted
from exports.splits import TEST_SHARE

CONTAINER_NAMES: Final = {"lines": _("JSON lines"), "parquet": _("Parquet")}
SPLIT_NAMES: Final = [
    ("all", _("All problems")),
    ("train", _("The train side")),
    ("test", _("The test side")),
    ("both", _("Both sides, in files of their own")),
]
INCLUDE_NAMES: Final = {
    "gold": _("Gold items"),
    "screening": _("Screening items"),
    "late": _("Late ones"),
    "give_up": _("Given up"),
    "bad_problem": _("Bad problems"),
    "held_out": _("Held-out problems"),
    "unscored": _("Samples without a score"),
}


class FormatForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=[(name, name) for name in FORMATS])


class SnapshotForm(forms.Form):
    """Beside the fields below one for each option of the format, named ``option-…``, in the format's own words."""

    title = forms.CharField(
        label=_("Title"), required=False, max_length=LONGEST_TITLE, help_text=_("For people; not part of the hash.")
    )
    split = forms.ChoiceField(label=_("Train and test"), choices=SPLIT_NAMES)
    test_share = forms.FloatField(
        label=_("Share of the test side"), min_value=0, max_value=1, initial=TEST_SHARE, required=False
    )
    container = forms.ChoiceField(label=_("Files"), choices=[(name, CONTAINER_NAMES[name]) for name in CONTAINERS])
    include = forms.MultipleChoiceField(
        label=_("Also what is left out otherwise"), required=False, widget=forms.CheckboxSelectMultiple
    )
    simulated = forms.BooleanField(label=_("Also what simulated raters labelled"), required=False, initial=True)
    leave_out = forms.BooleanField(label=_("Leave out what does not fit"), required=False)

    def __init__(self, format: str, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.format = format
        writer = FORMATS[format]
        include: Any = self.fields["include"]
        include.choices = [(name, INCLUDE_NAMES[name]) for name in includable(writer)]
        for option in writer.options:
            self.fields[f"option-{option.name}"] = _field(option)
        self.order_fields(["title", *(f"option-{option.name}" for option in writer.options)])

    def wanted(self, campaign: str) -> Wanted:
        said = self.cleaned_data
        choices = {
            name.removeprefix("option-"): value for name, value in said.items() if name.startswith("option-") and value
        }
        return Wanted(
            format=self.format,
            choices=choices,
            campaign=campaign,
            include=said["include"],
            simulated=said["simulated"],
            split=said["split"],
            test_share=TEST_SHARE if said["test_share"] is None else said["test_share"],
            container=said["container"],
            unfit="leave-out" if said["leave_out"] else "refuse",
            title=said["title"],
        )


def _field(option: Option) -> forms.Field:
    """In the formats' own words, which are English, as in the command's help. What must be chosen has no default."""
    about = {
        "label": option.name,
        "required": option.forced,
        "help_text": f"{option.help[:1].upper()}{option.help[1:]}.",
    }
    if not option.values:
        return forms.CharField(initial=option.default, strip=False, max_length=LONGEST_TEXT, **about)  # type: ignore[arg-type]
    named = [(value, f"{value}: {meaning}") for value, meaning in option.values.items()]
    return forms.ChoiceField(choices=[("", "—"), *named], initial=option.default, **about)  # type: ignore[arg-type]
