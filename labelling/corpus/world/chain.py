"""Word problems as chains of quantities: each step computes one from the given numbers and the earlier ones.

A family brings stories; this module solves them, rightly or with a slip, and writes the solution down.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from random import Random

from labelling.corpus.world.shared import (
    ARITHMETIC,
    MISREAD,
    OPERATION,
    PEN,
    RIGHT,
    SKIPPED,
    Draft,
    Erring,
    Line,
    Slip,
    boxed,
    ending,
    judged,
    latex,
    other,
)

OPERATIONS = {"+": "+", "-": "-", "*": r"\times", "/": r"\div"}


@dataclass(frozen=True, slots=True)
class Given:
    """A number of the story. `decoys` are numbers of the story, or of habit, that a hasty reader takes instead."""

    value: Fraction
    money: bool = False
    decoys: tuple[Fraction, ...] = ()
    decimal: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """The result of an earlier link. `decoy` is a number that is mistaken for it."""

    link: int
    decoy: Given | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One step. `says` are sentences with `{eq}` for the calculation that name the quantity, so a wrong value is false.

    `confused` is the operation taken by mistake. `omits` are sentences with `{value}` of a solver who forgets the
    right operand. `unit` is a plural noun, or empty for money.
    """

    left: Given | Earlier
    op: str
    right: Given | Earlier
    says: tuple[str, ...]
    unit: str = ""
    confused: str = ""
    omits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """A link as one solver works it: `shown` is written after the equals sign."""

    left: Given
    op: str
    right: Given
    shown: Fraction


@dataclass(frozen=True, slots=True)
class Voice:
    """How a solver writes calculations: maths between dollar signs, maths with dollars in it, or plain text."""

    name: str

    def number(self, given: Given) -> str:
        text = amount(given)
        if given.money and self.name != "maths":
            return ("\\$" if self.name == "brackets" else "$") + text
        return text.replace("\\frac{", "").replace("}{", "/").rstrip("}") if self.name == "plain" else text

    def quantity(self, value: Fraction, unit: str) -> str:
        """A value with its unit, without a calculation."""
        text = self.number(Given(value, money=not unit))
        return self.wrap(text) + self.noun(value, unit)

    def wrap(self, formula: str) -> str:
        return {"maths": f"${formula}$", "brackets": rf"\({formula}\)", "plain": formula}[self.name]

    def noun(self, value: Fraction, unit: str) -> str:
        unit = unit or ("dollars" if self.name == "maths" else "")
        return f" {unit.removesuffix('s') if value == 1 else unit}" if unit else ""

    def equation(self, worked: Worked, unit: str) -> str:
        op = worked.op if self.name == "plain" else OPERATIONS[worked.op]
        left, right = self.number(worked.left), self.number(worked.right)
        result = self.number(Given(worked.shown, money=not unit))
        if self.name == "plain":
            result = self._marked(worked, result)
        return self.wrap(f"{left} {op} {right} = {result}") + self.noun(worked.shown, unit)

    def _marked(self, worked: Worked, result: str) -> str:
        """The result behind a calculator mark, as in GSM8K: `$<<6*4=24>>24`."""
        bare = [self.number(Given(given.value, decimal=given.decimal)) for given in (worked.left, worked.right)]
        mark = f"<<{bare[0]}{worked.op}{bare[1]}={amount(Given(worked.shown, decimal=True))}>>"
        return f"${mark}{result[1:]}" if result.startswith("$") else mark + result


def amount(given: Given) -> str:
    r"""`24`, `4.50` for money, `0.25` where decimals are asked for, `\frac{1}{3}` otherwise."""
    value = given.value
    if value.denominator == 1:
        return str(value.numerator)
    if given.money:
        return f"{float(value):.2f}"
    return f"{float(value):g}" if given.decimal else latex(value)


