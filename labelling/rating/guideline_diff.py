"""What changed between two texts of guidelines, paragraph by paragraph and word by word. Values in, values out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.5  # paragraphs at least so similar are one, reworded
MOST_WORDS: Final = 2_000  # beyond it a paragraph is shown as replaced: word by word would take too long
_BLANK_LINES = re.compile(r"\n\s*\n")
_WORDS = re.compile(r"\S+\s*")


@dataclass(frozen=True)
class Piece:
    """``change``: ``added``, ``removed`` or empty."""

    change: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A paragraph that changed, under the heading where it stands (empty: before the first one)."""

    heading: str
    pieces: Sequence[Piece]


def passages(old: str, new: str) -> list[Passage]:
    """The paragraphs that differ, in the order of the new text."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[Passage] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            heading = _heading(after[: b1 + 1]) if b1 < len(after) else _heading(after)
            found.extend(Passage(heading, pieces) for pieces in _paired(before[a1:a2], after[b1:b2]))
    return found


def _paragraphs(text: str) -> list[str]:
    parts = (part.strip() for part in _BLANK_LINES.split(text.replace("\r\n", "\n")))
    return [line for part in parts if part for line in _rows(part)]


def _rows(part: str) -> Sequence[str]:
    """A table or a list is compared row by row, a paragraph as a whole."""
    is_listed = part.startswith(("|", "- ", "* ")) or re.match(r"\d+[.)] ", part)
    return part.split("\n") if is_listed else [part]


def _heading(parts: Sequence[str]) -> str:
    return next((part.lstrip("# ") for part in reversed(parts) if part.startswith("#")), "")


def _paired(before: Sequence[str], after: Sequence[str]) -> Iterator[Sequence[Piece]]:
    """Reworded paragraphs side by side; between them, what is gone and then what is new, each as a whole."""
    left, fresh = list(before), list[str]()
    for text in after:
        twin = next((at for at, old in enumerate(left) if _alike(old, text)), None)
        if twin is None:
            fresh.append(text)
            continue
        yield from _whole(left[:twin], fresh)
        yield _reworded(left[twin], text)
        left, fresh = left[twin + 1 :], []
    yield from _whole(left, fresh)


def _whole(gone: Sequence[str], fresh: Sequence[str]) -> Iterator[Sequence[Piece]]:
    yield from ([Piece("removed", text)] for text in gone)
    yield from ([Piece("added", text)] for text in fresh)


def _alike(old: str, new: str) -> bool:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(a), len(b)) > MOST_WORDS:
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE


def _reworded(old: str, new: str) -> list[Piece]:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("", "".join(b[b1:b2])))
            continue
        pieces.extend(Piece("removed", "".join(a[a1:a2])) for _ in range(a2 > a1))
        pieces.extend(Piece("added", "".join(b[b1:b2])) for _ in range(b2 > b1))
    return pieces
