"""What a simulated rater is like. To add a kind of rater: one line in ``PROFILES``, or a file for ``--profiles``."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Final

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
PER: Final = 100  # fatigue is stated for so many solutions


class BadProfile(ValueError):
    """What is wrong with a profile; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One kind of rater.

    ``accuracy``: chance that a fresh one's first error is a right one, the same for every solution, [0, 1].
    ``bias``: which way a mistake goes where both can: -1 always too lenient, 0 either way, 1 always too strict.
    ``seconds``: mean active time for each step judged. ``neutral``: chance to call a right step neutral.
    ``notices_neutral``: chance to call a neutral step so, not positive.
    ``fatigue``: accuracy lost over each 100 solutions done. ``gives_up``: chance to give a solution up.
    """

    name: str
    accuracy: float
    bias: float = 0.0
    seconds: float = 8.0
    neutral: float = 0.03
    notices_neutral: float = 0.8
    fatigue: float = 0.0
    gives_up: float = 0.0

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadProfile(f"A profile's name is lower-case letters, digits and '-', not {self.name!r}.")
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise BadProfile(f"{self.name}: {name} must be a number, not {value!r}.")
            if not least <= value <= most:
                raise BadProfile(f"{self.name}: {name} is {value:g}, but must be from {least:g} to {most:g}.")

    def accuracy_after(self, done: int) -> float:
        """The accuracy that is left when ``done`` solutions have been judged."""
        return max(0.0, self.accuracy - self.fatigue * done / PER)


RANGES: Final[Mapping[str, tuple[float, float]]] = {
    **dict.fromkeys(("accuracy", "neutral", "notices_neutral", "fatigue", "gives_up"), (0.0, 1.0)),
    "bias": (-1.0, 1.0),
    "seconds": (0.1, 3600.0),
}

PROFILES: Final[Mapping[str, Profile]] = {
    one.name: one
    for one in (
        Profile(name="careful", accuracy=0.97, seconds=14.0),
        Profile(name="steady", accuracy=0.92),
        Profile(name="strict", accuracy=0.9, bias=0.8, neutral=0.12),
        Profile(name="lenient", accuracy=0.9, bias=-0.8, neutral=0.01, notices_neutral=0.4),
        Profile(name="tired", accuracy=0.97, seconds=11.0, fatigue=0.2),
        Profile(name="careless", accuracy=0.3, bias=-0.4, seconds=2.5, neutral=0.1, notices_neutral=0.2),
    )
}


def profiles_from_json(text: str) -> dict[str, Profile]:
    """``{"name": {"accuracy": 0.9, "bias": 0.5, …}, …}``: profiles by name. Raises ``BadProfile``."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadProfile(f"is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise BadProfile("must be a JSON object, with an object of figures for each profile's name.")
    return {name: _profile(name, values) for name, values in found.items()}


def _profile(name: str, values: Any) -> Profile:
    known = {one.name for one in fields(Profile)} - {"name"}
    if not isinstance(values, dict) or "accuracy" not in values:
        raise BadProfile(f"{name}: must be an object with at least an accuracy.")
    if unknown := sorted(set(values) - known):
        raise BadProfile(f"{name}: {unknown[0]} is not known; there is {', '.join(sorted(known))}.")
    return Profile(name=name, **values)
