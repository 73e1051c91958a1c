"""Two unknowns: systems of linear equations, and heads and legs."""

from random import Random

from labelling.corpus.world.calc import Values
from labelling.corpus.world.plan import Plan, Step, Wrong, draws, misread, operation, pen, sign, skipped
from labelling.corpus.world.shared import ARITHMETIC, OPERATION, SIGN, chance, latex, term, total


def _equation(values: Values, x: str, y: str, right: str) -> str:
    return f"{total((values[x], 'x'), (values[y], 'y'))} = {latex(values[right])}"


def _nonzero(rng: Random, limit: int) -> int:
    return rng.choice((-1, 1)) * rng.randint(1, limit)


def elimination(rng: Random) -> Plan:
    x, y = _nonzero(rng, 9), _nonzero(rng, 9)
    a, b, d, m = rng.randint(2, 6), rng.choice((-4, -3, -2, 2, 3, 4)), _nonzero(rng, 7), rng.randint(2, 5)
    while d == a * m:
        d = _nonzero(rng, 7)
    given = {"a": a, "b": b, "c": a * x + b * y, "d": d, "e": b * m, "f": d * x + b * m * y, "m": m}
    first, second = (
        f"{total((given[p], 'x'), (given[q], 'y'))} = {given[r]}" for p, q, r in (("a", "b", "c"), ("d", "e", "f"))
    )
    asks_sum = chance(rng, 0.4)
    asked = "Find $x + y$." if asks_sum else "Give the answer as an ordered pair $(x, y)$."
    problem = f"Solve the system \\[{first}, \\qquad {second}.\\] {asked}"
    steps = (
        Step(
            "scale",
            "",
            (f"Multiply the first equation by ${m}$: <eq>.", f"Taking the first equation ${m}$ times gives <eq>."),
            (
                Wrong(OPERATION, sets={"s": "c"}),
                Wrong(SIGN, sets={"s": "-m * c"}),
                Wrong(ARITHMETIC, sets={"s": "m * c + 1"}),
                Wrong(ARITHMETIC, sets={"s": "m * c - 10"}),
            ),
            sets={"p": "m * a", "q": "m * b", "s": "m * c"},
            shown=lambda values: _equation(values, "p", "q", "s"),
        ),
        Step(
            "minus",
            "",
            (
                "Subtracting the second equation removes $y$: <eq>.",
                "Now take the second equation away from this one, so that $y$ cancels: <eq>.",
            ),
            (
                Wrong(SIGN, sets={"h": "s + f"}),
                Wrong(SIGN, sets={"g": "p + d"}),
                Wrong(ARITHMETIC, sets={"h": "s - f + 2"}),
                Wrong(ARITHMETIC, sets={"h": "s - f - 1"}),
            ),
            sets={"g": "p - d", "h": "s - f"},
            shown=lambda values: f"{term(values['g'], 'x')} = {latex(values['h'])}",
        ),
        Step(
            "x",
            "h / g",
            ("Hence <eq>.", "Solving for $x$, we find <eq>."),
            (operation("h - g"), sign("-h / g"), operation("g / h")),
            symbol="x",
        ),
        Step(
            "y",
            "(c - a * x) / b",
            ("Putting this into the first equation, <eq>.", "From the first equation we get <eq>."),
            (
                sign("(c + a * x) / b"),
                skipped("(c - x) / b"),
                skipped("c - a * x"),
                pen("(c + a * x) / b"),
                misread("(f - a * x) / b"),
            ),
            symbol="y",
        ),
    )
    endings = ("The solution is <box>.", "So the answer is <box>.", "Both equations hold for this, so we answer <box>.")
    if not asks_sum:
        return Plan(problem, given, steps, endings[:2], final="(<x>, <y>)", signed=True)
    both = Step(
        "w", "x + y", ("Together, <eq>.", "The sum is <eq>."), (operation("x - y"), pen("x - y")), symbol="x + y"
    )
    return Plan(problem, given, (*steps, both), ("So $x + y$ is <box>.", "The answer is <box>."), signed=True)


ANIMALS = (("chickens", "rabbits", "heads"), ("ducks", "sheep", "heads"), ("geese", "goats", "heads"))
TICKETS = ("a concert", "a play", "a puppet show", "the circus")


def legs(rng: Random) -> Plan:
    birds, beasts, _ = rng.choice(ANIMALS)
    many, few = rng.randint(4, 30), rng.randint(4, 30)
    given = {"n": many + few, "l": 2 * many + 4 * few}
    asks_birds = chance(rng, 0.5)
    problem = (
        f"On a farm there are only {birds} and {beasts}. They have ${given['n']}$ heads and ${given['l']}$ legs "
        f"altogether. How many {birds if asks_birds else beasts} are there?"
    )
    steps: tuple[Step, ...] = (
        Step(
            "t",
            "2 * n",
            (f"If all of them were {birds}, there would be <eq>.", f"Only {birds} would have <eq>."),
            (misread("4 * n"), misread("2 * l")),
            unit="legs",
        ),
        Step(
            "e",
            "l - t",
            ("That leaves <eq> over.", f"The extra legs belong to the {beasts}: <eq>."),
            (operation("l - n", "t"), pen("l + t")),
            unit="legs",
        ),
        Step(
            "b",
            "e / 2",
            (f"Each of the {beasts} has two more, so there are <eq>.", "So the farm has <eq>."),
            (operation("e / 4"), skipped("e"), pen("e / 4")),
            unit=beasts,
        ),
    )
    if asks_birds:
        rest = Step(
            "a",
            "n - b",
            (f"All the others are {birds}: <eq>.", "That leaves <eq>."),
            (operation("n + b"), misread("l - b"), skipped("b"), pen("n + b")),
            unit=birds,
        )
        steps += (rest,)
    return Plan(problem, given, steps, ("So there are <box>.", "The answer is <box>."), school=True)


def tickets(rng: Random) -> Plan:
    adults, children = rng.randint(10, 60), rng.randint(10, 60)
    low, more = rng.randint(3, 9), rng.randint(2, 9)
    given = {"n": adults + children, "p": low + more, "q": low, "s": adults * (low + more) + children * low}
    n, p, q, s = given.values()
    problem = (
        f"For {rng.choice(TICKETS)}, ${n}$ tickets are sold for ${s}$ dollars in total. A ticket for an adult costs "
        f"${p}$ dollars and one for a child ${q}$ dollars. How many tickets for children are sold?"
    )
    steps = (
        Step(
            "t",
            "n * p",
            ("If everyone paid the adults' price, the total would be <eq>.", "Only adults would bring <eq>."),
            (misread("n * q"), operation("n * (p + q)"), pen("n + p")),
            unit="dollars",
        ),
        Step(
            "e",
            "t - s",
            ("The difference to the actual total is <eq>.", "So the children's tickets save <eq>."),
            (operation("t + s"), pen("t + s")),
            unit="dollars",
        ),
        Step(
            "d",
            "p - q",
            ("A child pays less by <eq>.", "For each child, the difference is <eq>."),
            (operation("p + q"), skipped("q"), pen("p + q")),
            unit="dollars",
        ),
        Step(
            "c",
            "e / d",
            ("Dividing, the number of children is <eq>.", "So the children's tickets number <eq>."),
            (skipped("e / q", "d"), skipped("e / p", "d"), operation("e - d")),
        ),
    )
    return Plan(
        problem, given, steps, ("So <box> of the tickets are for children.", "The answer is <box>."), school=True
    )


draw = draws(elimination, elimination, legs, tickets)
