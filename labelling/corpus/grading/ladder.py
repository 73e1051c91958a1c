"""The grading ladder: stages from cheap to dear; the first that is sure decides. A new stage is a function and a line.

A change in what any stage, the normalisation or the extraction answers needs a new GRADER_VERSION: verdicts are
append-only and name the version that made them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from labelling.corpus.grading.decisions import Decision, Verdict
from labelling.corpus.grading.normalise import Normalised, normalise_answer
from labelling.corpus.grading.numbers import read_number
from labelling.corpus.grading.units import conversion

GRADER_VERSION = "ladder-3"
LENGTH_LIMIT = 1_000  # characters of an answer; beyond it nothing is parsed


@dataclass(frozen=True, slots=True)
class Grade:
    """``why``: string, number, not-a-value, symbolic (by a stage); no-answer, truncated; percent, base, unit, name,
    list, too-long, no-reference, unsettled, too-complex, code, marks, time, memory, broken (undecided)."""

    verdict: Verdict
    why: str
    version: str = GRADER_VERSION


Stage = Callable[[Normalised, Normalised], Decision | None]
Judge = Callable[[str, str], Decision]  # the last stage (referee.py): dear, so the caller brings it, with its memory

# Ratios between common units: where only one side names its unit, such a ratio may be a conversion.
_CONVERSIONS = {Fraction(n) for n in (3, 7, 10, 12, 16, 24, 36, 60, 100, 1_000, 1_440, 3_600, 10_000, 86_400, 10**6)}
_ASKS_PERCENT = re.compile(
    r"\b(?:what|which|how many|find|calculate|determine)(?:'s)?\W+(?:\w+\W+){0,4}?(?:per ?cent(?:age)?\b|%)"
    r"|\bas an? per ?cent(?:age)?\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")
_BASE = re.compile(r"\d_")
_PERCENT_SIGN = re.compile(r"\s*(?:\\?%|per ?cent)\s*(?=\$?\s*$)")
_UNKNOWN_TERM = re.compile(r"(?:^|[-+*/(])([A-Za-z]{3,})")
_FUNCTIONS = {"sqrt", "sin", "cos", "tan", "log", "exp", "frac", "max", "min", "gcd", "lcm", "mod", "abs"}


def same_string(reference: Normalised, answer: Normalised) -> Decision | None:
    """Right where the normalised strings are equal, unless both name a unit, or the value, and not the same."""
    if not answer.text or reference.text != answer.text:
        return None
    if _names_differ(reference, answer):
        return Decision("undecided", "name")
    return _by_unit(reference, answer) if _units_differ(reference, answer) else Decision("right", "string")


def same_number(reference: Normalised, answer: Normalised) -> Decision | None:
    """Compare two plain numbers exactly. ``50%`` is 0.5; against a plain 50 it is for a person to say."""
    expected, given = read_number(reference.text), read_number(answer.text)
    if expected is None or given is None:
        return None
    if _units_differ(reference, answer):
        return _by_unit(reference, answer)
    if expected.value == given.value:
        return Decision("undecided", "name") if _names_differ(reference, answer) else Decision("right", "number")
    if expected.face == given.face:
        return Decision("undecided", "percent" if "%" in reference.text + answer.text else "unit")
    if bool(reference.unit) != bool(answer.unit) and _may_convert(expected.value, given.value, answer.unit):
        return Decision("undecided", "unit")
    return Decision("wrong", "number")


def not_a_value(reference: Normalised, answer: Normalised) -> Decision | None:
    """Wrong where the reference is a number and the answer still counts with a thing: ``10+John's age``."""
    if read_number(reference.text) is None or "\\" in answer.text or not re.search(r"[-+*/]", answer.text):
        return None
    unknown = {word.lower() for word in _UNKNOWN_TERM.findall(answer.text)} - _FUNCTIONS
    return Decision("wrong", "not-a-value") if unknown and re.match(r"[-\d]", answer.text) else None


def guard(reference: Normalised, answer: Normalised) -> Decision | None:
    """Stop before a lenient stage where only one side is a percentage or names a base, or 1234 may be 1, 234."""
    if reference.text.replace(";", "") == answer.text.replace(";", ""):
        return Decision("undecided", "list")
    if ("%" in reference.text) != ("%" in answer.text):
        return Decision("undecided", "percent")
    if bool(_BASE.search(reference.text)) != bool(_BASE.search(answer.text)):
        return Decision("undecided", "base")
    return None


STAGES: tuple[Stage, ...] = (same_string, same_number, not_a_value, guard)


def asks_for_percent(problem: str) -> bool:
    """Say whether a problem's last sentence asks for a percentage, so that its reference ``60`` means ``60%``."""
    sentences = [part for part in _SENTENCE_END.split(problem) if part.strip()]
    return bool(sentences) and _ASKS_PERCENT.search(sentences[-1]) is not None


def grade(  # noqa: PLR0911  one return a reason
    *, reference: str, answer: str | None, truncated: bool, in_percent: bool = False, judge: Judge | None = None
) -> Grade:
    """Return the verdict on one final answer. Never raises, and ends fast on any text; ``judge`` has its own bounds.

    ``in_percent`` (see asks_for_percent): the problem asks for a percentage, so both sides are read as one.
    """
    if truncated:
        return Grade("wrong", "truncated")
    if answer is None or not answer.strip():
        return Grade("wrong", "no-answer")
    if not reference.strip():
        return Grade("undecided", "no-reference")
    if len(answer) > LENGTH_LIMIT or len(reference) > LENGTH_LIMIT:
        return Grade("undecided", "too-long")
    pair = normalise_answer(reference), normalise_answer(answer)
    if in_percent:
        pair = _without_percent(pair[0]), _without_percent(pair[1])
    for stage in STAGES:
        decision = stage(*pair)
        if decision is not None:
            return Grade(decision.verdict, decision.why)
    if judge is None:
        return Grade("undecided", "unsettled")
    decision = judge(*(_judged(text, in_percent=in_percent) for text in (reference, answer)))
    return Grade(decision.verdict, decision.why)


def _judged(text: str, *, in_percent: bool) -> str:
    """What algebra is asked about: the text as it was written, without the percent sign where both sides are one."""
    return _PERCENT_SIGN.sub("", text) if in_percent else text


def _units_differ(one: Normalised, other: Normalised) -> bool:
    return bool(one.unit and other.unit) and one.unit != other.unit


def _names_differ(one: Normalised, other: Normalised) -> bool:
    return bool(one.name and other.name) and one.name != other.name


def _by_unit(reference: Normalised, answer: Normalised) -> Decision:
    """Two units: ``5 hours`` are ``300 minutes`` and not ``5 minutes``; units that aren't known are for a person."""
    ratio, expected, given = (
        conversion(reference.unit, answer.unit),
        read_number(reference.text),
        read_number(answer.text),
    )
    if ratio is None or expected is None or given is None:
        return Decision("undecided", "unit")
    return Decision("right" if expected.value == given.value * ratio else "wrong", "unit")


def _may_convert(one: Fraction, other: Fraction, unit: str) -> bool:
    ratios = {Fraction(100)} if unit.startswith(("dollar", "euro", "pound", "cent")) else _CONVERSIONS
    return bool(one and other) and (one / other in ratios or other / one in ratios)


def _without_percent(answer: Normalised) -> Normalised:
    return replace(answer, text=answer.text[:-1]) if answer.text.endswith("%") else answer
