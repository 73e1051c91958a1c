"""The answers to the demo set's problems, worked out from their words alone and mostly by counting things off."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb, factorial, isqrt, perm

from tests.corpus.latex_checks import Letters, evaluate

Solve = Callable[[str, Sequence[int]], Fraction | int]
TIMES = {"twice": 2, "three times": 3, "four times": 4, "five times": 5}
POLYGONS = {"pentagon": 5, "hexagon": 6, "octagon": 8, "nonagon": 9, "decagon": 10, "dodecagon": 12}


def times(text: str) -> int:
    return next(value for word, value in TIMES.items() if word in text)


def corners(text: str) -> int:
    return next(number for name, number in POLYGONS.items() if f" {name}" in text)


def divisors(number: int) -> list[int]:
    return [each for each in range(1, number + 1) if number % each == 0]


def code(text: str, numbers: Sequence[int]) -> int:
    letters = re.search(r"from A to ([A-Z])", text)
    assert letters
    return perm(ord(letters[1]) - ord("A") + 1, 2) * perm(10 - numbers[0], 3 if "three digits" in text else 2)


def drawn(numbers: Sequence[int], is_good: Callable[[int, int], bool]) -> Fraction:
    """Every pair out of a bag of reds (numbered first) and others, counted."""
    pairs = list(combinations(range(sum(numbers)), 2))
    return Fraction(sum(is_good(*pair) for pair in pairs), len(pairs))


def spun(text: str, numbers: Sequence[int]) -> Fraction:
    winning = 1 if "one of them is" in text else numbers[1]
    spins = list(product(range(numbers[0]), repeat=times(text)))
    return Fraction(sum(min(spin) < winning for spin in spins), len(spins))


def by_rule(text: str, numbers: Sequence[int]) -> Fraction:
    rule = re.search(r"x_\{n\+1\} = (.+?)\$", text)
    assert rule
    value = Fraction(numbers[1])
    for _ in range(numbers[-1] - 1):
        value = evaluate(rule[1].replace("x_n", "x"), {"x": value})
    return value


def term(numbers: Sequence[int]) -> Fraction:
    i, u, j, v, k = numbers
    return u + Fraction(v - u, j - i) * (k - i)


def right_triangle(text: str, numbers: Sequence[int]) -> Fraction | int:
    leg, longest = numbers
    other = isqrt(longest**2 - leg**2)
    return Fraction(leg * other, 2) if "area" in text else leg + other + longest


def solved_system(text: str) -> Letters:
    """Cramer's rule on the two equations of the text."""
    found = re.search(r"\\\[(.+?), \\qquad (.+?)\.\\\]", text)
    assert found
    rows = []
    for left, right in (equation.split("=") for equation in found.groups()):
        at = [evaluate(left, {"x": Fraction(x), "y": Fraction(y)}) for x, y in ((1, 0), (0, 1))]
        rows.append((*at, evaluate(right)))
    (a, b, c), (d, e, f) = rows
    return {"x": (c * e - b * f) / (a * e - b * d), "y": (a * f - c * d) / (a * e - b * d)}


def farm(text: str, numbers: Sequence[int]) -> int:
    heads, legs = numbers
    birds = next(birds for birds in range(heads + 1) if 2 * birds + 4 * (heads - birds) == legs)
    asked = re.search(r"How many (\w+)", text)
    assert asked
    return birds if asked[1] in {"chickens", "ducks", "geese"} else heads - birds


def when_times(text: str, numbers: Sequence[int]) -> int:
    return next(years for years in range(200) if numbers[0] + years == times(text) * (numbers[1] + years))


def painted(numbers: Sequence[int]) -> Fraction:
    a, b, h = numbers
    return (1 - Fraction(h, a)) / (Fraction(1, a) + Fraction(1, b))


