r"""Rules for where a solution's final answer stands, by name. A rule in use is never edited: a better one is new.

``closing-sentence``: a box, an answer heading or line, else the one number the closing sentence can mean (answers.py).
``last-number``: a box, else the last number of the text: the convention of the figures published on best-of-N pools.
"""

import re
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from labelling.corpus.grading.answers import TAIL_LIMIT, ExtractedAnswer, boxed_answer, extract_answer, within_limit

DEFAULT_EXTRACTOR = "closing-sentence"

_NUMBER = re.compile(r"(?<![\d.])(?:(?<![\w)])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")


class Extractor(Protocol):
    """Text and steps of a solution, and its problem's text, in; the answer as it stands there out."""

    def __call__(self, text: str, steps: Sequence[str] = (), *, problem: str = "") -> ExtractedAnswer: ...


def last_number(text: str, steps: Sequence[str] = (), *, problem: str = "") -> ExtractedAnswer:  # noqa: ARG001  a rule's form
    """Return the last box's content, else the last number of ``text``; ``steps`` stand in where that has neither."""
    for place in (text, "\n".join(steps)):
        tail = place[-TAIL_LIMIT:]
        box = boxed_answer(tail)
        if box is not None and box.text is not None:
            return within_limit(box)
        found = deque(_NUMBER.finditer(tail), maxlen=1)
        if found:
            return within_limit(ExtractedAnswer(found[0][0], "last-number"))
    return ExtractedAnswer(None, "none")


EXTRACTORS: dict[str, Extractor] = {
    "closing-sentence": extract_answer,
    "last-number": last_number,
}
