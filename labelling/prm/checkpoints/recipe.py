"""What a fine-tuning is asked for: plain values, so that whoever queues it needs no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

HELD_SHARE: Final = 0.1  # of the problems tell when to stop, and how good the model is
LEAST_PROBLEMS: Final = 2


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A solution; ``labels``: the target of each labelled step (1: no error), by its index."""

    problem: str
    steps: tuple[str, ...]
    labels: Mapping[int, float]


@dataclass(frozen=True)
class Recipe:
    """``base``: the folder of the model to begin from. ``batch``: solutions a step. ``tokens``: of a solution at most.

    ``patience``: looks at the held problems without progress, of which there is one every ``checkpoint_steps``.
    """

    base: str
    epochs: float = 3.0
    rate: float = 1e-5
    batch: int = 8
    tokens: int = 2048
    patience: int = 3
    checkpoint_steps: int = 200
    seed: int = 0


def held_apart(texts: Sequence[LabelledText], keys: Mapping[str, str]) -> tuple[list[LabelledText], list[LabelledText]]:
    """(to train on, held back), by problem: a tenth by the hash of their keys, one at least where there are two."""
    order = sorted(set(keys.values()), key=lambda key: sha256(f"held {key}".encode()).digest())
    count = max(1, round(HELD_SHARE * len(order))) if len(order) >= LEAST_PROBLEMS else 0
    held = set(order[:count])
    return (
        [one for one in texts if keys[one.problem] not in held],
        [one for one in texts if keys[one.problem] in held],
    )
