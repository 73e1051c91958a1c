"""What a text says in words: cues of the solver's mood, verbs that ask for an operation, numbers written out."""

import re
from collections.abc import Mapping
from typing import Final

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|\\[a-z]+|[^\sa-z\d]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_WORDS: Final[Mapping[str, float]] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "twenty": 20,
    "thirty": 30,
    "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12, "half": 0.5, "twice": 2, "double": 2, "triple": 3,
    "thrice": 3, "quarter": 0.25, "third": 3, "fourth": 4, "fifth": 5, "first": 1, "second": 2, "zero": 0,
    "week": 7, "weeks": 7, "year": 12, "years": 12, "hour": 60, "hours": 60, "minute": 60, "minutes": 60, "day": 24,
    "days": 24, "month": 30, "months": 30, "weekly": 7, "daily": 7, "dollar": 100, "dollars": 100, "cents": 100,
    "triangle": 180, "percent": 100, "degrees": 360, "circle": 360, "dice": 6, "die": 6, "feet": 12, "foot": 12,
}  # fmt: skip

# What a problem's words ask for; each is a feature, and so is each against the operators that a step uses.
VERBS: Final[Mapping[str, frozenset[str]]] = {
    "adds": _words("total"),
    "takes": _words("left"),
    "times": _words("each"),
    "shares": _words("share"),
}  # fmt: skip

TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "counting": _words("probability"),
    "geometry": _words("triangle"),
    "divisors": _words("divisor"),
    "functions": _words("function"),
}  # fmt: skip

# Words of problems that don't tell what kind of problem it is.
COMMON: Final = _words(
    "also and are does each every find from have having into many more most much must only other some such than that "
    "their them then there these they this what when where which will with would your"
)

CUES: Final[Mapping[str, frozenset[str]]] = {
    "concludes": _words("so"),
    "goes_on": _words("now"),
    "hedges": _words("maybe"),
    "turns": _words("but"),
    "assures": _words("right"),
    "knows": _words("know"),
    "asks": _words("what"),
    "checks": _words("check"),
    "generalises": _words("all"),
    "simplifies": _words("simplify"),
}  # fmt: skip


def words_of(text: str) -> list[str]:
    """Lower-case words, numbers, LaTeX commands and signs of a text."""
    return _WORD.findall(text.lower())
