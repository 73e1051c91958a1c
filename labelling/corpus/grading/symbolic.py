r"""Answers compared by math-verify, piece by piece. Runs in a process of its own only: see worker.py.

math-verify is asked ``verify(gold, answer)`` on single values; structure is compared before (structure.py). Where it is
known to be lenient (percent, bases, ``0`` against an equation, letters' case) it is not asked.
"""

import cmath
import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from labelling.corpus.grading.compare import Truth, same_shape
from labelling.corpus.grading.normalise import Normalised, normalise_answer
from labelling.corpus.grading.numbers import read_number
from labelling.corpus.grading.structure import shape_of
from labelling.corpus.grading.units import conversion

NEAR = 1e-9  # relative; two exact values closer than this are the same
POINTS = (0.7310585786300049, 1.9093171239, 3.1702891)  # where expressions that differ are told apart

_BASE = re.compile(r"(\d+)_\{?(\d+)\}?")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTER = re.compile(r"[A-Za-z]")
_CONSTANTS = {"e", "i"}  # math-verify takes A for a, 5m for 5 and 7 pm for 7: other letters are for a person
# math-verify drops what may be a unit at the end: 5m, 3ab, 2\pi hr. In braces letters are letters.
_LETTERS = re.compile(r"(?:(?<=[\d})\]])|(?<=[\w})\]] ))([A-Za-z]{1,3})(?![A-Za-z(_'])")
_COUNTED = re.compile(r"[^A-Za-z]*\d[A-Za-z/]{1,8}")
_CLOCK = re.compile(r"\d{1,2}(?::[0-5]\d){1,2}")
_LONE_UNIT = re.compile(r"(.*\d)[mgshltdLCFKVWNJ](?:\^[23])?")
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)\s*\^\s*\{?\s*\\circ\s*\}?")
_TRIG = re.compile(r"\\(?:sin|cos|tan|sec|csc|cot)(?![A-Za-z])")
_LOOSE = re.compile(r"(?<![A-Za-z\\])(sqrt|sin|cos|tan|log|ln|exp|pi|infty|infinity)(?![A-Za-z])")
_ROOT = re.compile(r"\\sqrt\s*\(([^()]*)\)")
_STARS = re.compile(r"\*\*\s*(?:\(([^()]*)\)|(-?\w+))|\^\s*\(([^()]*)\)")
_RELATION = re.compile(r"[=<>]|\\[lg]e(?![a-z])|\\neq")
_WORDS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}|\\[lc]?dots|\.\.|…|\\over(?:line|rightarrow)|\d:[0-5]\d(?!\d)")


def same(reference: str, answer: str) -> Truth:
    """Say whether two answers are the same mathematics; None where that can't be told."""
    return same_shape(shape_of(reference), shape_of(answer), _same_scalar)


def _same_scalar(reference: str, answer: str) -> Truth:  # noqa: PLR0911  a ladder of its own
    reference, answer = _in_radians(reference), _in_radians(answer)
    if "=" in reference and "=" in answer:
        return _same_equation(reference, answer)
    expected, given = normalise_answer(reference), normalise_answer(answer)
    if _units_unlike(expected.unit, given.unit):
        return _converted(expected.text, given.text, expected.unit, given.unit)
    if expected.text == given.text and expected.text:
        return None if expected.name != given.name and expected.name and given.name else True
    one, other = read_number(expected.text), read_number(given.text)
    if one is not None and other is not None:
        if one.value == other.value:
            return True
        return None if one.face == other.face else False
    if _may_be_a_unit(expected, given) or _may_be_a_unit(given, expected):
        return None
    for decide in (_bases, _guarded):
        settled, truth = decide(expected.text, given.text)
        if settled:
            return truth
    return _verified(expected.text, given.text)