# Words of the problem, and the answer from the whole text and the numbers in it.
SOLVERS: dict[str, dict[str, Solve]] = {
    "money": {
        "get back": lambda _, n: n[4] - n[0] * n[1] - n[2] * n[3],
        "save in a week": lambda _, n: n[0] * n[1] * n[2] - n[3],
        "more weeks": lambda _, n: Fraction(n[0] - n[1], n[2]),
        "profit": lambda _, n: (n[0] * n[1] - n[2]) * n[3] - n[4],
        "shipping": lambda _, n: Fraction(n[0] * (100 - n[1]), 100) + n[2],
        "split the bill": lambda _, n: Fraction(n[1] * n[2] + n[3], n[0] + 1),
        "what is left": lambda _, n: n[0] * (1 - Fraction(n[1], n[2])) * (1 - Fraction(n[3], n[4])),
    },
    "divisors": {
        "are even": lambda _, n: sum(each % 2 == 0 for each in divisors(n[0])),
        "positive divisors": lambda _, n: len(divisors(n[0])),
        "remainder": lambda _, n: (n[0] * n[1] + n[2]) % n[3],
        "together within": lambda _, n: sum(at % n[0] == at % n[1] == 0 for at in range(1, n[2] + 1)),
    },
    "counting": {
        "jury": lambda _, n: comb(n[1], n[3]) * comb(n[2], n[4]),
        "code": code,
        "divisible": lambda _, n: sum(at % n[2] == 0 or at % n[3] == 0 for at in range(1, n[1] + 1)),
        "line up": lambda _, n: factorial(n[0] + 2) - 2 * factorial(n[0] + 1),
    },
    "probability": {
        "that both are": lambda _, n: drawn(n, lambda one, two: max(one, two) < n[0]),
        "same colour": lambda _, n: drawn(n, lambda one, two: (one < n[0]) == (two < n[0])),
        "at least once": spun,
    },
    "sequences": {
        "terms of an arithmetic": lambda _, n: sum(n[0] + at * (n[1] - n[0]) for at in range(n[3])),
        "In an arithmetic": lambda _, n: term(n),
        "geometric": lambda _, n: sum(n[0] * Fraction(n[1], n[0]) ** at for at in range(n[3])),
        "is defined by": by_rule,
    },
    "geometry": {
        "right triangle": right_triangle,
        "All but one": lambda text, n: (corners(text) - 2) * 180 - n[0],
        "regular": lambda text, _: 180 - Fraction(360, corners(text)) + Fraction(180, corners(text)),
        "garden": lambda _, n: (n[0] + 2 * n[2]) * (n[1] + 2 * n[2]) - n[0] * n[1],
        "wooden box": lambda _, n: 2 * (n[0] * n[1] + n[1] * n[2] + n[0] * n[2]),
    },
    "systems": {
        "Find $x + y$": lambda text, _: sum(solved_system(text).values()),
        "heads": farm,
        "tickets": lambda _, n: next(k for k in range(n[0] + 1) if (n[0] - k) * n[2] + k * n[3] == n[1]),
    },
    "percentages": {
        "first raised": lambda _, n: n[0] * Fraction(100 + n[1], 100) * Fraction(100 - n[2], 100),
        "In a sale": lambda _, n: Fraction((n[2] - n[1]) * 100, 100 - n[0]),
        "glasses": lambda _, n: n[0] * Fraction(n[1] * n[2] + (100 - n[1]) * n[3], 10_000),
        "salt": lambda _, n: Fraction(n[0] * n[1] + n[2] * n[3], n[0] + n[2]),
    },
    "rates": {
        "cycle towards": lambda _, n: Fraction(n[0] - n[1] * n[3], n[1] + n[2]),
        "average speed": lambda _, n: 2 / (Fraction(1, n[1]) + Fraction(1, n[2])),
        "fence": lambda _, n: painted(n),
        "tank": lambda _, n: Fraction(n[0] - n[1], n[2] - n[3]),
    },
    "averages": {
        "next test": lambda _, n: (n[0] + 1) * n[2] - n[0] * n[1],
        "In another": lambda _, n: Fraction(n[0] * n[1] + n[2] * n[3], n[0] + n[2]),
        "taken away": lambda _, n: Fraction(n[0] * n[1] - n[2], n[0] - 1),
    },
    "ages": {
        "add up to": lambda text, n: (n[1] - 2 * n[0]) - Fraction(n[1] - 2 * n[0], times(text) + 1),
        "years ago": lambda text, n: times(text) * (n[1] - n[0]) + n[0] + n[2],
        "neighbour": when_times,
    },
}


def answer(family: str, text: str) -> list[Fraction]:
    """The answer to a problem of these families; for an ordered pair, both numbers."""
    if "ordered pair" in text:
        return list(solved_system(text).values())
    numbers = [int(found) for found in re.findall(r"(?<![\w}])-?\d+|(?<=[_{])\d+", text)]
    solve = next(solve for words, solve in SOLVERS[family].items() if words in text)
    return [Fraction(solve(text, numbers))]
