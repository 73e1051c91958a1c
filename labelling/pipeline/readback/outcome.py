"""What became of a batch, and where its judgements go."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from labelling.corpus.services.batches import Refusals, Sums
from labelling.rounds.models import Campaign


@dataclass
class Counts(Sums):
    annotations_added: int = 0
    annotations_known: int = 0
    steps_added: int = 0
    problems_added: int = 0
    solutions_added: int = 0
    raters_added: int = 0
    rounds_added: int = 0


@dataclass
class Outcome(Refusals):
    counts: Counts = field(default_factory=Counts)

    def add(self, other: Self) -> None:
        self.counts.add(other.counts)
        self.refused += other.refused


@dataclass(frozen=True)
class Terms:
    """Where the judgements go. ``batch_id``: of the corpus' import row."""

    campaign: Campaign
    format: str
    model_version_id: int
    batch_id: int
    moment: datetime
    held_out: bool = False
