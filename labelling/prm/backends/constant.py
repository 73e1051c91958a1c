"""The same score for every step: for tests, and for trying the loop out before there is a reward model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from labelling.prm.backends.base import AtOnce, BadConfig, ScoringItem, StepScores, check_keys


@dataclass(frozen=True)
class ConstantBackend(AtOnce):
    """Configuration: ``{"value": 0.5}``, a number in [0, 1] (0.5 where left out)."""

    name: ClassVar[str] = "constant"
    value: float = 0.5
    recorded_scorer: str | None = None
    precision: str = "exact"
    form: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        check_keys(config, backend=cls.name, known=["value"])
        value = config.get("value", 0.5)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadConfig(f"The backend 'constant' takes as 'value' a number from 0 to 1, not {value!r}.")
        return cls(value=float(value))

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        return [(self.value,) * len(item.steps) for item in items]
