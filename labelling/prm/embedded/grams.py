"""Grams as hashed columns: the same in every process, and on every machine."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BITS: Final = 16
BUCKETS: Final = 1 << _BITS
_WORDS: Final = 400  # of a step; the rest says no more
_WORD: Final = 64  # bits
_MIX: Final = 0x9E3779B97F4A7C15  # an odd number without pattern: multiplicative hashing


@lru_cache(maxsize=200_000)
def word_hash(word: str) -> int:
    """A number for a word."""
    return zlib.crc32(word.encode(errors="replace"))


def word_hashes(words: Sequence[str]) -> list[int]:
    """A number for each word of a step; numbers count by their length alone."""
    plain = [f"#{len(word)}" if len(word) > 1 and word[0].isdigit() else word for word in words[:_WORDS]]
    return [word_hash("^"), *map(word_hash, plain)]


def crossed(some: Sequence[int], others: Sequence[int]) -> list[int]:
    """A number for each of ``some``, and for each pair of one of them with one of ``others``."""
    mixed = [one * _MIX % (1 << _WORD) for one in some]
    return [*some, *(one ^ other for one in mixed for other in others)]


@dataclass(frozen=True, slots=True)
class Lit:
    """The columns that each of some rows lights, each once and in order: ``columns[starts[row]:starts[row + 1]]``."""

    columns: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def part(self, at: NDArray[np.int64]) -> "Lit":
        """These rows alone."""
        sizes = self.sizes[at]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        taken = np.repeat(self.starts[at] - starts[:-1], sizes) + np.arange(starts[-1])
        return Lit(self.columns[taken], starts)

    def sums(self, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """For each row the sum of its columns' weights over the root of their number, 0 for a row without any.

        A row's figure doesn't depend on the others of the batch, to the last bit.
        """
        sizes = self.sizes
        which = np.repeat(np.arange(len(sizes)), sizes)
        total = np.bincount(which, weights=weights[self.columns], minlength=len(sizes))
        return np.asarray(total / np.sqrt(np.maximum(sizes, 1)), dtype=np.float64)


def lit(rows: Sequence[Sequence[int]], *, longest: int = 1) -> Lit:
    """What rows of words (as numbers) light: the words alone, and runs of up to ``longest`` of them."""
    sizes = [len(row) for row in rows]
    words = np.fromiter(chain.from_iterable(rows), dtype=np.uint64, count=sum(sizes))
    row = np.repeat(np.arange(len(rows)), sizes)
    found, places, run, mix = [words], [row], words, np.uint64(_MIX)
    for length in range(1, longest):
        run = run[:-1] * mix + words[length:]
        whole = row[length:] == row[:-length]  # a run does not go over into the next row
        found.append(run[whole])
        places.append(row[length:][whole])
    columns = (np.concatenate(found) * mix) >> np.uint64(_WORD - _BITS)
    keys = np.sort(np.concatenate(places) << _BITS | columns.astype(np.int64))
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]]  # np.unique, by hashes, is much slower
    return Lit(keys & (BUCKETS - 1), np.searchsorted(keys >> _BITS, np.arange(len(rows) + 1)))


def joined(parts: Sequence[Lit]) -> Lit:
    """The rows of some tables, one after another."""
    sizes = np.concatenate([part.sizes for part in parts])
    return Lit(np.concatenate([part.columns for part in parts]), np.concatenate([[0], np.cumsum(sizes)]))
