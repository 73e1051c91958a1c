"""A round's order and its cut: round-robin over problems by rank, never by score across problems.

A score is comparable within a problem only; across problems it would let the few that fool the model most take all.
"""

import hashlib
from collections.abc import Iterable

from labelling.rounds.strategies.base import Pick


def round_robin(picks: Iterable[Pick], *, seed: int, budget: int | None = None) -> list[Pick]:
    """All picks of rank 1, then all of rank 2, and so on; the first ``budget`` of them where there is one.

    Within a rank problems stand in an order shuffled by ``seed`` (the round's number), the same for each rank: a cut
    favours no source for having been imported first, and the next round cuts elsewhere.
    """
    ordered = sorted(picks, key=lambda pick: (pick.rank, _shuffled(seed, pick.candidate.problem_id)))
    return ordered if budget is None else ordered[:budget]


def _shuffled(seed: int, problem_id: int) -> tuple[bytes, int]:
    return hashlib.blake2b(f"{seed}:{problem_id}".encode(), digest_size=8).digest(), problem_id
