"""Texts made to break a page that shows them: a seeded generator, one function an attack class.

What a text would run, were it run, is ``hostile(…)``: the tests define it and see whether it was ever called. NUL and
lone surrogates are not here: the database refuses them.
"""

from collections.abc import Iterator
from random import Random

from tests.browser.hostile_texts import characters, formulas, markup, names
from tests.browser.hostile_texts.kit import CLASSES, Hostile

__all__ = ["CLASSES", "Hostile", "hostile_texts"]
PARTS = (markup, names, formulas, characters)  # importing them fills the registry
PER_CLASS = 15


def hostile_texts(seed: int, *, per_class: int = PER_CLASS) -> Iterator[Hostile]:
    """So many of each class, all different."""
    for kind, make in CLASSES.items():
        dice = Random(f"{seed} {kind}")
        texts: dict[str, None] = {}
        while len(texts) < per_class:
            texts[make(dice)] = None
        yield from (Hostile(kind, text) for text in texts)
