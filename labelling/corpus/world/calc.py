r"""Calculations over named quantities: written once as `a + (n - 1) * d`, then evaluated and typeset with numbers."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, factorial, gcd, isqrt, lcm

from labelling.corpus.world.shared import latex

Quantity = int | Fraction  # integers are kept as such: they are far quicker
Values = Mapping[str, Quantity]
Number = Callable[[Quantity], str]

SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
SUM, PRODUCT, FRACTION, POWER, ATOM = range(5)  # how tightly a piece of writing holds together
LARGEST_EXPONENT = 12


class NoValueError(ValueError):
    """The calculation leads to no number that these problems know: division by zero, an irrational root."""


@dataclass(frozen=True, slots=True)
class Node:
    """A number, a name, or `op` (a sign or a function's name) over parts."""

    op: str
    parts: tuple["Node", ...] = ()
    name: str = ""
    value: Quantity = 0


@cache
def parse(text: str) -> Node:
    return _node(ast.parse(text, mode="eval").body)


def _node(tree: ast.expr) -> Node:
    match tree:
        case ast.BinOp(left, op, right):
            return Node(SIGNS[type(op)], (_node(left), _node(right)))
        case ast.UnaryOp(ast.USub(), operand):
            return Node("neg", (_node(operand),))
        case ast.Call(ast.Name(name), args):
            return Node(name, tuple(_node(arg) for arg in args))
        case ast.Name(name):
            return Node("name", name=name)
        case ast.Constant(int(number)):
            return Node("number", value=number)
    raise ValueError(f"A calculation cannot contain {ast.unparse(tree)}.")


def simplest(value: Quantity) -> Quantity:
    return value.numerator if value.denominator == 1 else value


def _root(value: Quantity) -> Quantity:
    if value < 0 or value.denominator != 1 or isqrt(int(value)) ** 2 != value:
        raise NoValueError
    return isqrt(int(value))


def _divided(left: Quantity, right: Quantity) -> Quantity:
    if right == 0:
        raise NoValueError
    return Fraction(left) / right


def _raised(base: Quantity, exponent: Quantity) -> Quantity:
    if exponent.denominator != 1 or not 0 <= exponent <= LARGEST_EXPONENT:
        raise NoValueError
    return Fraction(base) ** int(exponent)


def _integers(work: Callable[..., int], largest: int = 10**9) -> Callable[..., Quantity]:
    """The function where it makes sense: of integers from zero up to the largest."""

    def checked(*parts: Quantity) -> Quantity:
        if any(part.denominator != 1 or not 0 <= part <= largest for part in parts):
            raise NoValueError
        return work(*map(int, parts))

    return checked


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise NoValueError
    return left % right


def _floor(left: int, right: int) -> int:
    if right == 0:
        raise NoValueError
    return left // right


WORK: dict[str, Callable[..., Quantity]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "^": _raised,
    "neg": lambda value: -value,
    "sqrt": _root,
    "fact": _integers(factorial, largest=20),
    "comb": _integers(comb, largest=60),
    "gcd": _integers(gcd),
    "lcm": _integers(lcm),
    "mod": _integers(_remainder),
    "floor": _integers(_floor),
}
# Functions as they are typeset; the parts stand where the numbers are.
FORMS = {
    "sqrt": r"\sqrt{{{0}}}",
    "comb": r"\binom{{{0}}}{{{1}}}",
    "gcd": r"\gcd({0}, {1})",
    "lcm": r"\operatorname{{lcm}}({0}, {1})",
    "floor": r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
}


def evaluate(node: Node, values: Values) -> Quantity:
    """The exact value; NoValueError where there is none."""
    if node.op == "name":
        return values[node.name]
    if node.op == "number":
        return node.value
    return simplest(WORK[node.op](*(evaluate(part, values) for part in node.parts)))


def halfway(node: Node, values: Values) -> Node | None:
    """The calculation with its inner parts worked out, as people write in between; None where that shows nothing."""
    if not any(part.parts for part in node.parts):
        return None
    half = Node(node.op, tuple(_halved(part, node.op, values) for part in node.parts))
    return None if half == node or (node.op == "/" and half.parts[1].value == 1) else half


def _halved(part: Node, op: str, values: Values) -> Node:
    if not part.parts:
        return part
    if part.op == op in {"+", "*"}:
        return Node(op, tuple(_halved(each, op, values) for each in part.parts))
    return Node("number", value=evaluate(part, values))


def write(node: Node, values: Values, number: Number = latex, *, slashed: bool = False) -> str:
    r"""The calculation in LaTeX with the values filled in; `slashed` writes `6 \div 2` where it would be a fraction."""
    return _written(node, values, number, slashed)[0]


def _written(node: Node, values: Values, number: Number, slashed: bool) -> tuple[str, int]:
    if not node.parts:
        value = evaluate(node, values)
        text = number(value)
        return text, SUM if value < 0 else FRACTION if "frac" in text else ATOM
    parts = [_written(part, values, number, slashed) for part in node.parts]
    if node.op in FORMS:
        return FORMS[node.op].format(*(text for text, _ in parts)), ATOM
    if node.op == "/":
        return _quotient(parts, slashed=slashed and not any(part.parts for part in node.parts))
    return _joined(node.op, parts)


def _quotient(parts: list[tuple[str, int]], *, slashed: bool) -> tuple[str, int]:
    if slashed or any("frac" in text for text, _ in parts):
        return rf"{_held(parts[0], PRODUCT)} \div {_held(parts[1], FRACTION)}", PRODUCT
    return rf"\frac{{{parts[0][0]}}}{{{parts[1][0]}}}", FRACTION


def _joined(op: str, parts: list[tuple[str, int]]) -> tuple[str, int]:
    if op in {"+", "-"}:
        return f"{parts[0][0]} {op} {_held(parts[1], PRODUCT)}", SUM
    if op == "*":
        return rf"{_held(parts[0], PRODUCT)} \cdot {_held(parts[1], PRODUCT)}", PRODUCT
    if op == "^":
        exponent = parts[1][0]
        return f"{_held(parts[0], ATOM)}^{exponent if len(exponent) == 1 else f'{{{exponent}}}'}", POWER
    if op == "mod":
        return rf"{_held(parts[0], FRACTION)} \bmod {_held(parts[1], ATOM)}", PRODUCT
    if op == "fact":
        return f"{_held(parts[0], ATOM)}!", POWER
    return f"-{_held(parts[0], FRACTION)}", SUM


def _held(part: tuple[str, int], tightness: int) -> str:
    """The part, in brackets unless it holds together at least that tightly."""
    text, level = part
    if level >= tightness:
        return text
    return rf"\left({text}\right)" if "frac" in text else f"({text})"
