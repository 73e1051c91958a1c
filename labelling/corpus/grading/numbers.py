r"""Plain numbers, exactly: ``-2``, ``3.5``, ``7/14``, ``\frac{7}{14}``, ``1 1/2``, ``1.8 million``, ``25%``."""

import re
from dataclasses import dataclass
from fractions import Fraction

from labelling.corpus.grading.normalise import SCALES

LENGTH_LIMIT = 200  # characters of a number; with an exponent of two digits at most, arithmetic stays instant

_DECIMAL = r"\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)(?:(?P<whole>\d+) ?(?=\\frac|\d+/))?"
    rf"(?:\\frac\{{(?P<top>-?{_DECIMAL})\}}\{{(?P<bottom>-?{_DECIMAL})\}}|(?P<over>{_DECIMAL})/(?P<under>{_DECIMAL})"
    rf"|(?P<decimal>{_DECIMAL}|\.\d+))(?P<scale>{'|'.join(SCALES)})?(?P<percent>%)?"
)
_REPEATING = re.compile(r"(-?)(\d*)\.(\d*)\\(?:overline|bar)\{(\d+)\}(%?)")


@dataclass(frozen=True, slots=True)
class Number:
    """``value`` is what the text says. ``face`` is the number without its percent sign or scale word."""

    value: Fraction
    face: Fraction


def read_number(text: str) -> Number | None:
    """Return the number that a normalised text is, exactly, or None where it is anything else or too long."""
    if len(text) > LENGTH_LIMIT:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        return _repeating(text)
    face = _face(found)
    if face is None:
        return None
    value = face * SCALES.get(found["scale"] or "", 1)
    return Number(value / 100 if found["percent"] else value, face)


def _repeating(text: str) -> Number | None:
    r"""``0.1\overline{6}`` is 1/6."""
    found = _REPEATING.fullmatch(text)
    if found is None:
        return None
    sign, whole, first, again, percent = found.groups()
    over = 10 ** len(first) * (10 ** len(again) - 1)
    face = Fraction(int(whole + first + again) - int(whole + first or "0"), over)
    face = -face if sign else face
    return Number(face / 100 if percent else face, face)


def _face(found: re.Match[str]) -> Fraction | None:
    top, bottom = found["top"] or found["over"], found["bottom"] or found["under"]
    if found["decimal"] is not None:
        size = Fraction(found["decimal"])
    elif not Fraction(bottom):
        return None
    else:
        size = int(found["whole"] or 0) + Fraction(top) / Fraction(bottom)
    return -size if found["sign"] == "-" else size
