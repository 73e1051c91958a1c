r"""One form for answers that differ in writing only: ``\$1{,}000.00`` and ``1000`` are the same string here.

What carries meaning stays: a percent sign, a base subscript (``4210_5``), case, brackets. A unit is split off.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"
SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound"}
# Words behind a number that change it, so they are no unit.
_MEANINGFUL = {
    *SCALES,
    *("pi", "or", "and", "to", "by", "base", "mod", "sqrt", "squared", "cubed", "factorial", "pairs", "choose"),
    *("plus", "minus", "negative", "zero", "below", "point", "over", "least", "most"),
    *(
        "half",
        "halves",
        "third",
        "thirds",
        "fourth",
        "fourths",
        "fifth",
        "fifths",
        "sixth",
        "sixths",
        "eighth",
        "eighths",
    ),
    *("tenth", "tenths", "hundredth", "hundredths", "thousandth", "thousandths"),
}
# Two letters behind a number are a product (3xy) unless they are a unit.
_SHORT_UNITS = {
    *(
        "mm",
        "cm",
        "km",
        "ft",
        "in",
        "yd",
        "yds",
        "mi",
        "mg",
        "kg",
        "lb",
        "lbs",
        "oz",
        "ml",
        "cl",
        "dl",
        "cc",
        "pt",
        "qt",
    ),
    *(
        "gal",
        "sq",
        "cu",
        "sec",
        "min",
        "hr",
        "hrs",
        "day",
        "am",
        "pm",
        "mph",
        "kph",
        "kb",
        "mb",
        "gb",
        "tb",
        "kw",
        "hz",
    ),
}

_CHARACTERS = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "％": "%", "\t": " "})
_DELIMITERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"))
_SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle)(?![A-Za-z])")
_SPACES = re.compile(r"\\[,;:> ]|~|\\q?quad(?![A-Za-z])|\s+")
_TEXT_DOLLAR = re.compile(r"\\text\s*\{\s*\$\s*\}")
_DEGREES = re.compile(r"\s*(?:\^\{?\s*\\circ\s*\}?|°|\\degrees?)\s*$")
_TEXT = re.compile(r"\\(?:text(?:rm|bf|it)?|math(?:rm|bf|it)|mbox|operatorname)\s*\{([^{}]*)\}")
_TEXT_UNIT = re.compile(
    r"(?:(?<=[\d}])|(?<=\\pi))\s*\\(?:text(?:rm)?|mathrm|mbox)\s*\{\s*([A-Za-z][A-Za-z ./]*)\}(?:\^\{?[23]\}?)?$"
)
_WORD_UNIT = re.compile(rf"({NUMBER}(?:/\d+)?(?:,\d{{3}})*(?:\.\d+)?)\s*((?:[A-Za-z]{{2,}}(?: |/|$))+)$")
_SHORT_ROOT = re.compile(r"\\sqrt ?(\d)(?!\d)")
_UNEQUAL = re.compile(r"\\ne(?![A-Za-z])")
_PERCENT = re.compile(r"\\%|(?<=\d)\s*\bper ?cent\b")
_SHORT_FRACTION = re.compile(r"\\frac\s*(?:\{([^{}]+)\}|(\d))\s*(?:\{([^{}]+)\}|(\d))")
_ONE_IN_BRACES = re.compile(r"([\^_])\{([A-Za-z0-9])\}")
_VARIABLE = re.compile(r"[A-Za-z]\s*=\s*(?=[^=])")
# A space between two digits or behind a command's name holds them apart; all others go.
_GAP = re.compile(r"((?<=\d) (?=\d)|(?<=[A-Za-z]) (?=[A-Za-z]))| ")
_SPACED_LIST = re.compile(r"(?<=\d), (?=\d{3}(?!\d))")  # 1, 234 is a list
_THOUSANDS = re.compile(r"([-+]?\d{1,3})((?:,\d{3})+|(?: \d{3})+)((?:\.\d+)?%?)")
_PLAIN = re.compile(rf"({NUMBER})(%?)")
_TWO, _THREE = 2, 3


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` without its unit, and the unit in the singular (``dollar``, ``mile per hour``), empty where none is.

    ``name``: the letter that the value was given (``x = 5``), and that ``text`` no longer holds.
    """

    text: str
    unit: str = ""
    name: str = ""


