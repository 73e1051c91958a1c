"""Divisors, common multiples and remainders."""

from collections.abc import Mapping
from random import Random

from labelling.corpus.world.calc import Values
from labelling.corpus.world.plan import Plan, Step, Wrong, draws, dropped, operation, pen, skipped
from labelling.corpus.world.shared import ARITHMETIC, chance

FACTORED = (
    "The prime factorisation is <eq>.",
    "First factor the number into primes: <eq>.",
    "Breaking it down into primes gives <eq>.",
)
MOST = {2: 3, 3: 3, 5: 2, 7: 1, 11: 1}  # primes, with the largest exponent
TIMES = {"seconds": "lights", "minutes": "bells"}


def _factored(number: int, primes: Mapping[str, int]) -> Step:
    def shown(values: Values) -> str:
        powers = ((prime, values[name]) for name, prime in primes.items())
        return f"{number} = " + r" \cdot ".join(str(p) if e == 1 else f"{p}^{{{e}}}" for p, e in powers)

    mistakes = tuple(Wrong(ARITHMETIC, sets={name: f"{name} + 1"}) for name in primes)
    return Step("factors", "", FACTORED, mistakes, shown=shown)


def count(rng: Random) -> Plan:
    primes = dict(zip("abc", sorted(rng.sample(tuple(MOST), 3)), strict=True))
    given = {name: rng.randint(1, MOST[prime]) for name, prime in primes.items()}
    number = 1
    for name, prime in primes.items():
        number *= prime ** given[name]
    total = Step(
        "total",
        "(a + 1) * (b + 1) * (c + 1)",
        (
            "Each exponent can be chosen freely from zero up, so the number of positive divisors is <eq>.",
            f"Adding one to each exponent and multiplying, the number of divisors of ${number}$ is <eq>.",
            f"So ${number}$ has this many divisors: <eq>.",
        ),
        (
            operation("a * b * c"),
            operation("(a + 1) + (b + 1) + (c + 1)"),
            dropped("(a + 1) * (b + 1)"),
            pen("(a + 1) * (b + 1) + (c + 1)"),
        ),
    )
    steps: tuple[Step, ...] = (_factored(number, primes), total)
    asked = f"How many positive divisors does ${number}$ have?"
    if primes["a"] == 2 and chance(rng, 0.6):  # noqa: PLR2004 -- the even prime
        asked = f"How many of the positive divisors of ${number}$ are even?"
        steps += (
            Step(
                "odd",
                "(b + 1) * (c + 1)",
                (
                    "An odd divisor has no factor $2$, so the number of odd divisors is <eq>.",
                    "Leaving out the factor $2$, the number of odd divisors is <eq>.",
                ),
                (operation("b * c"), operation("(b + 1) + (c + 1)"), dropped("c + 1")),
            ),
            Step(
                "even",
                "total - odd",
                ("The remaining divisors are even: <eq>.", "Hence the number of even divisors is <eq>."),
                (pen("total + odd"), operation("total / 2")),
            ),
        )
    return Plan(asked, given, steps, ("So the answer is <box>.", "There are <box> of them.", "The number is <box>."))


def together(rng: Random) -> Plan:
    unit = rng.choice(tuple(TIMES))
    things, factor = TIMES[unit], rng.randint(2, 9)
    m, n = (factor * part for part in rng.sample((2, 3, 4, 5, 7, 8, 9), 2))
    verb = {"lights": "flashes", "bells": "rings"}[things]
    given = {"m": m, "n": n, "t": 60 * rng.randint(3, 40)}
    problem = (
        f"One of two {things} {verb} every ${m}$ {unit}, the other every ${n}$ {unit}. Both have just gone off at the "
        f"same moment. How many more times will they do so together within the next ${given['t']}$ {unit}?"
    )
    steps = (
        Step(
            "g",
            "gcd(m, n)",
            ("The greatest common divisor of the two periods is <eq>.", "We start with the common divisor: <eq>."),
        ),
        Step(
            "l",
            "m * n / g",
            (
                f"They meet again after the least common multiple of the periods, which is <eq> {unit}.",
                f"So the least common multiple, in {unit}, is <eq>.",
            ),
            (skipped("m * n", "g"), operation("m + n", "g"), pen("m * g / n"), operation("m * n / (g * g)")),
        ),
        Step(
            "k",
            "floor(t, l)",
            (
                "Counting how often this fits into the given time, the number of meetings is <eq>.",
                f"Within ${given['t']}$ {unit}, the number of times they go off together is <eq>.",
            ),
            (operation("floor(t, l) + 1"), operation("floor(t, l) - 1")),
        ),
    )
    return Plan(problem, given, steps, ("So the number of times is <box>.", "The answer is <box>."))


def remainder(rng: Random) -> Plan:
    given = {"m": rng.randint(5, 19), "a": rng.randint(30, 199), "b": rng.randint(30, 199), "c": rng.randint(2, 60)}
    problem = (
        "Find the remainder when $<a> \\cdot <b> + <c>$ is divided by $<m>$.",
        "What is the remainder of $<a> \\cdot <b> + <c>$ on division by $<m>$?",
    )
    text = rng.choice(problem)
    for name, value in given.items():
        text = text.replace(f"<{name}>", str(value))
    steps = (
        Step(
            "r",
            "mod(a, m)",
            (
                "Reduce the first factor: <eq>.",
                "The first factor leaves <eq>.",
                "We reduce one factor at a time: <eq>.",
            ),
        ),
        Step(
            "s",
            "mod(b, m)",
            ("Likewise, the second factor leaves <eq>.", "For the second factor we get <eq>."),
            (operation("mod(a, m)"),),
        ),
        Step(
            "rest",
            "mod(r * s + c, m)",
            ("Putting these together, the remainder is <eq>.", "So the whole expression leaves <eq>."),
            (
                skipped("mod(r * s, m)"),
                operation("mod(r + s + c, m)"),
                skipped("mod(r + c, m)", "s"),
                pen("mod(r + s * c, m)"),
            ),
        ),
    )
    return Plan(text, given, steps, ("The remainder is <box>.", "So the answer is <box>."))


draw = draws(count, together, remainder)
