r"""The closing sentence: "Therefore, it takes **3** bolts." Taken only where exactly one number can be meant.

Seven in ten real best-of-32 samples state their answer so and nowhere else. The last number of the sentence is often
not the answer ("8 pieces of wire, each 6 inches long"), so numbers that the sentence marks as known, and then numbers
that the problem states, are set aside; unless one remains, the sentence is ambiguous and there is no answer.
"""

import re
from collections.abc import Iterator

LINE_LIMIT = 2_000  # characters; a longer last line is a generator's loop, not a sentence

_CONCLUDES = re.compile(
    r"[\s*>_-]*(?:so|therefore|thus|hence|consequently|finally|rounding|(?:in )?(?:total|conclusion|summary)|answer)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?][*_)\]\"'’”]*$|\*\*$")
_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z*\\])")
_INLINE_MATHS = re.compile(r"\\\(([^\n]*?)\\\)|\\\[([^\n]*?)\\\]")
_WORKING = re.compile(r"(?:[$\d.,%]+\s*(?:[-+*/×÷]|\\times|\\div|\\cdot)\s*)+[$\d.,%]+\s*=\s*")
_ASIDE = re.compile(r"\([^()]*\)")
_BOLD = re.compile(r"\*\*([^*]*[^*:\s])\*\*(?!\s*:)")  # not "**Step 3:**", which labels what follows
_WORD = re.compile(r"[A-Za-z]+")
_COUNTING = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_IN_WORDS = {word: str(value) for value, word in enumerate(_COUNTING, start=1)}
_MONEY = re.compile(r"\\?\$")
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?P<value>-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?|-?\\[dt]?frac\{\d+\}\{\d+\})"
    r"(?P<percent>\s?\\?%)?(?P<ordinal>st|nd|rd|th)?(?![\w:/]|-[A-Za-z]|[.,]\d)"
)
# "the remaining $8", "after 15 days", "from 60 % to 100 %", "in 30 days": what the sentence takes as known.
_KNOWN = re.compile(
    r"(?:\b(?:(?:the|this|these|those|his|her|their|its|all)(?: (?:remaining|additional|other|first|last|next|same))?"
    r"|after|from)|from \d+\s?\\?% to|\bin(?=\s\d+ (?:second|minute|hour|day|week|month|year)))\s*$",
    re.IGNORECASE,
)


def closing_answer(tail: str, problem: str, *, concludes: bool = False) -> tuple[str | None, str]:
    """Return the number the last line concludes with and ``closing``, or None and ``none`` or ``ambiguous``.

    ``concludes`` says that the line is known to be the conclusion: it stands under an answer heading.
    """
    line = tail.rpartition("\n")[2].strip()
    if len(line) > LINE_LIMIT or not (concludes or _ENDS.search(line)):
        return None, "none"
    bold = _distinct(_numbers(" ; ".join(_BOLD.findall(_plain(line)))))
    if len(bold) == 1:
        return bold.popitem()[1], "closing"
    sentences = [part for part in _SENTENCE_BREAK.split(_plain(line).replace("**", "")) if _NUMBER.search(part)]
    if not sentences or not (concludes or _CONCLUDES.match(line) or _CONCLUDES.match(sentences[-1])):
        return None, "none"
    return _only_one(sentences[-1], problem)


def _plain(line: str) -> str:
    r"""Write ``\( 12 + 1 = 13 \)`` and ``12 + 1 = 13`` as their right sides; drop asides and currency signs."""
    line = _INLINE_MATHS.sub(lambda maths: (maths[1] or maths[2] or "").rpartition("=")[2].strip(), line)
    return _WORKING.sub("", _MONEY.sub("", _ASIDE.sub("", line)))


def _only_one(sentence: str, problem: str) -> tuple[str | None, str]:
    found = list(_numbers(sentence))
    everything = _distinct(iter(found))
    told = _distinct(number for number in found if not _KNOWN.search(sentence, 0, number.start()))
    if len(everything) > 1:
        stated = _stated(problem) if problem else set(everything)
        new = {value: text for value, text in everything.items() if value not in stated}
        # Both signs must not point at different numbers: "4 days to save the remaining $8" with 4 in the problem.
        everything = {value: text for value, text in told.items() if value in new} if told and new else told or new
    return (everything.popitem()[1], "closing") if len(everything) == 1 else (None, "ambiguous")


def _stated(problem: str) -> set[str]:
    """Return the values that a problem states, in figures or, up to ten, in words."""
    words = {word.lower() for word in _WORD.findall(problem)}
    figures = _distinct(_numbers(_MONEY.sub("", problem)))
    return {*figures, *(value for word, value in _IN_WORDS.items() if word in words)}


def _numbers(text: str) -> Iterator[re.Match[str]]:
    """Yield the numbers of a text; ordinals ("the 18th floor") only where nothing else stands."""
    found = list(_NUMBER.finditer(text))
    cardinals = [number for number in found if not number["ordinal"]]
    return iter(cardinals or found)


def _distinct(numbers: Iterator[re.Match[str]]) -> dict[str, str]:
    """Map each different value to how the text writes it."""
    values: dict[str, str] = {}
    for number in numbers:
        value = number["value"].replace(",", "")
        value = value.rstrip("0").rstrip(".") if "." in value else value
        values[value] = number["value"] + ("%" if number["percent"] else "")
    return values