@lru_cache(maxsize=8_192)
def normalise_answer(raw: str) -> Normalised:
    """Return the one form of an answer. The caller limits its length (ladder: 1,000 characters)."""
    text = unicodedata.normalize("NFC", raw).translate(_CHARACTERS)
    text = _undelimited(text)
    text = _SIZES.sub("", text).replace(r"\!", "").replace("{,}", ",")
    text = _SPACES.sub(" ", text).replace(r"\dfrac", r"\frac").replace(r"\tfrac", r"\frac")
    text = _TEXT_DOLLAR.sub("$", text.replace(r"\$", "$"))
    text, unit = _split_unit(_PERCENT.sub("%", text).strip())
    text = _TEXT.sub(r" \1 ", text)
    text = _SHORT_FRACTION.sub(_fraction, text)
    text = _ONE_IN_BRACES.sub(r"\1\2", text)
    text = _UNEQUAL.sub(r"\\neq", _SHORT_ROOT.sub(r"\\sqrt{\1}", text))
    text = _SPACED_LIST.sub(";", re.sub(" +", " ", text))
    text = _undelimited(_GAP.sub(r"\1", text))
    named = _VARIABLE.match(text) if text.count("=") == 1 else None
    return Normalised(_plain_number(text[named.end() :] if named else text), unit, text[0].lower() if named else "")


def _undelimited(text: str) -> str:
    """Drop white space, a leading ``=``, a full stop at the end, and one pair of delimiters around the whole."""
    text = text.strip().lstrip("=").strip()
    text = text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text
    for opening, closing in _DELIMITERS:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing):
            return inner.strip() if opening not in inner else text
    return text[1:-1].strip() if re.fullmatch(r"\{[^{}]*\}", text) else text


def _split_unit(text: str) -> tuple[str, str]:
    """Split a currency sign, degrees, or the words behind a number off; other texts come back whole."""
    for sign, name in _CURRENCIES.items():
        if text.count(sign) == 1 and (text.lstrip("-+ ").startswith(sign) or text.endswith(sign)):
            # "$2 million" and "$5 per hour": the words behind still count.
            inner, unit = _split_unit(text.replace(sign, "").strip())
            return inner, f"{name} {unit}".strip() if unit != name else name
    if _DEGREES.search(text) and text[:1].isascii():
        return _DEGREES.sub("", text), "degree"
    found = _TEXT_UNIT.search(text) or _WORD_UNIT.fullmatch(text)
    if found is None:
        return text, ""
    words = found[found.lastindex or 0].split()
    if not words or _MEANINGFUL.intersection(word.lower() for word in words):
        return text, ""
    if found.re is _WORD_UNIT and _is_product(words[0], glued=found.end(1) == found.start(2)):
        return text, ""
    body = found[1] if found.re is _WORD_UNIT else text[: found.start()]
    power = "" if found.re is _WORD_UNIT else text[found.start() :].rpartition("}^")[2].strip("{}")
    return body.strip(), _singular(words) + (power if power in {"2", "3"} else "")


def _is_product(word: str, *, glued: bool) -> bool:
    """``3xyz`` and ``3 xy`` are; ``3cm``, ``3 cups`` and ``3dollars`` are not."""
    return len(word) <= (_THREE if glued else _TWO) and word.lower() not in _SHORT_UNITS


def _singular(words: list[str]) -> str:
    """``feet`` stay feet; ``square feet`` are ``feet2``, as ``ft^2`` is ``ft2``."""
    lowered = [word.lower().removesuffix("s") for word in words]
    power = {"square": "2", "sq": "2", "cubic": "3", "cu": "3"}.get(lowered[0]) if len(lowered) == _TWO else None
    return lowered[1] + power if power and lowered[1] != "unit" else " ".join(lowered)


def _fraction(found: re.Match[str]) -> str:
    return rf"\frac{{{(found[1] or found[2]).strip()}}}{{{(found[3] or found[4]).strip()}}}"


def _plain_number(text: str) -> str:
    """Write a text that is one number without thousands separators, a plus sign or zeros behind the point."""
    grouped = _THOUSANDS.fullmatch(text)
    if grouped is not None:
        text = grouped[1] + grouped[2].replace(",", "").replace(" ", "") + grouped[3]
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return text
    whole, point, decimals = plain[1].lstrip("+").partition(".")
    decimals = decimals.rstrip("0")
    whole = (whole if whole.strip("-") else whole + "0") + (point + decimals if decimals else "")
    return ("0" if whole == "-0" else whole) + plain[2]
