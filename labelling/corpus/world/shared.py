"""What all families of demo problems share: types, kinds of error, and how numbers and endings are written."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Protocol

ARITHMETIC = "arithmetic-slip"
SIGN = "sign-slip"
OPERATION = "wrong-operation"
MISREAD = "misread-quantity"
SKIPPED = "skipped-quantity"
DROPPED = "dropped-case"
PEN = "wrong-equation-right-result"

# How often a solver who errs on their own commits each kind, relative to the other kinds the problem allows.
KIND_WEIGHTS = {ARITHMETIC: 3.0, SIGN: 3.0, OPERATION: 2.5, MISREAD: 2.0, SKIPPED: 2.0, DROPPED: 2.5, PEN: 1.8}


@dataclass(frozen=True, slots=True)
class Slip:
    """One first error a solver can commit, at the step named by `move`; `variant` and `amount` are the family's own.

    `shared` marks a misconception, the sort that many solvers of one problem commit alike.
    """

    kind: str
    move: str
    variant: str
    amount: int = 0
    shared: bool = False


RIGHT = Slip(kind="", move="", variant="right")  # stands for "no slip here", so that every move takes one


@dataclass(frozen=True, slots=True)
class Line:
    """One written step. `claim` is the formula it ends on, with its delimiters; `kind` is set on the first error only.

    `good` and `bad` are other candidates for the step, right and wrong, after the same earlier steps.
    """

    text: str
    claim: str
    kind: str | None = None
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole written solution and the answer in its box."""

    lines: tuple[Line, ...]
    answer: str


class Task(Protocol):
    """One problem, which can be solved rightly or with any one of its slips."""

    @property
    def problem(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def slips(self) -> tuple[Slip, ...]: ...
    def write(self, rng: Random, slip: Slip | None) -> Draft: ...


Draw = Callable[[Random], Task]


class Erring(ABC):
    """A task that finds its slips by trying out every one that it can imagine."""

    @cached_property
    def slips(self) -> tuple[Slip, ...]:
        return tuple(slip for slip in self._imagined() if self._leads_astray(slip))

    @abstractmethod
    def _imagined(self) -> Sequence[Slip]:
        """Every slip one could think of; some change nothing or lead nowhere for these numbers."""

    @abstractmethod
    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the slip strikes a step that is there, makes it false, and leaves an answer one can state."""

    def _rival(self, rng: Random, slip: Slip, move: str = "", fits: Callable[[Slip], bool] | None = None) -> Slip:
        """Another slip at the same step (or at `move`) for a wrong candidate; the same one if there is no other."""
        rivals = [each for each in self.slips if each.move == (move or slip.move) and each != slip]
        return rng.choice([each for each in rivals if fits is None or fits(each)] or [slip])


def latex(value: Fraction | int) -> str:
    r"""`7`, `-7`, `\frac{7}{2}` or `-\frac{7}{2}`."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def bracketed(value: Fraction | int) -> str:
    """The number as a factor or after a minus sign: negative ones in brackets."""
    if value >= 0:
        return latex(value)
    return f"({latex(value)})" if Fraction(value).denominator == 1 else rf"\left({latex(value)}\right)"


def term(coefficient: Fraction | int, name: str) -> str:
    """`3x`, `x`, `-x`: a coefficient of one is not written."""
    if abs(coefficient) == 1:
        return f"-{name}" if coefficient < 0 else name
    return f"{latex(coefficient)}{name}"


def total(*terms: tuple[Fraction | int, str]) -> str:
    """Terms joined by plus and minus; zero terms are left out. The name of a constant term is empty."""
    text = ""
    for coefficient, name in terms:
        if coefficient == 0:
            continue
        size = abs(Fraction(coefficient)) if text else coefficient
        joint = (" - " if coefficient < 0 else " + ") if text else ""
        text += joint + (term(size, name) if name else latex(size))
    return text or "0"


def chance(rng: Random, share: float) -> bool:
    """True in that share of the calls, 0 to 1."""
    return rng.random() < share


def maths(formula: str) -> str:
    return f"${formula}$"


def other(rng: Random, options: Sequence[str], taken: str) -> str:
    """An option unlike the one taken."""
    return rng.choice([option for option in options if option != taken])


def distinct(candidates: Sequence[str], taken: str) -> tuple[str, ...]:
    """The candidates without repeats and without the text already taken."""
    return tuple(dict.fromkeys(text for text in candidates if text != taken))


def judged(text: str, claim: str, slip: Slip, *, good: Sequence[str], bad: Sequence[str]) -> Line:
    """The line of the first error, with the other candidates for its step."""
    return Line(text=text, claim=claim, kind=slip.kind, good=distinct(good, text), bad=distinct(bad, text))


def ending(rng: Random, sentence: str, answer: str) -> Line:
    """The last step, answer boxed; now and then with the heading that PRM800K's solutions end on."""
    heading = f"\n\n# Answer\n\n{answer}" if chance(rng, 0.25) else ""
    return Line(text=sentence + heading, claim=maths(answer))


def boxed(answer: str) -> str:
    return rf"\boxed{{{answer}}}"
