"""What the makers of hostile texts share: the registry of attack classes, and small helpers over one seeded die."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

Maker: TypeAlias = Callable[[Random], str]

CALLS = ("hostile(1)", "top['hostile'](2)", "globalThis.hostile`3`", "alert(document.domain)", "window.hostile?.(4)")
WORDS = ["the", "sum", "of", "both", "sides", "is", "then", "equal", "to", "what", "we", "had", "so", "it", "follows"]
CLASSES: dict[str, Maker] = {}


@dataclass(frozen=True)
class Hostile:
    kind: str
    text: str


def attack(make: Maker) -> Maker:
    CLASSES[make.__name__] = make
    return make


def call(dice: Random) -> str:
    return dice.choice(CALLS)


def words(dice: Random, count: int = 6) -> str:
    return " ".join(dice.choices(WORDS, k=count))


def within(dice: Random, text: str) -> str:
    """As it is, in a sentence, or in maths."""
    return dice.choice(["{}", "So {} holds.", "We get ${}$ here.", "\\[ {} \\]", "\\text{{{}}}"]).format(text)


def tex(dice: Random, text: str) -> str:
    return dice.choice(["${}$", "$${}$$", "\\({}\\)", "\\[{}\\]", "\\boxed{{{}}}"]).format(text)


def mixed_case(dice: Random, text: str) -> str:
    return "".join(dice.choice((char.lower(), char.upper())) for char in text)
