"""Serves step scores that were imported with the samples: a real PRM's opinion, with no GPU needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from labelling.prm.backends.base import AtOnce, BadConfig, ScoringItem, StepScores, check_keys


@dataclass(frozen=True)
class RecordedBackend(AtOnce):
    """Configuration: ``{"scorer": "qwen_prm"}``, the scorer's name in the imported files."""

    name: ClassVar[str] = "recorded"
    recorded_scorer: str | None
    precision: str = "as recorded"
    form: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        check_keys(config, backend=cls.name, known=["scorer"])
        scorer = config.get("scorer")
        if not isinstance(scorer, str) or not scorer:
            raise BadConfig("The backend 'recorded' needs the scorer's name in its configuration: {\"scorer\": NAME}.")
        return cls(recorded_scorer=scorer)

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        """None where nothing was recorded, or not one score a step."""
        return [
            item.recorded if item.recorded is not None and len(item.recorded) == len(item.steps) else None
            for item in items
        ]
