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


def in_order(rated: Mapping[int, int | None], steps: Sequence[str], *, from_zero: bool = False) -> list[int | None]:
    """Ratings by step number as a list up to the last one. Raises BadLine.

    Raters stop at the first error, so that the first number tells where counting begins, and not the last one.
    ``from_zero``: other answers to the same controls have a step 0.
    """
    if not rated:
        raise BadLine("no step is rated")
    first, last = min(rated), max(rated)
    from_one = first > 0 and not from_zero
    if from_one and first > 1 and last < len(steps):
        raise BadLine(f"step {first} is the first one rated: it can't be told whether steps count from 0 or from 1")
    by_step = {number - from_one: rating for number, rating in rated.items()}
    if not 0 <= max(by_step) < len(steps):
        raise BadLine(f"step {last} is rated, but there are {len(steps)} steps")
    return [by_step.get(at) for at in range(max(by_step) + 1)]