def _units_unlike(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _may_be_a_unit(one: Normalised, other: Normalised) -> bool:
    """Whether a letter of ``one`` may be the unit that ``other`` has, or leaves out: 5 m, and 5 or 5 meters."""
    lone = _LONE_UNIT.fullmatch(one.text)
    return (lone is not None and lone[1] == other.text) or bool(other.unit and _COUNTED.fullmatch(one.text))


def _converted(reference: str, answer: str, unit: str, other: str) -> Truth:
    ratio, one, two = conversion(unit, other), read_number(reference), read_number(answer)
    if ratio is None or one is None or two is None:
        return None
    return one.value == two.value * ratio


def _bases(reference: str, answer: str) -> tuple[bool, Truth]:
    """Numbers in a base are compared by value where both name theirs; ``4210_5`` against 4210 is for a person."""
    one, other = _BASE.fullmatch(reference), _BASE.fullmatch(answer)
    if one is None or other is None:
        return bool(re.search(r"\d_", reference + answer)), None
    values = [_in_base(found[1], found[2]) for found in (one, other)]
    return True, None if None in values else values[0] == values[1]


def _in_base(digits: str, base: str) -> int | None:
    try:
        return int(digits, int(base))
    except ValueError:
        return None


def _guarded(reference: str, answer: str) -> tuple[bool, Truth]:
    """Where math-verify must not be asked: it would read words as products, and percent signs as nothing."""
    if _CLOCK.fullmatch(reference) and _CLOCK.fullmatch(answer):
        return True, reference == answer
    if ("%" in reference) != ("%" in answer):
        return True, None
    if any(_WORDS.search(_LOOSE.sub("", text)) for text in (reference, answer)):
        return True, None
    relations = [bool(_RELATION.search(text)) for text in (reference, answer)]
    return relations[0] != relations[1], None


def _verified(reference: str, answer: str) -> Truth:
    gold, given = _parsed(_latex(reference)), _parsed(_latex(answer))
    if gold is None or given is None:
        return None
    if _verify(gold, given):
        return True if _letters(_latex(reference)) ^ _letters(_latex(answer)) <= _CONSTANTS else None
    return _apart(gold, given)


def _latex(text: str) -> str:
    """Plain writing as LaTeX: ``sqrt(2)``, ``2**(1/2)``, ``sin 30°``."""
    text = _LOOSE.sub(lambda word: "\\" + word[1].replace("infinity", "infty") + " ", text).replace("√", r"\sqrt ")
    text = text.replace("π", r"\pi ").replace("∞", r"\infty ").replace("·", r"\cdot ").replace("×", r"\times ")
    text = _LETTERS.sub(lambda found: "".join(f"{{{letter}}}" for letter in found[1]), text)
    text = _ROOT.sub(r"\\sqrt{\1}", re.sub(r"\\sqrt +\(", r"\\sqrt(", text))
    return _STARS.sub(lambda power: "^{" + (power[1] or power[2] or power[3] or "") + "}", text).replace("*", r"\cdot ")


def _in_radians(text: str) -> str:
    """math-verify takes the sine of 30 degrees for the sine of 30."""
    return _DEGREES.sub(r"(\1\\cdot\\frac{\\pi}{180})", text) if _TRIG.search(text) else text


def _letters(text: str) -> set[str]:
    return set(_LETTER.findall(_COMMAND.sub(" ", text)))


@lru_cache(maxsize=1)
def _library() -> tuple[Callable[..., Any], Callable[..., Any], list[Any]]:
    """math-verify, imported late: half a second that only this process pays."""
    import logging

    from math_verify import parse, verify
    from math_verify.parser import LatexExtractionConfig

    logging.disable(logging.CRITICAL)  # it tells of switched-off time limits; this process has its own
    return parse, verify, [LatexExtractionConfig()]


@lru_cache(maxsize=4_096)
def _parsed(latex: str) -> Any:
    """Return the sympy object of a LaTeX text, or None where it is none."""
    parse, _, config = _library()
    found = parse(f"${latex}$", extraction_config=config, fallback_mode="no_fallback", parsing_timeout=None)
    return next((each for each in found if not isinstance(each, str)), None)


def _verify(gold: Any, given: Any) -> bool:
    _, verify, _ = _library()
    return bool(verify(gold, given, strict=True, timeout_seconds=None))


def _apart(gold: Any, given: Any) -> Truth:
    """Whether two expressions that could not be shown equal differ in value; None where neither can be shown."""
    gold, given = (_with_i(each) for each in (gold, given))
    names = _names(gold, given)
    try:
        for at in _points(names):
            one, other = (complex(each.subs(at).evalf()) for each in (gold, given))
            if not (cmath.isfinite(one) and cmath.isfinite(other)):
                return None if one == other or cmath.isnan(one) or cmath.isnan(other) else False
            if abs(one - other) > NEAR * max(1.0, abs(one), abs(other)):
                return False
    except (TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError):
        return None
    return None if names else True


def _with_i(expression: Any) -> Any:
    """The letter i as the imaginary unit, which the parser takes for a variable."""
    from sympy import I

    letters = [symbol for symbol in getattr(expression, "free_symbols", ()) if symbol.name == "i"]
    return expression.subs(letters[0], I) if letters else expression


def _names(*expressions: Any) -> list[Any]:
    return sorted(set().union(*(getattr(each, "free_symbols", set()) for each in expressions)), key=str)


def _points(names: list[Any]) -> Iterator[dict[Any, float]]:
    for start in range(len(POINTS)):
        yield {name: POINTS[(start + number) % len(POINTS)] for number, name in enumerate(names)}


def _same_equation(reference: str, answer: str) -> Truth:
    """Two equations are the same where each one's solutions are the other's, tried at a few points."""
    gold, given = (_parsed(_latex(text)) for text in (reference, answer))
    if gold is None or given is None:
        return None
    one, two = _letters(reference), _letters(answer)
    if one != two:  # where only the case differs it is for a person to say
        return None if {letter.lower() for letter in one} == {letter.lower() for letter in two} else False
    return True if _verify(gold, given) else _same_solutions(gold, given)


def _same_solutions(gold: Any, given: Any) -> Truth:
    if any(type(each).__name__ != "Equality" for each in (gold, given)):
        return None
    zeros = gold.lhs - gold.rhs, given.lhs - given.rhs
    names, found = _names(*zeros), False
    for at in _points(names[:-1]):
        for one, other in (zeros, zeros[::-1]):
            for root in _roots(one.subs(at), names[-1]):
                found = True
                if abs(complex(other.subs({**at, names[-1]: root}).evalf())) > math.sqrt(NEAR):
                    return False
    return True if found else None


def _roots(expression: Any, name: Any) -> list[Any]:
    from sympy import solve

    roots: list[Any] = solve(expression, name)
    return roots


def warm_up() -> None:
    """Pay what the first comparison costs before anybody waits for one."""
    for one, other in ((r"\sqrt{2}", r"2^{\frac{1}{2}}"), ("(x+1)^2", "x^2+2x+1"), (r"\frac{\pi}{2}", r"\sin x")):
        same(one, other)
