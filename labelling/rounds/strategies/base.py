"""What every selection strategy is: one problem's candidates in, the picked ones with their ranks out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"

# Verdicts of "wrong" for these reasons say that nothing was claimed: they convince nobody.
UNCONVINCING = frozenset({"no-answer", "truncated"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A graded and scored solution. ``score``: the solution score; ``first_index``: lowest index of its samples."""

    problem_id: int
    solution_id: int
    verdict: str
    why: str
    score: float
    first_index: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A candidate to label, and its place among its problem's candidates, from 1."""

    candidate: Candidate
    rank: int


@dataclass(frozen=True, slots=True)
class Need:
    """Which of a problem's candidates a strategy looks at, so that the database need not fetch the others.

    ``best``: only so many by solution score, and those tied with the last of them; None: all.
    """

    verdicts: frozenset[str] = frozenset({RIGHT, WRONG, UNDECIDED})
    not_why: frozenset[str] = frozenset()
    best: int | None = None


class Strategy(Protocol):
    """Stored by ``name`` and ``version`` with every item it picks; a changed rule is a new version, beside the old."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    def needs(self, *, per_problem: int) -> Need:
        """What ``pick`` must be shown; it may be shown more."""

    def pick(self, candidates: Iterable[Candidate], *, per_problem: int) -> list[Pick]:
        """At most ``per_problem`` of one problem's candidates, given in any order, by rank."""


def best_first(candidate: Candidate) -> tuple[float, int, int]:
    """Sorting key: the higher score, then the lower sample index, then the lower solution id."""
    return (-candidate.score, candidate.first_index, candidate.solution_id)
