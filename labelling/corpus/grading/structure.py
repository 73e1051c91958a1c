r"""What kind of thing an answer is: a number, an ordered or unordered collection, an interval, a matrix, a text.

Done before any algebra, as algebra systems are lenient here: they take ``{1,2}``, ``(1,2)`` and ``[1,2]`` for the same.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "text", "list", "set", "tuple", "interval", "union", "matrix", "named", "relation"]


@dataclass(frozen=True, slots=True)
class Shape:
    """``marks``: an interval's brackets, a matrix's rows x columns, the names of named values, a relation's sign."""

    kind: Kind
    parts: tuple["Shape", ...] = ()
    text: str = ""
    marks: str = ""


MOST_DEPTH = 6
_PAIR = 2
_WRITINGS = (("{,}", ","), ("−", "-"), ("–", "-"), (r"\dfrac", r"\frac"), (r"\tfrac", r"\frac"))
_OPEN, _CLOSE = "([{", ")]}"
_ENVIRONMENT = re.compile(r"\\begin\{([pbBvV]?matrix|array|cases)\}(?:\{[lcr|]+\})?(.*)\\end\{\1\}", re.DOTALL)
_SETTLED = re.compile(  # a line break of a matrix is matched first, and kept
    r"(\\\\)|\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits)(?![A-Za-z])|\\[,;:!\s]|\\q?quad(?![A-Za-z])|~"
)
_WORD_AND = re.compile(
    r"(?:\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:,|(?:,\s*)?(?:and|or))\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z]))"
)
_EMPTY = re.compile(
    r"\\emptyset|\\varnothing|\\\{\s*\\\}|∅|(?:\\text\s*\{\s*)?(?:no (?:real )?solutions?|none)\s*\}?", re.IGNORECASE
)
_REALS = re.compile(
    r"\\(?:mathbb|mathbf|Bbb)\s*\{?\s*R\s*\}?|ℝ|(?:\\text\s*\{\s*)?all real numbers\s*\}?", re.IGNORECASE
)
_NAMED = re.compile(r"\s*(\\?[A-Za-z]+(?:_\{?\w+\}?)?|[A-Za-z]\([A-Za-z]\))\s*(?:=|\\equiv)\s*([^=<>]+)")
_ORDER = {
    **dict.fromkeys(("<", r"\lt"), "<"),
    **dict.fromkeys((">", r"\gt"), ">"),
    **dict.fromkeys((r"\le", r"\leq", "≤", "<="), "<="),
    **dict.fromkeys((r"\ge", r"\geq", "≥", ">="), ">="),
}
_ORDER_SIGN = re.compile(r"\\(?:leq|geq|le|ge|lt|gt)(?:slant)?(?![A-Za-z])|<=|>=|[<>≤≥]")
_MEMBER = re.compile(r"\s*[A-Za-z]\s*(?:\\in(?![A-Za-z])|∈)\s*(.+)", re.DOTALL)
_TEXT = re.compile(r"\\(?:text(?:rm|bf|it)?|mbox|mathrm|mathbf)\s*\{([^{}]*)\}")
_CHOICE = re.compile(r"\(([A-J])\)|\\(?:text(?:rm|bf|it)?|mbox|mathrm|mathbf)\s*\{\s*\(?([A-J])\)?\.?\s*\}")
_WORDY = re.compile(r"[A-Za-z][a-z]+(?:[ '-][A-Za-z]+)*\.?|[A-Za-z]{2,}(?: [A-Za-z]+)+\.?")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
_FUNCTION_WORDS = {"sin", "cos", "tan", "sec", "csc", "cot", "log", "ln", "exp", "sqrt", "pi", "infty", "frac"}


def shape_of(raw: str) -> Shape:
    """Return the shape of an answer of at most a few hundred characters; never raises."""
    text = _SETTLED.sub(lambda found: found[1] or " ", raw)
    for old, new in _WRITINGS:
        text = text.replace(old, new)
    return _shape(_bare(text), depth=0)


def _bare(text: str) -> str:
    text = text.strip()
    text = text if text.endswith("..") else text.rstrip(".;").strip()
    worded = _TEXT.fullmatch(text)
    text = worded[1].strip() if worded and any(char.isdigit() for char in worded[1]) else text  # \text{2, 3 and 5}
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing):
            return text[len(opening) : -len(closing)].strip()
    return text


