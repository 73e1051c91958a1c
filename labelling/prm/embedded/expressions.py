"""Expressions parsed from tokens and worked out exactly, in fractions, within limits that no text can break.

A value is a Fraction, or a float once a root or pi came in; None where an expression can't be worked out.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from labelling.prm.embedded.tokens import Token

Value = Fraction | float
Node = tuple[Any, ...]  # ("num", Fraction) | ("name", str) | (operator, Node) | (operator, Node, Node)
DEPTH_LIMIT: Final = 24
LENGTH_LIMIT: Final = 80  # tokens of one expression
_BITS: Final = 512
_EXPONENT: Final = 64
_FACTORIAL: Final = 40
_DIGITS: Final = 40
_CHOOSE: Final = 200
_TWO: Final = 2
_ROUNDED: Final = {"⌊": "⌋", "⌈": "⌉"}
_OPERATIONS: Final[Mapping[str, Callable[[Any, Any], Value]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "frac": operator.truediv,
    "mod": operator.mod,
}  # fmt: skip
_OF_INTEGERS: Final = {"gcd": math.gcd, "lcm": math.lcm}


class NotUnderstood(Exception):
    """The tokens are no expression known here, or its value is beyond the limits."""


@dataclass(slots=True)
class _Parser:
    tokens: Sequence[Token]
    at: int = 0
    depth: int = 0

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *texts: str) -> str | None:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text in texts and token.kind == "op":
                self.at += 1
                return token.text
        return None

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise NotUnderstood
        node = self.product()
        while sign := self.take("+", "-"):
            node = (sign, node, self.product())
        self.depth -= 1
        return node

    def product(self) -> Node:
        node = self.signed()
        while True:
            if sign := self.take("*", "/", "mod"):
                node = (sign, node, self.signed())
            elif self._starts_operand():
                node = ("*", node, self.power())
            else:
                return node

    def _starts_operand(self) -> bool:
        token = self.peek()
        if token is None:
            return False
        before = self.tokens[self.at - 1]
        if token.kind == "num":  # 3 4 is two numbers, x2 a name; (3)4 a product
            return before.text == ")"
        return token.kind in ("name", "func") or token.text in "(⌊⌈"

    def signed(self) -> Node:
        negative = False
        while sign := self.take("-", "+"):
            negative ^= sign == "-"
        node = self.power()
        return ("neg", node) if negative else node

    def power(self) -> Node:
        node = self.operand()
        while mark := self.take("!", "%"):
            node = (mark, node)
        if self.take("^"):
            node = ("^", node, self._exponent())
        return node

    def _exponent(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise NotUnderstood
        node = ("neg", self.operand()) if self.take("-") else self.power()
        self.depth -= 1
        return node

    def operand(self) -> Node:
        token = self.peek()
        if token is None:
            raise NotUnderstood
        self.at += 1
        if token.kind == "num":
            return _number(token.text)
        if token.kind == "name":
            return ("name", token.text)
        if token.kind == "func":
            return self._applied(token.text)
        if token.text == "(":
            return self._closed()
        if token.text in _ROUNDED:
            return self._rounded(token.text)
        raise NotUnderstood

    def _rounded(self, opening: str) -> Node:
        node = self.sum()
        if not self.take(_ROUNDED[opening]):
            raise NotUnderstood
        return (opening, node)

    def _closed(self) -> Node:
        node = self.sum()
        if not self.take(")"):
            raise NotUnderstood
        return node

    def _argument(self) -> Node:
        if self.take("("):
            return self._closed()
        token = self.peek()
        if token is None or token.kind != "num":
            raise NotUnderstood
        self.at += 1
        if len(token.text) > 1:  # \frac12 is one half; anything longer is guesswork
            raise NotUnderstood
        return _number(token.text)

    def _applied(self, function: str) -> Node:
        if function == "sqrt":
            return ("sqrt", self._argument())
        if function in _OF_INTEGERS:
            return self._of_integers(function)
        token = self.peek()
        if token is not None and token.kind == "num" and len(token.text) == _TWO:  # \frac12, as two digits
            self.at += 1
            return (function, _number(token.text[0]), _number(token.text[1]))
        return (function, self._argument(), self._argument())

    def _of_integers(self, function: str) -> Node:
        parts = [self.sum()] if self.take("(") else []
        if parts and self.take(","):
            parts.append(self.sum())
        if len(parts) != _TWO or not self.take(")"):
            raise NotUnderstood
        return (function, *parts)


@lru_cache(maxsize=10_000)  # texts use the same numbers again and again
def _number(text: str) -> Node:
    if len(text) > _DIGITS:
        raise NotUnderstood
    return ("num", Fraction(text if text[0] != "." else "0" + text))


def parse(tokens: Sequence[Token]) -> Node | None:
    """Return the tree of all the tokens, or None where they are no expression known here."""
    if not tokens or len(tokens) > LENGTH_LIMIT:
        return None
    parser = _Parser(tokens)
    try:
        node = parser.sum()
    except NotUnderstood:
        return None
    return node if parser.at == len(tokens) else None


def names(node: Node) -> frozenset[str]:
    """The variables in a tree; pi is a number."""
    if node[0] == "name":
        return frozenset() if node[1] == "pi" else frozenset((node[1],))
    if node[0] == "num":
        return frozenset()
    return frozenset().union(*[names(part) for part in node[1:]])


def is_number(node: Node) -> bool:
    """Whether a tree is nothing but a number, with its sign or per cent mark at most."""
    while node[0] in ("neg", "%"):
        node = node[1]
    return bool(node[0] == "num")


def value_of(node: Node, known: Mapping[str, Value] | None = None) -> Value | None:
    """Work a tree out with the variables' values ``known``; None for an unknown one and for what has no value."""
    try:
        value = _value(node, known or {})
    except (NotUnderstood, ArithmeticError, ValueError):  # by nought, beyond a float, a power of nought
        return None
    return value if isinstance(value, Fraction) or math.isfinite(value) else None


