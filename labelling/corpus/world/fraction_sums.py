"""Sums and differences of two fractions, some times or divided by a third one."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from random import Random

from labelling.corpus.world.shared import (
    ARITHMETIC,
    MISREAD,
    OPERATION,
    PEN,
    RIGHT,
    Draft,
    Erring,
    Line,
    Slip,
    boxed,
    ending,
    judged,
    maths,
    other,
)

ASKS = (
    "Compute ${formula}$. Give the answer as a fraction in lowest terms.",
    "What is ${formula}$? Write the result in lowest terms.",
    r"Evaluate \[{formula}\] and simplify as far as possible.",
    "Work out ${formula}$ and reduce the result.",
)
PHRASES = {
    "extend": (
        "Write both fractions over a common denominator: {shown}.",
        "We need a common denominator, so we rewrite the fractions: {shown}.",
        "Bringing both to the same denominator, we have {shown}.",
    ),
    "join": (
        "Now the two fractions can be put together: {shown}.",
        "Combining them, we get {shown}.",
        "The next step is to combine the two fractions: {shown}.",
    ),
    "invert": (
        "Dividing by a fraction means multiplying by its reciprocal: {shown}.",
        "Turn the division into a multiplication: {shown}.",
        "Next we flip and multiply: {shown}.",
    ),
    "multiply": (
        "Carry out the multiplication: {shown}.",
        "The product is {shown}.",
        "Multiplying the two fractions gives {shown}.",
    ),
    "reduce": (
        "This can still be simplified: {shown}.",
        "Cancelling the common factor, {shown}.",
        "In lowest terms this is {shown}.",
    ),
}
ENDINGS = (
    "So the result is ${box}$.",
    "The answer is ${box}$.",
    "Altogether we obtain ${box}$.",
    "Nothing more can be cancelled, so the answer is ${box}$.",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A positive fraction as it is written, not reduced."""

    top: int
    bottom: int

    def text(self) -> str:
        return rf"\frac{{{self.top}}}{{{self.bottom}}}" if self.bottom != 1 else str(self.top)


@dataclass(frozen=True, slots=True)
class State:
    """The two fractions until they are joined, then the first one; the factor while there is one."""

    first: Pair
    second: Pair | None
    factor: Pair | None
    division: bool


