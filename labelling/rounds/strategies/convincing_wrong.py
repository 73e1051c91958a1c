"""The paper's active learning (Lightman et al. 2023, arXiv 2305.20050, section 2.4), capped per problem.

A convincing wrong answer shows a reward model exactly where it is fooled. The cap keeps the round diverse: a single
global top list is filled by a few problems.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from labelling.rounds.strategies.base import UNCONVINCING, WRONG, Candidate, Need, Pick, best_first


@dataclass(frozen=True)
class ConvincingWrong:
    """The wrong answers with the highest solution scores; nothing without an answer, nothing cut off."""

    name: str = "convincing-wrong"
    version: int = 1

    def needs(self, *, per_problem: int) -> Need:
        return Need(verdicts=frozenset({WRONG}), not_why=UNCONVINCING, best=per_problem)

    def pick(self, candidates: Iterable[Candidate], *, per_problem: int) -> list[Pick]:
        convincing = (one for one in candidates if one.verdict == WRONG and one.why not in UNCONVINCING)
        best = heapq.nsmallest(per_problem, convincing, key=best_first)
        return [Pick(candidate, rank) for rank, candidate in enumerate(best, start=1)]