def _shape(text: str, *, depth: int) -> Shape:
    if depth > MOST_DEPTH:
        return Shape("scalar", text=text)
    for find in _FINDERS:
        found = find(text, depth + 1)
        if found is not None:
            return found
    return Shape("scalar", text=text)


def _empty(text: str, _: int) -> Shape | None:
    if _EMPTY.fullmatch(text):
        return Shape("set")
    if _REALS.fullmatch(text):
        return _interval("(", r"-\infty", r"\infty", ")")
    return None


def _matrix(text: str, depth: int) -> Shape | None:
    found = _ENVIRONMENT.fullmatch(text)
    if found is None or found[1] == "cases" or r"\begin" in found[2]:
        return None
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", found[2]) if row.strip()]
    cells = [[cell.strip() for cell in row.split("&")] for row in rows]
    if not cells or len({len(row) for row in cells}) != 1:
        return None
    bars = "|" if found[1] in {"vmatrix", "Vmatrix"} else ""
    parts = tuple(_shape(cell, depth=depth) for row in cells for cell in row)
    return Shape("matrix", parts, marks=f"{bars}{len(cells)}x{len(cells[0])}")


def _unions(text: str, depth: int) -> Shape | None:
    parts = _split(text, re.compile(r"\\cup(?![A-Za-z])|∪"))
    if len(parts) < _PAIR:
        return None
    return Shape("union", tuple(_shape(part, depth=depth) for part in parts))


def _several(text: str, depth: int) -> Shape | None:
    """``1, 2 and 3``, ``x = 1 or x = -2``, ``3 \\pm \\sqrt{2}``."""
    guarded = _THOUSANDS.sub(lambda found: found[0].replace(",", "") if _is_one(text) else found[0], text)
    separated = _WORD_AND.sub(",", guarded)
    parts = [part for part in _split(separated, re.compile(r"[,;]")) if part.strip()]
    if len(parts) < _PAIR:
        return _plus_minus(text, depth)
    named = [_NAMED.fullmatch(part) for part in parts]
    if all(named):
        names = [one[1] for one in named if one]
        if len(set(names)) == len(names):
            pairs = sorted((one[1], one[2]) for one in named if one)
            values = tuple(_shape(value.strip(), depth=depth) for _, value in pairs)
            return Shape("named", values, marks=",".join(name for name, _ in pairs))
        if len(set(names)) == 1:
            parts = [one[2] for one in named if one]
    elif named[0] and not any(named[1:]):  # x = 1, 2
        parts[0] = named[0][2]
    if any(_ORDER_SIGN.search(part) for part in parts):
        return _either(parts, depth) if _WORD_AND.search(text) and "or" in text else None
    return Shape("list", tuple(part for one in parts for part in _flat(_shape(one.strip(), depth=depth))))


def _either(parts: list[str], depth: int) -> Shape | None:
    """``x < 1 or x > 2`` is a union."""
    shapes = tuple(_shape(part.strip(), depth=depth) for part in parts)
    return Shape("union", shapes) if all(shape.kind == "interval" for shape in shapes) else None


def _flat(shape: Shape) -> tuple[Shape, ...]:
    return shape.parts if shape.kind == "list" else (shape,)


def _is_one(text: str) -> bool:
    """Whether commas group thousands: 1,000 alone, with no list around it."""
    rest = _THOUSANDS.sub("", text)
    return "," not in rest and len(_THOUSANDS.findall(text)) == 1 and not rest.strip().startswith(("(", "[", r"\{"))


def _plus_minus(text: str, depth: int) -> Shape | None:
    if r"\pm" not in text and "±" not in text:
        return None
    text = re.sub(r"^\s*[A-Za-z]\s*=\s*", "", text).replace("±", r"\pm ")
    upper = re.sub(r"\\pm(?![A-Za-z])", "+", re.sub(r"\\mp(?![A-Za-z])", "-", text))
    lower = re.sub(r"\\pm(?![A-Za-z])", "-", re.sub(r"\\mp(?![A-Za-z])", "+", text))
    return Shape("list", (_shape(upper.lstrip("+ "), depth=depth), _shape(lower.strip(), depth=depth)))


def _member(text: str, depth: int) -> Shape | None:
    found = _MEMBER.fullmatch(text)
    return _shape(found[1].strip(), depth=depth) if found else None


