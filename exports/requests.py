"""What an export is asked for, checked before anything is read: format, choices, filters."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from exports import samples, selectors
from exports.formats import FORMATS, Choices, Format, Option
from exports.samples import Scorers
from exports.selectors import HELD_OUT, Filters
from exports.splits import SPLITS
from labelling.rounds.models import Campaign, Round

Raters = Literal["pseudonym", "original"]
Container = Literal["lines", "parquet"]
RATERS: Final = ("pseudonym", "original")
CONTAINERS: Final = ("lines", "parquet")
UNFIT: Final = ("refuse", "leave-out")
LONGEST_TEXT: Final = 200  # characters of a salt, and of a choice that is any text


class ExportRefused(Exception):
    """The export cannot be made as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Request:
    """``choices``: every option of the format, with its default where nothing was said.

    ``leaves_unfit_out``: what the format cannot hold stays out, counted; otherwise it stops the export.
    """

    writer: Format
    choices: Choices
    filters: Filters
    raters: Raters = "pseudonym"
    container: Container = "lines"
    leaves_unfit_out: bool = False
    scorers: Scorers | None = None


def request_of(
    *,
    format: str,
    choices: Mapping[str, str | None],
    filters: Filters,
    raters: str = "pseudonym",
    container: str = "lines",
    unfit: str = "refuse",
    folder: bool = False,
) -> Request:
    """Check it all. ``folder``: of lines too, so that both splits may go out. Raises ``ExportRefused``."""
    if format not in FORMATS:
        raise ExportRefused(f"There is no format {format!r}; there is {', '.join(FORMATS)}.")
    writer = FORMATS[format]
    _check_words(raters=raters, container=container, split=filters.split, unfit=unfit)
    _check_filters(writer, filters)
    if container == "lines" and not folder and filters.split == "both":
        raise ExportRefused("A file of lines holds one split: export train and test apart, or as parquet.")
    chosen, leaves_out = choices_of(writer, choices), unfit == "leave-out"
    return Request(
        writer=writer,
        choices=chosen,
        filters=filters,
        raters="original" if raters == "original" else "pseudonym",
        container="parquet" if container == "parquet" else "lines",
        leaves_unfit_out=leaves_out,
        scorers=_scorers(writer, chosen, skip=leaves_out and samples.UNSCORED not in filters.include),
    )


def _check_words(*, raters: str, container: str, split: str, unfit: str) -> None:
    if raters not in RATERS:
        raise ExportRefused(f"Raters go out as {' or '.join(RATERS)}, not {raters!r}.")
    if container not in CONTAINERS:
        raise ExportRefused(f"A dataset lies in {' or '.join(CONTAINERS)}, not {container!r}.")
    if split not in SPLITS:
        raise ExportRefused(f"A split is one of {', '.join(SPLITS)}, not {split!r}.")
    if unfit not in UNFIT:
        raise ExportRefused(f"What does not fit is to {_either(UNFIT)}, not {unfit!r}.")


def includable(writer: Format) -> Sequence[str]:
    """What a format takes in on request."""
    own = selectors.INCLUDABLE if writer.source == "annotations" else samples.INCLUDABLE
    return (*own, HELD_OUT) if writer.purpose == "evaluation" else own


def _check_filters(writer: Format, filters: Filters) -> None:
    allowed = includable(writer)
    if unknown := sorted(set(filters.include) - set(allowed)):
        why = (
            f" Models are trained on {writer.name} rows: held-out problems are refused." if HELD_OUT in unknown else ""
        )
        raise ExportRefused(f"Cannot include {', '.join(unknown)}; only {', '.join(allowed)}.{why}")
    if not 0 <= filters.test_share <= 1:
        raise ExportRefused(f"The test share lies between 0 and 1, not at {filters.test_share}.")
    if len(filters.salt) > LONGEST_TEXT:
        raise ExportRefused(f"A salt has at most {LONGEST_TEXT} characters.")
    campaign = filters.campaign
    if campaign is not None and not Campaign.objects.filter(slug=campaign).exists():
        known = ", ".join(Campaign.objects.values_list("slug", flat=True)) or "none yet"
        raise ExportRefused(f"There is no campaign {campaign!r} (there is: {known}).")
    if filters.rounds is not None:
        _check_rounds(writer, campaign, filters.rounds)


def _check_rounds(writer: Format, campaign: str | None, rounds: Sequence[int]) -> None:
    if writer.source != "annotations":
        raise ExportRefused(f"{writer.name} takes samples, whether they were labelled or not: no rounds.")
    if not rounds:
        raise ExportRefused("Name a round, or leave rounds out for all of them.")
    if campaign is None:
        raise ExportRefused("Rounds are numbered within a campaign: name the campaign too.")
    known = Round.objects.filter(campaign__slug=campaign, number__in=rounds).values_list("number", flat=True)
    if missing := sorted(set(rounds) - set(known)):
        raise ExportRefused(f"Campaign {campaign!r} has no round {', '.join(map(str, missing))}.")


def choices_of(writer: Format, given: Mapping[str, str | None]) -> Choices:
    """Every option of the format with its value. Raises ``ExportRefused``."""
    known = {option.name: option for option in writer.options}
    asked = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
    if unknown := sorted(set(asked) - set(known)):
        takes = ", ".join(f"--{name}" for name in known) or "none"
        raise ExportRefused(f"{writer.name} takes no --{unknown[0]} (it takes: {takes}).")
    return {name: _choice(writer, option, asked.get(name)) for name, option in known.items()}


def _choice(writer: Format, option: Option, value: str | None) -> str | None:
    if value is None:
        if option.forced:
            said = f" ({option.meanings})" if option.values else ""
            raise ExportRefused(f"{writer.name} needs --{option.name}: {option.help}{said}.")
        return option.default
    if option.values and value not in option.values:
        raise ExportRefused(f"--{option.name} is {_either(option.values)} for {writer.name}, not {value!r}.")
    if len(value) > LONGEST_TEXT:
        raise ExportRefused(f"--{option.name} has at most {LONGEST_TEXT} characters.")
    return value if option.values else value.replace("\\n", "\n").replace("\\t", "\t")


def _either(values: Collection[str]) -> str:
    return " or ".join(values)


def _scorers(writer: Format, choices: Choices, *, skip: bool) -> Scorers | None:
    if writer.source != "samples":
        return None
    try:
        return samples.scorers(choices["model"] or "", choices["orm-model"], skip=skip)
    except samples.NoModel as error:
        raise ExportRefused(str(error)) from error
