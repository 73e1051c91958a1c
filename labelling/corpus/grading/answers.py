"""Where a solution states its final answer. Nothing found is a result of its own, never a guess."""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labelling.corpus.grading.closing import closing_answer

ANSWER_LIMIT = 1_000  # characters; longer ones are no answer, and would not fit a database index
SENTENCE_WORDS = 4  # an answer of so many words is a sentence about the answer
TAIL_LIMIT = 50_000  # characters at the end of a text that are searched

_BOX = re.compile(r"\\f?box(?:ed)?(?![A-Za-z])[ \t]*")
_BOX_WORD = re.compile(r"[^\s$\\]+")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t*]*(?:final[ \t]+)?answer[ \t]*:?[ \t*]*$", re.IGNORECASE | re.MULTILINE)
_HASHES = re.compile(r"####(?!#)[ \t]*(\S.*)")
_ANSWER_LINE = re.compile(r"(?:A|[*_]*(?:final )?answer)[ \t]*:[*_]*[ \t]*(\S.*)", re.IGNORECASE)
_STEP_WORD = re.compile(r"[A-Za-z]{2,}[ \t]+\d+[ \t]*[:.]")  # "#### Step 3: ..." is a heading, not an answer


@dataclass(frozen=True, slots=True)
class ExtractedAnswer:
    """``text`` as it stands in the solution, or None; ``how`` says where it stood, or why none was taken.

    Found: boxed, heading, hashes, answer-line, closing, last-number.
    Not found: none, unclosed-box, empty-box, ambiguous, too-long.
    """

    text: str | None
    how: str


NOT_FOUND = ExtractedAnswer(None, "none")


def extract_answer(text: str, steps: Sequence[str] = (), *, problem: str = "") -> ExtractedAnswer:
    r"""Return the answer a solution states: the last ``\boxed``, an answer heading or line, or its closing sentence.

    ``steps`` stand in where ``text`` is empty or holds no answer. ``problem`` lets a closing sentence that repeats
    the problem's own numbers ("in 30 days") be understood; without it such a sentence is ambiguous.
    """
    found = _search(text, problem)
    if found is NOT_FOUND and steps:
        found = _search("\n".join(steps), problem)
    return within_limit(found)


def within_limit(found: ExtractedAnswer) -> ExtractedAnswer:
    """Say ``too-long`` in place of an answer that is none for its length."""
    if found.text is not None and len(found.text) > ANSWER_LIMIT:
        return ExtractedAnswer(None, "too-long")
    return found


def _search(text: str, problem: str) -> ExtractedAnswer:
    tail = text[-TAIL_LIMIT:].rstrip()
    if not tail:
        return NOT_FOUND
    for find in _PLACES:
        found = find(tail)
        if found is not None:
            return _value_of(found, problem)
    answer, how = closing_answer(tail, problem)
    return NOT_FOUND if how == "none" else ExtractedAnswer(answer, how)


def _value_of(found: ExtractedAnswer, problem: str) -> ExtractedAnswer:
    """Where an answer is a whole sentence, return the one number it gives: "Bill is now on the 18th floor."."""
    if found.text is None or found.how == "boxed" or len(found.text.split()) < SENTENCE_WORDS:
        return found
    answer, _ = closing_answer(found.text, problem, concludes=True)
    return ExtractedAnswer(answer, found.how) if answer is not None else ExtractedAnswer(None, "ambiguous")


def boxed_answer(tail: str) -> ExtractedAnswer | None:
    """Return what stands in the last box of a text, or why nothing does; None where there is no box."""
    last = _last_match(_BOX, tail) if "box" in tail else None
    if last is None:
        return None
    content = _group(tail, last.end()) if tail[last.end() : last.end() + 1] == "{" else _word(tail, last.end())
    if content is None:
        return ExtractedAnswer(None, "unclosed-box")
    content = content.strip()
    return ExtractedAnswer(content, "boxed") if content else ExtractedAnswer(None, "empty-box")


def _group(tail: str, start: int) -> str | None:
    r"""Return what stands between the brace at ``start`` and its partner; ``\{`` and ``\}`` are text."""
    depth, at = 0, start
    while at < len(tail):
        char = tail[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return tail[start + 1 : at]
        at += 1
    return None


def _word(tail: str, start: int) -> str:
    word = _BOX_WORD.match(tail, start)
    return word[0].rstrip(".,;") if word else ""


def _under_heading(tail: str) -> ExtractedAnswer | None:
    last = _last_match(_HEADING, tail) if "#" in tail else None
    if last is None:
        return None
    lines = [line.strip() for line in tail[last.end() :].split("\n") if line.strip()]
    return ExtractedAnswer(lines[0], "heading") if lines else None


def _after_hashes(tail: str) -> ExtractedAnswer | None:
    match = _HASHES.fullmatch(_last_line(tail))
    if match is None or _STEP_WORD.match(match[1]):
        return None
    return ExtractedAnswer(match[1].strip(), "hashes")


def _answer_line(tail: str) -> ExtractedAnswer | None:
    match = _ANSWER_LINE.fullmatch(_last_line(tail))
    return ExtractedAnswer(match[1].strip(), "answer-line") if match else None


def _last_match(pattern: re.Pattern[str], tail: str) -> re.Match[str] | None:
    found = deque(pattern.finditer(tail), maxlen=1)
    return found[0] if found else None


def _last_line(tail: str) -> str:
    return tail.rpartition("\n")[2].strip()


_PLACES: tuple[Callable[[str], ExtractedAnswer | None], ...] = (
    boxed_answer,
    _under_heading,
    _after_hashes,
    _answer_line,
)


def states_answer(step: str) -> bool:
    """Whether a step gives the final answer outright: in a box, under a heading, behind hashes, or on an answer line.

    Stricter than ``extract_answer``: a closing sentence may as well stand in the middle of a solution.
    """
    tail = step[-TAIL_LIMIT:].rstrip()
    return any((found := find(tail)) is not None and found.text is not None for find in _PLACES)
