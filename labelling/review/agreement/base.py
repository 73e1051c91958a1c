"""What every way to tell agreement takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """One rater's answer: how it ended (PRM800K's finish reason), and the 0-based first error where there is one."""

    finish_reason: str
    first_error: int | None


@dataclass(frozen=True)
class Outcome:
    """``agreed``: whether enough raters say the same. ``tally``: who said what, in words, for a person to read."""

    agreed: bool
    tally: str


class Method(Protocol):
    """An algorithm that is in use is never edited: a better one gets the next ``version``."""

    name: str
    version: int

    def outcome(self, answers: Sequence[Answer], *, agree: int) -> Outcome:
        """Whether at least ``agree`` of the answers are the same; their order does not matter."""
        ...