def _value(node: Node, known: Mapping[str, Value]) -> Value:
    kind = node[0]
    if kind == "num":
        number: Fraction = node[1]
        return number
    if kind == "name":
        return _named(node[1], known)
    if len(node) == _TWO:
        return _unary(kind, _value(node[1], known))
    return _binary(kind, _value(node[1], known), _value(node[2], known))


def _named(name: str, known: Mapping[str, Value]) -> Value:
    if name == "pi":
        return math.pi
    if name not in known:
        raise NotUnderstood
    return known[name]


def _unary(kind: str, value: Value) -> Value:
    if kind == "neg":
        return -value
    if kind == "%":
        return value / 100
    if kind == "sqrt":
        return _root(value)
    if kind in _ROUNDED:
        return Fraction(math.floor(value) if kind == "⌊" else math.ceil(value))
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= _FACTORIAL:
        raise NotUnderstood
    return Fraction(math.factorial(int(value)))


def _root(value: Value) -> Value:
    if value < 0:
        raise NotUnderstood
    if isinstance(value, Fraction):
        above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if above * above == value.numerator and below * below == value.denominator:
            return Fraction(above, below)
    return math.sqrt(value)


def _binary(kind: str, left: Value, right: Value) -> Value:
    operation = _OPERATIONS.get(kind)
    if operation is not None:
        return _small(operation(left, right))
    if kind in _OF_INTEGERS:
        return _small(Fraction(_OF_INTEGERS[kind](_whole(left), _whole(right))))
    return _raised(left, right) if kind == "^" else _chosen(left, right)


def _small(value: Value) -> Value:
    """Refuse what would make the next operations slow."""
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
        raise NotUnderstood
    return value


def _raised(base: Value, exponent: Value) -> Value:
    if abs(float(exponent)) > _EXPONENT:
        raise NotUnderstood
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if size * abs(int(exponent)) > _BITS:
            raise NotUnderstood
        return Fraction(base ** int(exponent))
    if base < 0:
        raise NotUnderstood
    return math.pow(float(base), float(exponent))


def _whole(value: Value) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1:
        raise NotUnderstood
    return value.numerator


def _chosen(above: Value, below: Value) -> Value:
    whole = isinstance(above, Fraction) and isinstance(below, Fraction) and above.denominator == below.denominator == 1
    if not whole or not 0 <= below <= above <= _CHOOSE:
        raise NotUnderstood
    return Fraction(math.comb(int(above), int(below)))