@dataclass(frozen=True)
class Chain(Erring):
    """A story with its links; the last link's value is the answer. `endings` have `{box}` for it."""

    problem: str
    links: tuple[Link, ...]
    endings: tuple[str, ...]

    @cached_property
    def solved(self) -> tuple[Fraction, ...]:
        return tuple(value for _, value in self._work(RIGHT))

    @property
    def answer(self) -> str:
        return amount(Given(self.solved[-1], money=True))

    def is_sensible(self) -> bool:
        """Whether the story's own numbers work out: positive, whole counts, money in quarters at most."""
        operands = [operand for link in self.links for operand in (link.left, link.right) if isinstance(operand, Given)]
        return all(operand.value > 0 for operand in operands) and self._all_sensible(self._work(RIGHT))

    def write(self, rng: Random, slip: Slip | None) -> Draft:
        voice = Voice(rng.choice(("maths", "maths", "brackets", "plain")))
        chosen = slip or RIGHT
        worked = self._work(chosen)
        lines = [self._line(rng, voice, at, chosen, worked[at]) for at in range(len(self.links))]
        answer = amount(Given(worked[-1][1], money=True))
        unit = self.links[-1].unit
        box = f"${boxed(answer)}$" if voice.name != "brackets" else rf"\({boxed(answer)}\)"
        box += Voice("maths").noun(worked[-1][1], unit)
        sentence = rng.choice(self.endings).replace("{box}", box)
        return Draft(lines=(*lines, ending(rng, sentence, answer)), answer=answer)

    def _work(self, slip: Slip) -> list[tuple[Worked, Fraction]]:
        """Each link as written, and the value carried on (which differs only where the pen slips)."""
        done: list[tuple[Worked, Fraction]] = []
        for at, link in enumerate(self.links):
            values = [value for _, value in done]
            done.append(self._work_link(link, slip if slip.move == str(at) else RIGHT, values))
        return done

    def _work_link(self, link: Link, slip: Slip, values: list[Fraction]) -> tuple[Worked, Fraction]:
        left, right = (self._operand(link, side, slip, values) for side in ("left", "right"))
        op = link.confused if slip.variant == "confused" else link.op
        value = calculate(op, left.value, right.value)
        if slip.variant == "omitted":
            value = left.value
        value += slip.amount if slip.variant == "off" else 0
        shown_op = link.confused if slip.variant == "pen" else op
        return Worked(left, shown_op, right, value), value

    def _operand(self, link: Link, side: str, slip: Slip, values: list[Fraction]) -> Given:
        operand = link.left if side == "left" else link.right
        misread = slip.variant == f"misread {side}"
        if isinstance(operand, Given):
            return Given(operand.decoys[slip.amount], operand.money, (), operand.decimal) if misread else operand
        if misread and operand.decoy:
            return operand.decoy
        return Given(values[operand.link], money=not self.links[operand.link].unit)

    def _line(self, rng: Random, voice: Voice, at: int, slip: Slip, work: tuple[Worked, Fraction]) -> Line:
        link = self.links[at]
        worked, value = work
        text = self._say(rng, voice, at, slip, work=work, taken="")
        omitted = slip.move == str(at) and slip.variant == "omitted"
        claim = voice.quantity(value, link.unit) if omitted else voice.equation(worked, link.unit)
        if slip.move != str(at):
            return Line(text=text, claim=claim)
        right = self._work(RIGHT)[at]
        good = [self._say(rng, voice, at, RIGHT, work=right, taken=text) for _ in range(2)]
        rival = self._rival(rng, slip)
        bad = [self._say(rng, voice, at, rival, work=self._work(rival)[at], taken=text)]
        return judged(text, claim, slip, good=good, bad=bad)

    def _say(self, rng: Random, voice: Voice, at: int, slip: Slip, *, work: tuple[Worked, Fraction], taken: str) -> str:
        """The step in a sentence that does not equal `taken`."""
        link, (worked, value) = self.links[at], work
        if slip.variant == "omitted" and slip.move == str(at):
            texts = [text.replace("{value}", voice.quantity(value, link.unit)) for text in link.omits]
        else:
            texts = [text.replace("{eq}", voice.equation(worked, link.unit)) for text in link.says]
        return other(rng, texts, taken)

    def _imagined(self) -> list[Slip]:
        slips = []
        for at, link in enumerate(self.links):
            move = str(at)
            slips += [Slip(ARITHMETIC, move, "off", amount) for amount in (-10, -2, -1, 1, 2, 10)]
            if link.confused:
                slips += [Slip(OPERATION, move, "confused", shared=True), Slip(PEN, move, "pen")]
            if link.omits:
                slips.append(Slip(SKIPPED, move, "omitted", shared=True))
            for side, operand in (("left", link.left), ("right", link.right)):
                count = len(operand.decoys) if isinstance(operand, Given) else int(operand.decoy is not None)
                slips += [Slip(MISREAD, move, f"misread {side}", pick, shared=True) for pick in range(count)]
        return slips

    def _leads_astray(self, slip: Slip) -> bool:
        """Whether the struck quantity is false and all later ones are amounts one could write down."""
        at = int(slip.move)
        done = self._work(slip)
        if not self._all_sensible(done):
            return False
        worked, value = done[at]
        if slip.kind == PEN:
            return calculate(worked.op, worked.left.value, worked.right.value) != value
        return value != self.solved[at] and done[-1][1] != self.solved[-1]

    def _all_sensible(self, done: list[tuple[Worked, Fraction]]) -> bool:
        finest = (1 if link.unit else 4 for link in self.links)
        return all(
            value > 0 and finest_part % value.denominator == 0
            for (_, value), finest_part in zip(done, finest, strict=True)
        )


def calculate(op: str, left: Fraction, right: Fraction) -> Fraction:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    return left * right if op == "*" else left / right
