"""A text taken apart once, and the context of a step: the problem and the steps before it."""

from dataclasses import dataclass

from labelling.prm.embedded.equations import Known
from labelling.prm.embedded.tokens import Token, tokenise
from labelling.prm.embedded.words import words_of


@dataclass(slots=True)
class Read:
    """A text taken apart once. ``numbers``: in order, as floats (exact to 9 digits, which is what is compared)."""

    text: str
    words: list[str]
    tokens: list[Token]
    numbers: list[float]
    vocabulary: frozenset[str]


def read(text: str) -> Read:
    """Take a text apart."""
    words, tokens = words_of(text), tokenise(text)
    numbers = [token.number for token in tokens if token.number is not None]
    return Read(text, words, tokens, numbers, frozenset(words))


@dataclass(frozen=True, slots=True)
class Context:
    """A problem and the steps before the one that is looked at. Never changed: branches of one prefix share it."""

    problem: Read
    problem_features: list[float]
    asked: tuple[float, ...]  # the problem's numbers, each once, in the order of its text
    topic: list[int]  # of roles.topic_of
    given: frozenset[float]
    known: Known
    earlier: tuple[Read, ...] = ()
    found: frozenset[float] = frozenset()  # numbers of earlier steps
    results: frozenset[float] = frozenset()  # those of them that an equation which holds ends in
    vocabulary: frozenset[str] = frozenset()
    words: int = 0
    position: int = 0
    false: int = 0
