"""Quadratic equations with rational solutions, by factoring or by the formula."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import isqrt
from random import Random

from labelling.corpus.world.quadratic_phrases import ASKS, ENDINGS, ONE_ROOT, PHRASES
from labelling.corpus.world.shared import (
    ARITHMETIC,
    DROPPED,
    MISREAD,
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
    total,
)

FACTORING = ("arrange", "pair", "factor", "roots")
FORMULA = ("arrange", "read", "disc", "formula", "roots")


@dataclass(frozen=True, slots=True)
class State:
    """What the solver believes so far: ax² + bx + c = (x + m)(x + n), or (top ± √disc)/bottom. Solutions rise."""

    a: int
    b: int
    c: int
    pair: tuple[int, int] = (0, 0)
    disc: int = 0
    top: int = 0
    bottom: int = 0
    roots: tuple[str, ...] = ()
    values: tuple[Fraction, ...] = ()

    @property
    def true_disc(self) -> int:
        return self.b * self.b - 4 * self.a * self.c

    def equation(self) -> str:
        return f"{total((self.a, 'x^2'), (self.b, 'x'), (self.c, ''))} = 0"


def is_square(number: int) -> bool:
    return number >= 0 and isqrt(number) ** 2 == number


def power(value: Fraction) -> str:
    plain = value >= 0 and value.denominator == 1
    return f"{latex(value)}^2" if plain else rf"\left({latex(value)}\right)^2"


def over(top: str, bottom: int) -> str:
    return top if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}"


def with_values(state: State, *values: Fraction) -> State:
    return replace(state, values=tuple(sorted(values)), roots=tuple(latex(value) for value in sorted(values)))


@dataclass(frozen=True)
class Quadratic(Erring):
    """`start` holds the true coefficients of the standard form; `tidy` when the problem states it in that form."""

    problem: str
    ask: str
    start: State
    tidy: bool

    @cached_property
    def solved(self) -> State:
        return self._end(RIGHT, FORMULA)

    @property
    def answer(self) -> str:
        return self._conclude(self.solved)[1]

    def write(self, rng: Random, slip: Slip | None) -> Draft:
        route = self._route(slip or RIGHT, prefers_formula=chance(rng, 0.4))
        lines = []
        before = self.start
        for move in self._moves(route):
            chosen = slip if slip and slip.move == move else RIGHT
            shown, after = self._apply(move, before, chosen)
            lines.append(self._line(rng, move, before, chosen, shown))
            before = after
            if chosen.variant == "cancel":
                break
        work, answer = self._conclude(before)
        endings = ENDINGS[self.ask if len(before.roots) > 1 else f"{self.ask} of one"]
        sentence = rng.choice(endings).replace("{work}", maths(work)).replace("{box}", boxed(answer))
        return Draft(lines=(*lines, ending(rng, sentence, answer)), answer=answer)

    def _route(self, slip: Slip, *, prefers_formula: bool) -> tuple[str, ...]:
        if self._needs_factoring(slip):
            return FACTORING
        arranged = self._apply("arrange", self.start, slip if slip.move == "arrange" else RIGHT)[1]
        factors = arranged.a == 1 and is_square(arranged.true_disc) and arranged.b != 0
        by_formula = slip.move in {"read", "disc", "formula"} or prefers_formula or not factors
        return FORMULA if by_formula else FACTORING

    def _needs_factoring(self, slip: Slip) -> bool:
        return slip.move in {"pair", "factor"} or (slip.move, slip.variant) == ("roots", "sign")

    def _moves(self, route: tuple[str, ...]) -> list[str]:
        """A tidy equation needs no arranging, and x² + bx no pair of numbers."""
        left_out = {"arrange"} if self.tidy else set()
        return [move for move in route if move not in left_out and (move != "pair" or self.start.c)]

    def _end(self, slip: Slip, route: tuple[str, ...]) -> State:
        state = self.start
        for move in self._moves(route):
            state = self._apply(move, state, slip if slip.move == move else RIGHT)[1]
            if slip.move == move and slip.variant == "cancel":
                break
        return state

    def _apply(self, move: str, before: State, slip: Slip) -> tuple[str, State]:
        """The formula written in this move, and what the solver believes after it."""
        work = {
            "arrange": self._arrange,
            "pair": self._pair,
            "factor": self._factor,
            "read": self._read,
            "disc": self._disc,
            "formula": self._formula,
        }
        return work.get(move, self._roots)(before, slip)

    def _arrange(self, before: State, slip: Slip) -> tuple[str, State]:
        if slip.variant == "cancel":
            after = with_values(before, Fraction(-before.b, before.a))
            return f"x = {after.roots[0]}", after
        after = replace(before, c=-before.c) if slip.variant == "sign c" else before
        after = replace(before, b=-before.b) if slip.variant == "sign b" else after
        return after.equation(), after

    def _pair(self, before: State, slip: Slip) -> tuple[str, State]:
        root = isqrt(before.true_disc) if is_square(before.true_disc) else 0
        m, n = sorted(((before.b - root) // 2, (before.b + root) // 2), key=abs)
        if slip.variant == "sign":
            m, n = -m, -n
        elif slip.variant == "off":
            m, n = slip.amount, before.c // slip.amount
        return f"${m}$ and ${n}$", replace(before, pair=(m, n))

    def _factor(self, before: State, slip: Slip) -> tuple[str, State]:
        m, n = before.pair if before.c else (0, before.b)
        after = replace(before, pair=(m, n))
        if slip.variant in {"sign", "pen"}:
            m, n = -m, -n
        if slip.variant == "sign":
            after = replace(before, pair=(m, n))
        brackets = [f"({total((1, 'x'), (number, ''))})" if number else "x" for number in (m, n)]
        return f"{brackets[0]}{brackets[1]} = 0", after

    def _read(self, before: State, slip: Slip) -> tuple[str, State]:
        after = replace(before, b=-before.b) if slip.variant == "b" else before
        after = replace(before, c=-before.c) if slip.variant == "c" else after
        return f"a = {after.a}$, $b = {after.b}$ and $c = {after.c}", after

    def _disc(self, before: State, slip: Slip) -> tuple[str, State]:
        square, product = before.b * before.b, 4 * before.a * before.c
        four = "" if slip.variant == "no four" else r"4 \cdot "
        work = rf"b^2 - 4ac = {bracketed(before.b)}^2 - {four}{before.a} \cdot "
        work += bracketed(before.c)
        if slip.variant == "no four":
            product //= 4
        shown = -product if slip.variant in {"sign", "pen"} else product
        value = square - (product if slip.variant == "pen" else shown)
        value += slip.amount if slip.variant == "off" else 0
        work += f" = {total((square, ''), (-shown, ''))}" if shown else ""
        return f"{work} = {value}", replace(before, disc=value)

    def _formula(self, before: State, slip: Slip) -> tuple[str, State]:
        top = before.b if slip.variant == "sign" else -before.b
        bottom = before.a if slip.variant == "bottom" else 2 * before.a
        roots = [rf"\sqrt{{{before.disc}}}", *([str(isqrt(before.disc))] if is_square(before.disc) else [])]
        shown = " = ".join(over(rf"{top} \pm {root}", bottom) for root in roots)
        return f"x = {shown}", replace(before, top=top, bottom=bottom)

    def _roots(self, before: State, slip: Slip) -> tuple[str, State]:
        after = self._both_roots(before, -1 if slip.variant == "sign" else 1)
        if slip.variant in {"drop 0", "drop 1"}:
            kept = 1 - int(slip.variant[-1])
            after = replace(after, roots=after.roots[kept : kept + 1], values=after.values[kept : kept + 1])
        elif slip.variant == "off":
            low, high = after.values
            after = with_values(after, low, high + slip.amount)
        return "$ and $".join(f"x = {root}" for root in after.roots), after

    def _both_roots(self, before: State, sign: int) -> State:
        if not before.bottom:
            return with_values(before, *(Fraction(-sign * number) for number in before.pair))
        if is_square(before.disc):
            root = isqrt(before.disc)
            return with_values(before, *(Fraction(before.top + way * root, before.bottom) for way in (-1, 1)))
        tops = [rf"{before.top} {way} \sqrt{{{before.disc}}}" for way in "-+"]
        return replace(before, roots=tuple(over(top, before.bottom) for top in tops), values=())

    def _conclude(self, state: State) -> tuple[str, str]:
        """The last calculation, if the question needs one, and the answer. Irrational solutions have no values."""
        if self.ask == "all":
            return "", ", ".join(state.roots)
        if self.ask in {"larger", "smaller"}:
            return "", state.roots[-1 if self.ask == "larger" else 0]
        low, high = state.values[0], state.values[-1]
        if self.ask == "gap":
            return f"{latex(high)} - {bracketed(low)} = {latex(high - low)}", latex(high - low)
        squares = [value * value for value in state.values]
        powers = [power(value) for value in state.values]
        steps = [
            " + ".join(powers),
            *([" + ".join(map(latex, squares))] if len(squares) > 1 else []),
            latex(sum(squares)),
        ]
        return " = ".join(steps), latex(sum(squares))

    def _line(self, rng: Random, move: str, before: State, slip: Slip, shown: str) -> Line:
        text = self._say(rng, move, before, slip, shown, taken="")
        shown = shown if move == "pair" else maths(shown)
        if slip is RIGHT:
            return Line(text=text, claim=shown)
        right = self._apply(move, before, RIGHT)[0]
        good = [
            self._say(rng, move, before, RIGHT, right, taken=text),
            self._say(rng, move, before, RIGHT, right, taken=text),
        ]
        # Solving by the formula, there are no brackets whose signs one could take over.
        rival = self._rival(rng, slip, fits=lambda each: not (before.bottom and self._needs_factoring(each)))
        wrong = self._apply(move, before, rival)[0]
        bad = [self._say(rng, move, before, rival, wrong, taken=text)]
        return judged(text, shown, slip, good=good, bad=bad)

    def _say(self, rng: Random, move: str, before: State, slip: Slip, shown: str, *, taken: str) -> str:
        """The formula in a sentence that does not equal `taken`."""
        phrases = ONE_ROOT.get(slip.variant.split()[0], PHRASES[move])
        shown = shown if move == "pair" else maths(shown)
        numbers = {"{shown}": shown, "{product}": maths(str(before.c)), "{sum}": maths(str(before.b))}
        texts = list(phrases)
        for mark, value in numbers.items():
            texts = [text.replace(mark, value) for text in texts]
        return other(rng, texts, taken)

    def _imagined(self) -> list[Slip]:
        slips = [
            Slip(SIGN, "arrange", "sign c", shared=True),
            Slip(SIGN, "arrange", "sign b"),
            Slip(DROPPED, "arrange", "cancel", shared=True),
            Slip(SIGN, "pair", "sign", shared=True),
            Slip(SIGN, "factor", "sign"),
            Slip(PEN, "factor", "pen"),
            Slip(MISREAD, "read", "b", shared=True),
            Slip(MISREAD, "read", "c"),
            Slip(SIGN, "disc", "sign", shared=True),
            Slip(OPERATION, "disc", "no four", shared=True),
            Slip(PEN, "disc", "pen"),
            Slip(SIGN, "formula", "sign", shared=True),
            Slip(OPERATION, "formula", "bottom", shared=True),
            Slip(SIGN, "roots", "sign", shared=True),
            Slip(DROPPED, "roots", "drop 0", shared=True),
            Slip(DROPPED, "roots", "drop 1", shared=True),
        ]
        slips += [Slip(ARITHMETIC, "disc", "off", amount) for amount in (-10, -2, 2, 10)]
        slips += [Slip(ARITHMETIC, "roots", "off", amount) for amount in (-1, 1)]
        c = self.start.c
        slips += [Slip(ARITHMETIC, "pair", "off", number) for number in range(-12, 13) if number and c % number == 0]
        return slips

    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the slip strikes a step that is there, makes it false, and leaves an answer one can state."""
        route = self._route(slip, prefers_formula=False)
        moves = self._moves(route)
        if slip.move not in moves or not self._plausible(slip) or (self.start.a != 1 and self._needs_factoring(slip)):
            return False
        state = self._end(slip, route)
        if len(set(state.roots)) != len(state.roots) or not state.roots:
            return False
        if not state.values and self.ask in {"gap", "squares"}:
            return False
        same = state.roots == self.solved.roots
        return same if slip.kind == PEN else not same

    def _plausible(self, slip: Slip) -> bool:
        """Numbers for which the slip is a slip: a real discriminant, a wrong sum, a factor to divide by."""
        if slip.kind == DROPPED:
            return self.ask != "gap" and (slip.variant != "cancel" or self.start.c == 0)
        if slip.move == "pair":
            m, n = self._pair(self.start, slip)[1].pair
            return m + n != self.start.b and abs(m) <= abs(n)
        if slip.variant == "pen":
            return self.start.c != 0
        if slip.move in {"arrange", "read", "disc"}:
            after = self._apply(slip.move, self.start, slip)[1]
            return (after.disc if slip.move == "disc" else after.true_disc) > 0
        if slip.variant == "off":
            return self.solved.values[-1].denominator == 1
        return slip.move != "factor" or self.start.c != 0


def draw(rng: Random) -> Quadratic:
    """Two different rational solutions, whose sum is not zero; one of them may be zero."""
    a = rng.choice((1, 1, 1, 2, 3))
    while True:
        first = Fraction(rng.randint(-11, 11), a if chance(rng, 0.7) else 1)
        second = Fraction(rng.randint(-11, 11))
        if first != second and first + second and (a == 1 or first * second):
            break
    start = State(a, int(-a * (first + second)), int(a * first * second))
    form = "none" if start.c == 0 else rng.choice(("tidy", "tidy", "constant", "both"))
    left = {"tidy": (start.b, start.c), "constant": (start.b, 0), "both": (0, 0), "none": (0, 0)}[form]
    right = total((left[0] - start.b, "x"), (left[1] - start.c, ""))
    equation = f"{total((a, 'x^2'), (left[0], 'x'), (left[1], ''))} = {right}"
    ask = rng.choice(tuple(ASKS))
    problem = rng.choice(ASKS[ask]).replace("{equation}", equation)
    return Quadratic(problem=problem, ask=ask, start=start, tidy=form == "tidy")
