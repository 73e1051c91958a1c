"""Problems as plans: named quantities, and steps that each compute one. Most families are made of these.

A family poses the problem and lists the steps, each with the ways in which it goes wrong; this module solves it,
rightly or with one slip, and writes the solution down. Sentences name quantities as `<n>`
and the calculation as `<eq>`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random

from labelling.corpus.world import calc
from labelling.corpus.world.calc import Node, NoValueError, Quantity, Values, evaluate, halfway, parse, simplest
from labelling.corpus.world.shared import (
    ARITHMETIC,
    DROPPED,
    MISREAD,
    OPERATION,
    PEN,
    RIGHT,
    SIGN,
    SKIPPED,
    Draft,
    Draw,
    Erring,
    Line,
    Slip,
    boxed,
    chance,
    ending,
    judged,
    latex,
    other,
)

MARK = re.compile(r"<(\w+)>")
DOLLARS = re.compile(r"\$([^$]+)\$")
EASY = 9  # nobody slips in a calculation with a result up to this
UGLY = 150  # a denominator from here on would give a wrong answer away
FINEST = 10_000  # decimals are written out to this part
STOPS = Slip(SKIPPED, "end", "early", shared=True)  # takes the last quantity but one for the answer


@dataclass(frozen=True, slots=True)
class Wrong:
    """One way in which a step goes wrong: another `calc`, or `sets`, quantities taken for something else.

    `skips` are earlier steps that a solver with this slip leaves out. A slip of the pen shows `calc` with the right
    result. `says` are sentences for where the step's own would not do.
    """

    kind: str
    calc: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    skips: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def operation(calc: str, *skips: str) -> Wrong:
    return Wrong(OPERATION, calc, skips=skips)


def misread(calc: str) -> Wrong:
    return Wrong(MISREAD, calc)


def skipped(calc: str, *skips: str) -> Wrong:
    return Wrong(SKIPPED, calc, skips=skips)


def dropped(calc: str, *skips: str) -> Wrong:
    return Wrong(DROPPED, calc, skips=skips)


def sign(calc: str) -> Wrong:
    return Wrong(SIGN, calc)


def pen(calc: str) -> Wrong:
    return Wrong(PEN, calc)


@dataclass(frozen=True, slots=True)
class Step:
    """Computes the quantity `name` by `calc`; `symbol` stands before the calculation, as `S` in `S = 3 + 4 = 7`.

    A step that is no single calculation has `sets` in its place, several quantities, and `shown`, its formula.
    The sentences name the quantity, so that a wrong value is false.
    """

    name: str
    calc: str
    says: tuple[str, ...]
    wrongs: tuple[Wrong, ...] = ()
    unit: str = ""
    symbol: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    shown: Callable[[Values], str] | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """A step as one solver worked it: the calculation written down, its result, and all quantities known then."""

    step: Step
    says: tuple[str, ...]
    node: Node | None
    value: Quantity | None
    values: Values


@dataclass(frozen=True)
class Plan(Erring):
    """A problem with its steps. The answer is the last step's value, or `final` with its quantities filled in.

    Unless `signed` or not `whole`, a solver who meets a value below one or a fraction would notice; nor may values
    exceed `limit`. `decimals` writes 0.25 for a quarter, `school` writes divisions with their sign. `finest` is the
    largest denominator of the answer.
    """

    problem: str
    given: Mapping[str, Quantity]
    steps: tuple[Step, ...]
    endings: tuple[str, ...]
    final: str = ""
    whole: bool = True
    signed: bool = False
    decimals: bool = False
    school: bool = False
    limit: int | None = None
    finest: int = 12
    _written: dict[tuple[int, "Hand"], tuple[str, tuple[str, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _done: dict[Slip, tuple[Worked, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def answer(self) -> str:
        return self._answer(self._work(RIGHT))

    def is_sensible(self) -> bool:
        try:
            done = self._work(RIGHT)
        except NoValueError:
            return False
        value = done[-1].value
        return self._all_sensible(done) and (value is None or self.decimals or value.denominator <= self.finest)

    def write(self, rng: Random, slip: Slip | None) -> Draft:
        chosen = slip or RIGHT
        done = self._work(chosen)
        hand = Hand(times=self.school or chance(rng, 0.3), brackets=chance(rng, 0.3), halves=chance(rng, 0.6))
        lines = [self._line(rng, hand, worked, chosen) for worked in done]
        answer = self._answer(done)
        last = self._end(rng, hand, done, taken="")
        sentence = ending(rng, last, answer)
        if chosen == STOPS:
            sentence = self._early(rng, hand, done, sentence)
        return Draft(lines=(*lines, sentence), answer=answer)

    def _early(self, rng: Random, hand: "Hand", done: Sequence[Worked], line: Line) -> Line:
        missing = self._work(RIGHT)[-1]
        good = [self._say(rng, hand, missing, taken="") for _ in range(2)]
        bad = [self._end(rng, hand, done, taken=line.text.split("\n")[0])]
        return judged(line.text, line.claim, STOPS, good=good, bad=bad)

    def _end(self, rng: Random, hand: "Hand", done: Sequence[Worked], *, taken: str) -> str:
        unit = "" if self.final else self.steps[-1].unit
        box = _with_unit(f"${boxed(self._answer(done))}$", done[-1].value, unit)
        return other(rng, [hand.writes(text.replace("<box>", box)) for text in self.endings], taken)

    def _answer(self, done: Sequence[Worked]) -> str:
        value = done[-1].value
        return self._fill(self.final, done[-1].values) if self.final or value is None else self._number(value)

    def _number(self, value: Quantity) -> str:
        if self.decimals and FINEST % value.denominator == 0:
            return f"{float(value):.10g}"
        return latex(value)

    def _fill(self, text: str, values: Values) -> str:
        return MARK.sub(lambda found: self._number(values[found[1]]) if found[1] in values else found[0], text)

    def _wrong(self, slip: Slip) -> Wrong | None:
        if slip.variant != "wrong":
            return None
        return next(step for step in self.steps if step.name == slip.move).wrongs[slip.amount]

    def _work(self, slip: Slip) -> tuple[Worked, ...]:
        """The steps as the solver with this slip takes them."""
        if slip in self._done:
            return self._done[slip]
        wrong = self._wrong(slip)
        steps = self.steps[:-1] if slip == STOPS else self.steps
        done: list[Worked] = []
        struck = False
        for at, step in enumerate(steps):
            if wrong and step.name in wrong.skips:
                continue
            struck = struck or step.name == slip.move
            if slip is not RIGHT and not struck:
                done.append(self._work(RIGHT)[at])
                continue
            known = done[-1].values if done else self.given
            done.append(self._take(step, slip if slip.move == step.name else RIGHT, known))
        self._done[slip] = tuple(done)
        return self._done[slip]

    def _take(self, step: Step, slip: Slip, before: Values) -> Worked:
        wrong, values = self._wrong(slip), dict(before)
        for name, text in {**step.sets, **(wrong.sets if wrong else {})}.items():
            values[name] = evaluate(parse(text), values)
        says = (wrong.says if wrong else ()) or step.says
        if step.shown:
            return Worked(step, says, None, None, values)
        node = parse((wrong.calc if wrong else "") or step.calc)
        value = evaluate(parse(step.calc) if slip.kind == PEN else node, values)
        if slip.variant == "off":
            value += Fraction(slip.amount, value.denominator)
        values[step.name] = value = simplest(value)
        return Worked(step, says, node, value, values)

    def _formula(self, worked: Worked, *, halves: bool) -> str:
        """The calculation with its result, and if asked with what lies in between."""
        step, node, values = worked.step, worked.node, worked.values
        if node is None or worked.value is None:
            return self._fill(step.shown(values), values) if step.shown else ""
        middle = halfway(node, values) if halves else None
        written = [calc.write(each, values, self._number, slashed=self.school) for each in (node, middle) if each]
        start = [self._fill(step.symbol, values)] if step.symbol else []
        return " = ".join(dict.fromkeys([*start, *written, self._number(worked.value)]))

    def _equation(self, worked: Worked, *, halves: bool) -> str:
        return _with_unit(f"${self._formula(worked, halves=halves)}$", worked.value, worked.step.unit)

    def _line(self, rng: Random, hand: "Hand", worked: Worked, slip: Slip) -> Line:
        text = self._say(rng, hand, worked, taken="")
        claim = self._texts(hand, worked)[0]
        if slip.move != worked.step.name:
            return Line(text=text, claim=claim)
        wrong = self._wrong(slip)
        # Whoever left a step out would rightly take that one next.
        move = wrong.skips[0] if wrong and wrong.skips else slip.move
        right = next(each for each in self._work(RIGHT) if each.step.name == move)
        good = [self._say(rng, hand, right, taken=text) for _ in range(2)]
        rival = self._rival(rng, slip, move, lambda each: not self._leaves_out(each))
        mistaken = next(each for each in self._work(rival) if each.step.name == rival.move)
        bad = [self._say(rng, hand, mistaken, taken=text)]
        return judged(text, claim, slip, good=good, bad=bad)

    def _leaves_out(self, slip: Slip) -> bool:
        wrong = self._wrong(slip)
        return bool(wrong and wrong.skips)

    def _say(self, rng: Random, hand: "Hand", worked: Worked, *, taken: str) -> str:
        """The step in a sentence that does not equal `taken`."""
        return other(rng, self._texts(hand, worked)[1], taken)

    def _texts(self, hand: "Hand", worked: Worked) -> tuple[str, tuple[str, ...]]:
        """The short claim, and the step in each of its sentences. Kept: solvers of one problem write much alike."""
        key = (id(worked), hand)  # what `_done` holds on to keeps its id
        if key not in self._written:
            claim, equation = (self._equation(worked, halves=halves) for halves in (False, hand.halves))
            texts = (self._fill(text, worked.values).replace("<eq>", equation) for text in worked.says)
            self._written[key] = hand.writes(claim), tuple(hand.writes(text) for text in texts)
        return self._written[key]

    def _imagined(self) -> list[Slip]:
        slips = [] if self.final or len(self.steps) < 3 or self._unit(-1) != self._unit(-2) else [STOPS]  # noqa: PLR2004
        for step, worked in zip(self.steps, self._work(RIGHT), strict=True):
            for at, wrong in enumerate(step.wrongs):
                slips.append(Slip(wrong.kind, step.name, "wrong", at, shared=wrong.kind not in {PEN, ARITHMETIC}))
            slips += [Slip(ARITHMETIC, step.name, "off", amount) for amount in _near_misses(worked.value)]
        return slips

    def _unit(self, at: int) -> str:
        return self.steps[at].unit

    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the step struck is false and all later quantities are such that one could write them down."""
        try:
            done = self._work(slip)
        except NoValueError:
            return False
        if not self._all_sensible(done):
            return False
        if slip == STOPS:
            return self._answer(done) != self.answer
        struck, right = (
            next(each for each in work if each.step.name == slip.move) for work in (done, self._work(RIGHT))
        )
        wrong = self._wrong(slip)
        if slip.kind == PEN and wrong:
            return evaluate(parse(wrong.calc), struck.values) != struck.value
        if struck.step.shown:
            return self._formula(struck, halves=False) != self._formula(right, halves=False)
        return struck.value != right.value

    def _all_sensible(self, done: Sequence[Worked]) -> bool:
        return all(self._is_sensible(worked.value) for worked in done if worked.value is not None)

    def _is_sensible(self, value: Quantity) -> bool:
        """A value one could write down in this problem without noticing that something is wrong."""
        if (value <= 0 and not self.signed) or (self.whole and value.denominator != 1):
            return False
        if self.decimals and FINEST // 100 % value.denominator:
            return False
        return value.denominator < UGLY and (self.limit is None or value <= self.limit)


@dataclass(frozen=True, slots=True)
class Hand:
    """How one solver writes: which sign for times, which brackets around maths, whether with steps in between."""

    times: bool
    brackets: bool
    halves: bool

    def writes(self, text: str) -> str:
        if self.times:
            text = text.replace(r"\cdot", r"\times")
        return DOLLARS.sub(r"\\(\1\\)", text) if self.brackets else text


def _near_misses(value: Quantity | None) -> tuple[int, ...]:
    """By how much the result is miscalculated; nobody slips in an easy calculation."""
    if value is None or max(abs(value.numerator), value.denominator) <= EASY:
        return ()
    return (-10, -2, -1, 1, 2, 10) if max(value, -value) > 2 * EASY else (-2, -1, 1, 2)


def _with_unit(formula: str, value: Quantity | None, unit: str) -> str:
    return f"{formula} {unit.removesuffix('s') if value == 1 else unit}" if unit else formula


def draws(*forms: Callable[[Random], Plan]) -> Draw:
    """A family's `draw`: one of the forms, with numbers that work out."""

    def draw(rng: Random) -> Plan:
        form = rng.choice(forms)
        while True:
            plan = form(rng)
            if plan.is_sensible():
                return plan

    return draw