def _inequality(text: str, depth: int) -> Shape | None:
    r"""``x < 2``, ``1 \le x < 2`` as intervals; other chains stay what they are."""
    signs = [_ORDER[sign[0].removesuffix("slant")] for sign in _ORDER_SIGN.finditer(text)]
    sides = [side.strip() for side in _ORDER_SIGN.split(text)]
    if not signs or "=" in "".join(sides):
        return None
    if len(signs) == _PAIR and signs[0][0] == signs[1][0] and re.fullmatch(r"[A-Za-z]", sides[1]):
        low, high, first, second = sides[0], sides[2], signs[0], signs[1]
        if first[0] == ">":
            low, high, first, second = high, low, second, first
        return _interval("[" if "=" in first else "(", low, high, "]" if "=" in second else ")")
    if len(signs) == 1 and (re.fullmatch(r"[A-Za-z]", sides[0]) or re.fullmatch(r"[A-Za-z]", sides[1])):
        less = (signs[0][0] == "<") == bool(re.fullmatch(r"[A-Za-z]", sides[0]))
        bound = sides[1] if re.fullmatch(r"[A-Za-z]", sides[0]) else sides[0]
        closed = "=" in signs[0]
        if less:
            return _interval("(", r"-\infty", bound, "]" if closed else ")")
        return _interval("[" if closed else "(", bound, r"\infty", ")")
    return Shape("relation", tuple(_shape(side, depth=depth) for side in sides), marks=" ".join(signs))


def _interval(opening: str, low: str, high: str, closing: str) -> Shape:
    return Shape("interval", (Shape("scalar", text=low), Shape("scalar", text=high)), marks=opening + closing)


def _bracketed(text: str, depth: int) -> Shape | None:
    if text.startswith(r"\{") and text.endswith(r"\}") and _closes_at(text, 1) == len(text) - 1:
        inner = text[2:-2].strip()
        return Shape("set", tuple(_shape(part.strip(), depth=depth) for part in _split(inner, re.compile(","))))
    if text[:1] not in "([" or not text or text[-1] not in ")]" or _closes_at(text, 0) != len(text) - 1:
        return None
    parts = [part.strip() for part in _split(text[1:-1], re.compile(","))]
    if len(parts) == 1:
        return _shape(parts[0], depth=depth) if text[0] + text[-1] == "()" else None
    shapes = tuple(_shape(part, depth=depth) for part in parts)
    brackets = text[0] + text[-1]
    return Shape("interval" if len(parts) == _PAIR and brackets != "()" else "tuple", shapes, marks=brackets)


def _relation(text: str, depth: int) -> Shape | None:
    if "=" not in text:
        return None
    named = _NAMED.fullmatch(text)
    if named is not None and not _WORDY.fullmatch(named[1].strip()):
        value = _shape(named[2].strip(), depth=depth)
        return Shape("named", (value,), text=text, marks=named[1])
    return Shape("relation", text=text, marks="=")


def _choice(text: str, _: int) -> Shape | None:
    found = _CHOICE.fullmatch(text)
    return Shape("text", text=(found[1] or found[2]).lower()) if found else None


def _words(text: str, _: int) -> Shape | None:
    plain = _TEXT.sub(r" \1 ", text)
    plain = " ".join(plain.split()).strip(" .!").replace("$", "")
    if "\\" in plain or not _WORDY.fullmatch(plain) or plain.lower() in _FUNCTION_WORDS or len(plain) < _PAIR:
        return None
    if len(plain) == _PAIR and not _TEXT.search(text) and plain.lower() not in {"no", "up", "at", "on", "in", "he"}:
        return None  # two letters side by side are a product
    return Shape("text", text=plain.lower())


_FINDERS = (_empty, _matrix, _unions, _several, _member, _inequality, _choice, _bracketed, _relation, _words)


def _closes_at(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        if text[at] in _OPEN:
            depth += 1
        elif text[at] in _CLOSE:
            depth -= 1
            if depth == 0:
                return at
    return -1


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split where no bracket is open; half-open intervals count as brackets like any other."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(text):
        depth += (text[at] in _OPEN) - (text[at] in _CLOSE)
        found = separator.match(text, at) if depth == 0 else None
        if found is not None and found.end() > at:
            parts.append(text[start:at])
            start = at = found.end()
            continue
        at += 1
    return [*parts, text[start:]]
