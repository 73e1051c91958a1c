"""The choices that several formats share. A format takes them as they are, or fewer of their values (``only``)."""

from dataclasses import replace
from typing import Final

from exports.formats.base import ChoiceNeeded, Choices, Option

NEUTRAL: Final = Option(
    "neutral",
    "what a rating of 0 counts as",
    {
        "positive": "a good step, as in the paper and in Qwen's PRMs",
        "negative": "a bad step, as in TRL's own PRM800K script",
        "drop": "neither: its text stays, without a label of its own, in front of the next labelled step",
    },
    forced=True,
)
UNRATED: Final = Option(
    "unrated",
    "a step without a rating (flagged as unsure, or null in an imported row)",
    {
        "keep": "its text stays, without a label of its own, in front of the next labelled step",
        "cut": "the row ends before it",
        "leave-out": "the whole annotation stays out",
    },
)
ALTERNATIVES: Final = Option(
    "alternatives",
    "steps with several candidates",
    {
        "rows": "a row for each candidate, behind the steps before it, and one for the path that was taken",
        "drop": "only the solution's own steps",
    },
)
TRUNCATE: Final = Option(
    "truncate",
    "ratings behind the first error (every-step mode)",
    {"yes": "end at the first error", "no": "keep them"},
)
RESOLVE: Final = Option(
    "resolve",
    "several raters on one solution",
    {
        "all": "each annotation goes out",
        "first": "only the one that was submitted first",
        "majority": "the first error that more than half of the raters name; other solutions stay out",
        "dawid-skene": "the first error that is most probable when each rater's accuracy is estimated too",
    },
)


def only(option: Option, *values: str, default: str | None = None) -> Option:
    """The option with fewer values."""
    return replace(option, values={value: option.values[value] for value in values}, default=default)


def text_of(choices: Choices, name: str) -> str:
    """A choice that has a default, or is forced."""
    return choices[name] or ""


#: For formats that want one answer a solution.
ONE_ANSWER: Final = only(RESOLVE, "first", "majority", "dawid-skene")


def needed(option: Option, fact: str) -> ChoiceNeeded:
    """To be raised where a record makes the choice due: ``fact`` says what there is to choose."""
    return ChoiceNeeded(f"{fact}: choose --{option.name} {' or '.join(option.values)} ({option.meanings})")
