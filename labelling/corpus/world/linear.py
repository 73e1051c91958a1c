"""Linear equations in one unknown: open the bracket or clear the fraction, gather, shift, divide."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from random import Random

from labelling.corpus.world.shared import (
    ARITHMETIC,
    OPERATION,
    PEN,
    RIGHT,
    SIGN,
    Draft,
    Erring,
    Line,
    Slip,
    boxed,
    bracketed,
    chance,
    ending,
    judged,
    latex,
    maths,
    other,
    term,
    total,
)

UGLY = 40  # a wrong answer with a denominator from here on would give itself away
EASY = 11  # nobody slips when dividing numbers up to this

ASKS = (
    "Solve for ${x}$: $${equation}$$",
    "If ${equation}$, what is the value of ${x}$?",
    "Find the value of ${x}$ such that ${equation}$.",
    r"What number ${x}$ satisfies the equation \[{equation}?\]",
    "Given that ${equation}$, find ${x}$.",
)
PHRASES = {
    "expand": (
        "Expanding the bracket gives {shown}.",
        "First I distribute the factor over the bracket: {shown}.",
        "Multiply out the left-hand side to get {shown}.",
        "Let's open the bracket first. We have {shown}.",
    ),
    "clear": (
        "To get rid of the fraction, multiply both sides by ${m}$: {shown}.",
        "Multiplying both sides by ${m}$ gives {shown}.",
        "We clear the denominator ${m}$ first: {shown}.",
    ),
    "gather": (
        "Bring the ${x}$-terms to the left: {shown}.",
        "Collecting the terms in ${x}$ on the left-hand side, we get {shown}.",
        "Now I move all the ${x}$'s to one side: {shown}.",
    ),
    "shift": (
        "Now move the constant term to the right-hand side: {shown}.",
        "Collecting the constants on the right gives {shown}.",
        "Next, we isolate the term in ${x}$: {shown}.",
        "Taking the constant over to the other side, {shown}.",
    ),
    "divide": (
        "To isolate ${x}$, we get rid of its coefficient: {shown}.",
        "Solving for ${x}$ gives {shown}.",
        "It remains to undo the multiplication by the coefficient of ${x}$: {shown}.",
        "Finally, {shown}.",
    ),
}
ENDINGS = (
    "So the solution is ${x} = {box}$.",
    "Therefore, ${x} = {box}$.",
    "The value of ${x}$ is ${box}$.",
    "Hence the answer is ${box}$.",
)


@dataclass(frozen=True, slots=True)
class Equation:
    """p·x + q = r·x + s."""

    p: Fraction
    q: Fraction
    r: Fraction
    s: Fraction

    def text(self, x: str) -> str:
        return f"{total((self.p, x), (self.q, ''))} = {total((self.r, x), (self.s, ''))}"


@dataclass(frozen=True)
class Linear(Erring):
    """The opening is `expand` for a·(x + b), `clear` for (…)/m, or empty when the equation is already flat."""

    problem: str
    x: str
    flat: Equation
    opening: str
    factor: int

    @cached_property
    def root(self) -> Fraction:
        return (self.flat.s - self.flat.q) / (self.flat.p - self.flat.r)

    @property
    def answer(self) -> str:
        return latex(self.root)

    def write(self, rng: Random, slip: Slip | None) -> Draft:
        lines = []
        before = self.flat
        for move in ("expand", "clear", "gather", "shift", "divide"):
            if not self._needed(move, before):
                continue
            chosen = slip if slip and slip.move == move else RIGHT
            formula, after = self._apply(move, before, chosen)
            lines.append(self._line(rng, move, before, chosen, maths(formula)))
            before = after
        answer = latex(before.s)
        if slip is None and chance(rng, 0.25):
            lines.append(self._check())
        sentence = rng.choice(ENDINGS).replace("{x}", self.x).replace("{box}", boxed(answer))
        return Draft(lines=(*lines, ending(rng, sentence, answer)), answer=answer)

    def _needed(self, move: str, equation: Equation) -> bool:
        return {
            "expand": self.opening == "expand",
            "clear": self.opening == "clear",
            "gather": equation.r != 0,
            "shift": equation.q != 0,
            "divide": equation.p != 1,
        }[move]

    def _apply(self, move: str, before: Equation, slip: Slip) -> tuple[str, Equation]:
        """The formula written in this move, and the equation the solver goes on with."""
        work = {"expand": self._open, "clear": self._open, "gather": self._gather, "shift": self._shift}
        return work.get(move, self._divide)(before, slip)

    def _open(self, before: Equation, slip: Slip) -> tuple[str, Equation]:
        after = before
        if slip.variant == "partial":
            after = replace(before, q=before.q / self.factor)
        elif slip.variant == "added":
            after = replace(before, s=before.s / self.factor + self.factor)
        elif slip.variant == "sign":
            after = replace(before, q=-before.q)
        elif slip.variant == "off" and self.opening == "expand":
            after = replace(before, q=before.q + slip.amount)
        elif slip.variant == "off":
            after = replace(before, s=before.s + slip.amount)
        return after.text(self.x), after

    def _gather(self, before: Equation, slip: Slip) -> tuple[str, Equation]:
        flipped = slip.variant in {"sign", "pen"}
        moved = before.r if flipped else -before.r
        coefficient = before.p + moved + (slip.amount if slip.variant == "off" else 0)
        if slip.variant == "pen":
            coefficient = before.p - before.r
        after = Equation(coefficient, before.q, Fraction(0), before.s)
        shown = total((before.p, self.x), (moved, self.x), (before.q, ""))
        return f"{shown} = {latex(before.s)}$, so ${after.text(self.x)}", after

    def _shift(self, before: Equation, slip: Slip) -> tuple[str, Equation]:
        moved = before.q if slip.variant in {"sign", "pen"} else -before.q
        value = before.s + moved + (slip.amount if slip.variant == "off" else 0)
        if slip.variant == "pen":
            value = before.s - before.q
        after = Equation(before.p, Fraction(0), Fraction(0), value)
        work = f"{total((before.s, ''), (moved, ''))} = " if before.s else ""
        return f"{term(before.p, self.x)} = {work}{latex(value)}", after

    def _divide(self, before: Equation, slip: Slip) -> tuple[str, Equation]:
        value = before.s / before.p
        work = rf"\frac{{{latex(before.s)}}}{{{latex(before.p)}}}"
        if slip.variant == "subtract":
            value = before.s - before.p
            work = f"{latex(before.s)} - {bracketed(before.p)}"
        elif slip.variant == "invert":
            value = before.p / before.s
            work = rf"\frac{{{latex(before.p)}}}{{{latex(before.s)}}}"
        elif slip.variant == "sign":
            value = -value
        elif slip.variant == "off":
            value += slip.amount
        result = "" if work == latex(value) else f" = {latex(value)}"
        return f"{self.x} = {work}{result}", Equation(Fraction(1), Fraction(0), Fraction(0), value)

    def _line(self, rng: Random, move: str, before: Equation, slip: Slip, shown: str) -> Line:
        phrase = rng.choice(PHRASES[move])
        text, claim = self._say(phrase, shown), "$" + shown.rsplit(" $", 1)[-1].removeprefix("$")
        if slip is RIGHT:
            return Line(text=text, claim=claim)
        right = maths(self._apply(move, before, RIGHT)[0])
        good = [self._say(phrase, right), self._say(other(rng, PHRASES[move], phrase), right)]
        wrong = maths(self._apply(move, before, self._rival(rng, slip))[0])
        bad = [self._say(other(rng, PHRASES[move], phrase), wrong)]
        return judged(text, claim, slip, good=good, bad=bad)

    def _say(self, phrase: str, shown: str) -> str:
        return phrase.replace("{shown}", shown).replace("{x}", self.x).replace("{m}", str(self.factor))

    def _check(self) -> Line:
        left, right = (a * self.root + b for a, b in ((self.flat.p, self.flat.q), (self.flat.r, self.flat.s)))
        if self.opening == "clear":
            left, right = left / self.factor, right / self.factor
        claim = f"${self.x} = {latex(self.root)}$"
        sides = f"the left-hand side is ${latex(left)}$ and the right-hand side is ${latex(right)}$, so it fits"
        return Line(text=f"As a check, put {claim} into the original equation: {sides}.", claim=claim)

    def _imagined(self) -> list[Slip]:
        opening = self.opening or "expand"
        slips = [
            Slip(SIGN, "gather", "sign", shared=True),
            Slip(SIGN, "shift", "sign", shared=True),
            Slip(OPERATION, "divide", "subtract", shared=True),
            Slip(OPERATION, "divide", "invert"),
            Slip(SIGN, "divide", "sign"),
            Slip(PEN, "gather", "pen"),
            Slip(PEN, "shift", "pen"),
        ]
        slips += [Slip(ARITHMETIC, "shift", "off", amount) for amount in (-10, -2, -1, 1, 2, 10)]
        slips += [Slip(ARITHMETIC, "gather", "off", amount) for amount in (-1, 1)]
        slips += [Slip(ARITHMETIC, "divide", "off", amount) for amount in (-1, 1)]
        slips += [Slip(ARITHMETIC, opening, "off", amount) for amount in (-10, -1, 1, 10)]
        if self.opening == "expand":
            slips += [Slip(OPERATION, "expand", "partial", shared=True), Slip(SIGN, "expand", "sign")]
        if self.opening == "clear":
            slips.append(Slip(OPERATION, "clear", "added", shared=True))
        return slips

    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the slip strikes a step that is there, makes it false, and leaves an equation with one solution."""
        equation, struck = self.flat, False
        for move in ("expand", "clear", "gather", "shift", "divide"):
            if not self._needed(move, equation):
                continue
            if slip.move == move and not self._plausible(slip, equation):
                return False
            struck = struck or slip.move == move
            equation = self._apply(move, equation, slip if slip.move == move else RIGHT)[1]
            if equation.p == equation.r:
                return False
        if slip.kind == PEN:
            return struck
        return struck and equation.s != self.root and equation.s.denominator < UGLY

    def _plausible(self, slip: Slip, before: Equation) -> bool:
        if slip.move != "divide":
            return slip.variant != "pen" or slip.move != "shift" or before.s != 0
        value = before.s / before.p
        if slip.variant == "sign":
            return value < 0 or before.p < 0
        if slip.variant == "off":
            return value.denominator == 1 and abs(before.s) > EASY
        return before.s != 0


