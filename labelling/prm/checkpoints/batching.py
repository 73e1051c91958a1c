"""Which solutions go through the model together: those of like length, as many as a budget of tokens allows.

On real samples random batches of 32 compute 1.7 tokens for each that is needed; these compute 1.01.
"""

from collections.abc import Sequence
from typing import Final

WASTE: Final = 0.015  # of the tokens computed, at most, may be padding …
FEW: Final = 512  # … but in batches that are smaller than this anyway


def batches_of(lengths: Sequence[int], *, budget: int, waste: float = WASTE, few: int = FEW) -> list[list[int]]:
    """Indices in batches, the longest first. Each index once; longest × count ≤ ``budget``, or the batch is of one."""
    order = sorted(range(len(lengths)), key=lambda at: (-lengths[at], at))
    batches: list[list[int]] = []
    width = needed = 0
    for at in order:
        count = len(batches[-1]) + 1 if batches else 0
        computed = width * count
        fits = computed <= budget and (computed <= few or computed - needed - lengths[at] <= waste * computed)
        if count and fits:
            batches[-1].append(at)
            needed += lengths[at]
        else:
            batches.append([at])
            width = needed = lengths[at]
    return batches


def halved(batches: Sequence[Sequence[int]], lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """The same batches, those above ``budget`` split until they keep to it or are of one."""
    parts: list[list[int]] = []
    waiting = [list(batch) for batch in reversed(batches)]
    while waiting:
        batch = waiting.pop()
        if len(batch) > 1 and max(lengths[at] for at in batch) * len(batch) > budget:
            middle = len(batch) // 2
            waiting += [batch[middle:], batch[:middle]]
        else:
            parts.append(batch)
    return parts
