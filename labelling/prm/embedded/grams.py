"""Words and pairs of words as hashed columns: the same in every process, and on every machine."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

BUCKETS: Final = 1 << 16
_WORDS: Final = 400  # of a step; the rest says no more


@lru_cache(maxsize=200_000)
def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode(errors="replace")) % BUCKETS


def columns(words: Sequence[str]) -> NDArray[np.int64]:
    """Return the columns, each once and in order, that a step's words light. Numbers count by their length alone."""
    plain = ["^", *[f"#{len(word)}" if len(word) > 1 and word[0].isdigit() else word for word in words[:_WORDS]]]
    pairs = [f"{one} {other}" for one, other in pairwise(plain)]
    return np.array(sorted({_bucket(gram) for gram in plain + pairs}), dtype=np.int64)
