r"""A small reader of written mathematics, made apart from the generator, to check the demo set.

It knows numbers, money, `+ - * / \times \cdot \div \bmod ^ !`, brackets, `\frac`, `\sqrt`, `\pm`, `\binom`, `\gcd`,
`\operatorname{lcm}`, floors, and letters of known value.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import comb, factorial, floor, gcd, isqrt, lcm

TOKEN = re.compile(
    r"\\frac|\\binom|\\gcd|\\operatorname\{lcm\}|\\bmod|\\lfloor|\\rfloor|[!,]|\\sqrt|\\times|\\cdot|\\div|\\pm|\d+(?:\.\d+)?|[a-zA-Z]|[-+*/^(){}]"
)
MATHS = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)
PLAIN = re.compile(r"\$?[\d./]+ [-+*/] \$?[\d./]+ = \$?<<[^>]*>>[\d.]+")
MARK = re.compile(r"<<[^>]*>>")
ENDS = {"", "+", "-", "\\pm", ")", "}", ",", "\\rfloor"}
Letters = Mapping[str, Fraction]


class UnreadableError(ValueError):
    """Not an expression this reader knows, such as an irrational root."""


class Reader:
    """Recursive descent over one expression; `way` is the sign that a plus-minus stands for."""

    def __init__(self, text: str, letters: Letters, way: int) -> None:
        for mark in ("\\left", "\\right", "\\boxed", "\\$", "$"):
            text = text.replace(mark, "")
        if TOKEN.sub("", text).strip(" .?!"):
            raise UnreadableError(text)
        self.tokens = [*TOKEN.findall(text), ""]
        self.letters, self.way = letters, way

    def whole(self) -> Fraction:
        value = self.sum()
        if self.tokens != [""]:
            raise UnreadableError(" ".join(self.tokens))
        return value

    def sum(self) -> Fraction:
        value = Fraction(0) if self.tokens[0] in {"-", "+"} else self.product()
        while (sign := self.tokens[0]) in {"+", "-", "\\pm"}:
            self.tokens.pop(0)
            value += {"+": 1, "-": -1, "\\pm": self.way}[sign] * self.product()
        return value

    def product(self) -> Fraction:
        value = self.power()
        while (token := self.tokens[0]) not in ENDS:
            if token in {"*", "/", "\\times", "\\cdot", "\\div", "\\bmod"}:
                self.tokens.pop(0)
            factor = self.power()
            if token == "\\bmod":
                value %= factor
            else:
                value = value / factor if token in {"/", "\\div"} else value * factor
        return value

    def power(self) -> Fraction:
        base = self.atom()
        if self.tokens[0] == "!":
            self.tokens.pop(0)
            return Fraction(factorial(int(base)))
        if self.tokens[0] == "^":
            self.tokens.pop(0)
            return Fraction(base ** int(self.atom()))
        return base

    def atom(self) -> Fraction:
        token = self.tokens.pop(0)
        if token in {"(", "{", "\\lfloor"}:
            value = self.sum()
            self.tokens.pop(0)
            return Fraction(floor(value)) if token == "\\lfloor" else value
        if token.startswith("\\"):
            return self.function(token)
        if token in self.letters:
            return self.letters[token]
        if not token[:1].isdigit():
            raise UnreadableError(token)
        return Fraction(token)

    def function(self, token: str) -> Fraction:
        if token == "\\frac":
            return self.atom() / self.atom()
        if token == "\\binom":
            return Fraction(comb(int(self.atom()), int(self.atom())))
        if token in {"\\gcd", "\\operatorname{lcm}"}:
            return self.pair({"\\gcd": gcd}.get(token, lcm))
        if token == "\\sqrt":
            return self.root(self.atom())
        raise UnreadableError(token)

    def pair(self, work: Callable[[int, int], int]) -> Fraction:
        """A function of two integers, `(a, b)`."""
        self.tokens.pop(0)
        left = self.sum()
        self.tokens.pop(0)
        right = self.sum()
        self.tokens.pop(0)
        return Fraction(work(int(left), int(right)))

    def root(self, value: Fraction) -> Fraction:
        if value < 0 or isqrt(int(value)) ** 2 != value:
            raise UnreadableError(f"the root of {value}")
        return Fraction(isqrt(int(value)))


def evaluate(text: str, letters: Letters | None = None, way: int = 1) -> Fraction:
    return Reader(text, letters or {}, way).whole()


def formulas(text: str) -> list[str]:
    """What stands between maths signs in the text."""
    return [next(filter(None, groups)) for groups in MATHS.findall(text)]


def equations(text: str) -> list[list[str]]:
    """Every chain `a = b = c` in the text as its sides: in maths, and in plain calculations with calculator marks."""
    plain = [MARK.sub("", found) for found in PLAIN.findall(text)]
    found = formulas(PLAIN.sub("", text).split("# Answer")[0])
    return [formula.split("=") for formula in [*plain, *found] if "=" in formula]


def holds(sides: list[str], letters: Letters) -> bool:
    """Whether all sides are equal, for one reading of a plus-minus if there is one."""
    return any(len({evaluate(side, letters, way) for side in sides}) == 1 for way in (1, -1))


def numeric_sides(sides: list[str]) -> list[Fraction]:
    """The values of the sides that contain no letter and nothing irrational."""
    values = []
    for side in sides:
        try:
            values.append(evaluate(side))
        except UnreadableError:
            continue
    return values