def draw(rng: Random) -> Linear:
    """Integer coefficients; the solution is mostly an integer, now and then a simple fraction."""
    opening = rng.choice(("", "expand", "expand", "clear"))
    x = rng.choice("xxxynt")
    while True:
        flat, factor, formula = {"": _flat, "expand": _bracket, "clear": _fraction}[opening](rng, x)
        if flat.p - flat.r in (-1, 0, 1) or flat.s == flat.q:
            continue
        root = (flat.s - flat.q) / (flat.p - flat.r)
        if root.denominator == 1 or (root.denominator in (2, 3, 4) and chance(rng, 0.1)):
            break
    problem = rng.choice(ASKS).replace("{equation}", formula).replace("{x}", x)
    return Linear(problem=problem, x=x, flat=flat, opening=opening, factor=factor)


def _nonzero(rng: Random, limit: int) -> Fraction:
    return Fraction(rng.choice((-1, 1)) * rng.randint(1, limit))


def _flat(rng: Random, x: str) -> tuple[Equation, int, str]:
    p, r = Fraction(rng.randint(2, 12)), rng.choice((Fraction(0), _nonzero(rng, 9)))
    root, q = _nonzero(rng, 12), _nonzero(rng, 30)
    equation = Equation(p, q, r, (p - r) * root + q)
    return equation, 1, equation.text(x)


def _bracket(rng: Random, x: str) -> tuple[Equation, int, str]:
    factor, inner = rng.choice((-5, -4, -3, -2, 2, 3, 4, 5, 6, 7)), _nonzero(rng, 9)
    r, root = rng.choice((Fraction(0), _nonzero(rng, 6))), _nonzero(rng, 10)
    equation = Equation(Fraction(factor), factor * inner, r, (factor - r) * root + factor * inner)
    right = total((equation.r, x), (equation.s, ""))
    return equation, factor, f"{factor}({total((1, x), (inner, ''))}) = {right}"


def _fraction(rng: Random, x: str) -> tuple[Equation, int, str]:
    p, q = Fraction(rng.randint(2, 9)), _nonzero(rng, 20)
    factor, value = rng.randint(2, 9), rng.randint(-9, 12)
    equation = Equation(p, q, Fraction(0), Fraction(factor * value))
    return equation, factor, rf"\frac{{{total((p, x), (q, ''))}}}{{{factor}}} = {value}"
