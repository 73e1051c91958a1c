"""What no algebra system is asked about: too long, too deep, towers of exponents, huge factorials, code, marks."""

import re

LENGTH_LIMIT = 400  # characters; the longest of MATH's own answers has under 200
DEPTH_LIMIT = 12  # brackets within brackets
DIGITS_LIMIT = 60  # digits in one number

_NUMERIC_TOWER = re.compile(r"(?:\^|\*\*)[\s{(]*-?\d+[\s})]*(?:\^|\*\*)|(?:\^|\*\*)[\s{(]*-?\d+!|\d[\s})]*!\s*\^")
_HUGE_EXPONENT = re.compile(r"(?:\^|\*\*)[\s{(+-]*(?:\d{4,}|\d{1,3}\.?\d*e\d)|\d[eE]\+?\d{3,}", re.IGNORECASE)
_HUGE_FACTORIAL = re.compile(r"\d{3,}\s*!|[})]\s*!|!\s*!|\\[dt]?binom[^!]*\d{4,}")
_LONG_NUMBER = re.compile(rf"\d{{{DIGITS_LIMIT},}}")
_ENDLESS = re.compile(
    r"\\(?:sum|prod|int|iint|lim|limsup|liminf|bigcup|bigcap|underbrace|overbrace|loop|def|newcommand|input)"
    r"(?![A-Za-z])"
)
_CODE = re.compile(
    r"__|\b(?:import|lambda|eval|exec|print|open|while|return|def|for|class|os|sys)\b\s*[(.\[:]|(?<!\\)[;`]|:=|<[a-z/!]\w"
)
_MARKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def screened(text: str) -> str | None:
    """Return why ``text`` is not to be computed with (``too-long``, ``marks``, ``code``, ``too-complex``), or None."""
    if len(text) > LENGTH_LIMIT:
        return "too-long"
    if _MARKS.search(text):
        return "marks"
    if _CODE.search(text):
        return "code"
    patterns = (_NUMERIC_TOWER, _HUGE_EXPONENT, _HUGE_FACTORIAL, _LONG_NUMBER, _ENDLESS)
    if _depth(text) > DEPTH_LIMIT or any(pattern.search(text) for pattern in patterns):
        return "too-complex"
    return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return deepest + text.count("^{") // 8