@dataclass(frozen=True)
class FractionSum(Erring):
    """(first ± second), then nothing, · factor or ÷ factor; `sign` is 1 or −1."""

    problem: str
    start: State
    sign: int

    @cached_property
    def solved(self) -> Pair:
        return self._end(RIGHT).first

    @property
    def answer(self) -> str:
        return self.solved.text()

    def write(self, rng: Random, slip: Slip | None) -> Draft:
        lines = []
        before = self.start
        while move := self._next_move(before, slip or RIGHT):
            chosen = slip if slip and slip.move == move else RIGHT
            formula, after = self._apply(move, before, chosen)
            lines.append(self._line(rng, move, before, chosen, formula))
            before = after
        answer = before.first.text()
        endings = ENDINGS if "frac" in answer else ENDINGS[:-1]
        sentence = rng.choice(endings).replace("{box}", boxed(answer))
        return Draft(lines=(*lines, ending(rng, sentence, answer)), answer=answer)

    def _next_move(self, state: State, slip: Slip) -> str | None:
        if state.second is not None:
            return "join" if state.first.bottom == state.second.bottom or slip.variant == "straight" else "extend"
        if state.factor is not None:
            return "invert" if state.division else "multiply"
        return "reduce" if gcd(state.first.top, state.first.bottom) > 1 else None

    def _end(self, slip: Slip) -> State:
        state = self.start
        while move := self._next_move(state, slip):
            state = self._apply(move, state, slip if slip.move == move else RIGHT)[1]
            if min(state.first.top, state.first.bottom) <= 0:
                break
        return state

    def _apply(self, move: str, before: State, slip: Slip) -> tuple[str, State]:
        """The formula written in this move, and what the solver goes on with."""
        if before.second is not None:
            return (self._extend if move == "extend" else self._join)(before, before.second, slip)
        if before.factor is not None:
            return (self._invert if move == "invert" else self._multiply)(before, before.factor, slip)
        return self._reduce(before, slip)

    def _written(self, first: Pair, second: Pair) -> str:
        return f"{first.text()} {'+' if self.sign > 0 else '-'} {second.text()}"

    def _extend(self, before: State, second: Pair, slip: Slip) -> tuple[str, State]:
        common = lcm(before.first.bottom, second.bottom)
        pairs = [Pair(pair.top * common // pair.bottom, common) for pair in (before.first, second)]
        if slip.variant == "tops kept":
            pairs = [Pair(before.first.top, common), Pair(second.top, common)]
        elif slip.variant in {"first off", "second off"}:
            index = int(slip.variant == "second off")
            pairs[index] = replace(pairs[index], top=pairs[index].top + slip.amount)
        shown = f"{self._written(before.first, second)} = {self._written(*pairs)}"
        return shown, replace(before, first=pairs[0], second=pairs[1])

    def _join(self, before: State, second: Pair, slip: Slip) -> tuple[str, State]:
        first = before.first
        shown_sign = -self.sign if slip.variant in {"other sign", "pen"} else self.sign
        used_sign = self.sign if slip.variant == "pen" else shown_sign
        bottom, bottoms = first.bottom, str(first.bottom)
        if slip.variant in {"straight", "bottoms too"}:
            bottom, bottoms = first.bottom + second.bottom, f"{first.bottom} + {second.bottom}"
        result = Pair(first.top + used_sign * second.top + slip.amount, bottom)
        work = rf"\frac{{{first.top} {'+' if shown_sign > 0 else '-'} {second.top}}}{{{bottoms}}}"
        shown = f"{self._written(first, second)} = {work} = {result.text()}"
        return shown, replace(before, first=result, second=None)

    def _invert(self, before: State, factor: Pair, slip: Slip) -> tuple[str, State]:
        first, flipped = before.first, Pair(factor.bottom, factor.top)
        if slip.variant == "wrong one":
            first, flipped = Pair(first.bottom, first.top), factor
        elif slip.variant == "none":
            flipped = factor
        shown = rf"{before.first.text()} \div {factor.text()} = {first.text()} \cdot {flipped.text()}"
        return shown, replace(before, first=first, factor=flipped, division=False)

    def _multiply(self, before: State, factor: Pair, slip: Slip) -> tuple[str, State]:
        first, second = before.first, factor
        if slip.variant == "crosswise":
            second = Pair(factor.bottom, factor.top)
        result = Pair(first.top * second.top + slip.amount, first.bottom * second.bottom)
        work = rf"\frac{{{first.top} \cdot {second.top}}}{{{first.bottom} \cdot {second.bottom}}}"
        shown = rf"{before.first.text()} \cdot {factor.text()} = {work} = {result.text()}"
        return shown, replace(before, first=result, factor=None)

    def _reduce(self, before: State, slip: Slip) -> tuple[str, State]:
        common = gcd(before.first.top, before.first.bottom)
        result = Pair(before.first.top // common + slip.amount, before.first.bottom // common)
        if slip.variant == "top only":
            result = replace(result, bottom=before.first.bottom)
        return f"{before.first.text()} = {result.text()}", replace(before, first=result)

    def _line(self, rng: Random, move: str, before: State, slip: Slip, formula: str) -> Line:
        phrase = rng.choice(PHRASES[move])
        text, claim = phrase.replace("{shown}", maths(formula)), maths(formula)
        if slip is RIGHT:
            return Line(text=text, claim=claim)
        # Whoever joins straight away has skipped a step: the right candidate for it is that step.
        right_move = self._next_move(before, RIGHT) or move
        right = maths(self._apply(right_move, before, RIGHT)[0])
        good = rng.sample([each.replace("{shown}", right) for each in PHRASES[right_move]], 2)
        rival = self._rival(rng, slip, right_move)
        wrong = maths(self._apply(right_move, before, rival)[0]) if rival != slip else claim
        bad = [other(rng, PHRASES[right_move], phrase).replace("{shown}", wrong)]
        return judged(text, claim, slip, good=good, bad=bad)

    def _imagined(self) -> list[Slip]:
        slips = [
            Slip(OPERATION, "join", "straight", shared=True),
            Slip(OPERATION, "join", "bottoms too", shared=True),
            Slip(OPERATION, "extend", "tops kept", shared=True),
            Slip(MISREAD, "join", "other sign", shared=True),
            Slip(PEN, "join", "pen"),
            Slip(OPERATION, "invert", "wrong one", shared=True),
            Slip(OPERATION, "invert", "none", shared=True),
            Slip(OPERATION, "multiply", "crosswise", shared=True),
            Slip(OPERATION, "reduce", "top only"),
        ]
        moves = (
            ("extend", "first off"),
            ("extend", "second off"),
            ("join", "off"),
            ("multiply", "off"),
            ("reduce", "off"),
        )
        return slips + [Slip(ARITHMETIC, *move, amount) for move in moves for amount in (-2, -1, 1, 2, 10)]

    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the slip strikes a step that is there, makes it false, and leaves a positive reduced answer."""
        if slip.variant == "straight" and self.start.second and self.start.first.bottom == self.start.second.bottom:
            return False
        struck, state = False, self.start
        while move := self._next_move(state, slip):
            if struck and move == slip.move:
                return False
            chosen = slip if slip.move == move else RIGHT
            struck = struck or chosen is slip
            state = self._apply(move, state, chosen)[1]
            if min(state.first.top, state.first.bottom) <= 0 or (state.second and state.second.top <= 0):
                return False
        return struck and (state.first == self.solved) == (slip.kind == PEN)


def draw(rng: Random) -> FractionSum:
    """Denominators of one digit up to twelve; the result is positive."""
    sign = rng.choice((1, -1))
    form = rng.choice(("sum", "sum", "times", "divided"))
    while True:
        first, second = _proper(rng), _proper(rng)
        difference = Fraction(first.top, first.bottom) + sign * Fraction(second.top, second.bottom)
        if first.bottom != second.bottom and difference > 0:
            break
    factor = None if form == "sum" else _proper(rng)
    formula = f"{first.text()} {'+' if sign > 0 else '-'} {second.text()}"
    if factor is not None:
        joint = r"\div" if form == "divided" else r"\cdot"
        formula = rf"\left({formula}\right) {joint} {factor.text()}"
    start = State(first=first, second=second, factor=factor, division=form == "divided")
    return FractionSum(problem=rng.choice(ASKS).replace("{formula}", formula), start=start, sign=sign)


def _proper(rng: Random) -> Pair:
    while True:
        top, bottom = rng.randint(1, 11), rng.randint(2, 12)
        if top < bottom and gcd(top, bottom) == 1:
            return Pair(top, bottom)
