"""What a stage of the ladder says."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["right", "wrong", "undecided"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a stage is sure of. ``undecided`` is a decision too: no later stage may be more lenient."""

    verdict: Verdict
    why: str
