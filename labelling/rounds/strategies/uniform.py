"""Any graded solution of a problem, each as likely as the others: what tells of the pool as it is."""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from labelling.rounds.strategies.base import Candidate, Need, Pick


def _place(candidate: Candidate) -> tuple[bytes, int]:
    """A place by dice that fall the same way each time, so that a repeated round picks the same."""
    return hashlib.sha256(f"uniform/{candidate.solution_id}".encode()).digest(), candidate.solution_id


@dataclass(frozen=True)
class Uniform:
    """Whatever its verdict and score."""

    name: str = "uniform"
    version: int = 1

    def needs(self, *, per_problem: int) -> Need:
        return Need()

    def pick(self, candidates: Iterable[Candidate], *, per_problem: int) -> list[Pick]:
        drawn = heapq.nsmallest(per_problem, candidates, key=_place)
        return [Pick(candidate, rank) for rank, candidate in enumerate(drawn, start=1)]
