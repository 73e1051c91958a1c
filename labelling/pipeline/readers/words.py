"""What other tools' choices mean as ratings, and where they say which step they are of."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from labelling.corpus.importers import BadLine

_WORDS: Final = {
    1: "1 +1 + good great correct right positive true yes valid acceptable ok okay",
    0: "0 neutral unclear",
    -1: "-1 - bad wrong incorrect negative false no invalid error mistake",
    None: "unsure skip flag flagged unknown null none",
}
RATINGS: Final = {word: rating for rating, words in _WORDS.items() for word in words.split()}
_NUMBER: Final = re.compile(r"(\d{1,6})\D*\Z")


def rating_of(where: str, choice: Any) -> int | None:
    """Raises BadLine for a word that nobody knows: guessing would label wrongly."""
    word = str(choice).strip().lower() if isinstance(choice, str | int | float | bool) else None
    if isinstance(choice, float) and choice.is_integer():
        word = str(int(choice))
    if word not in RATINGS:
        raise BadLine(f"{where}: {str(choice)[:40]!r} is no known rating; known are {', '.join(RATINGS)}")
    return RATINGS[word]


def number_in(name: str) -> int | None:
    """The step that a control's name ends with: ``step_3``."""
    found = _NUMBER.search(name)
    return None if found is None else int(found[1])


def in_order(rated: Mapping[int, int | None], steps: Sequence[str]) -> list[int | None]:
    """Ratings by step number as a list up to the last one. Numbers from 1 are told by the last one. Raises BadLine."""
    if not rated:
        raise BadLine("no step is rated")
    from_one = 0 not in rated and max(rated) == len(steps)
    by_step = {number - from_one: rating for number, rating in rated.items()}
    if not 0 <= max(by_step) < len(steps):
        raise BadLine(f"step {max(rated)} is rated, but there are {len(steps)} steps")
    return [by_step.get(at) for at in range(max(by_step) + 1)]
