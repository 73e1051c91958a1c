"""Sequences: arithmetic, geometric, and given by a rule."""

from random import Random

from labelling.corpus.world.plan import Plan, Step, draws, misread, operation, pen, sign, skipped
from labelling.corpus.world.shared import total

ENDINGS = ("So the answer is <box>.", "Hence the result is <box>.", "The value is <box>.")


def series(rng: Random) -> Plan:
    given = {"a": rng.randint(-9, 20), "d": rng.choice((-5, -4, -3, 2, 3, 4, 5, 6, 7)), "n": rng.randint(8, 30)}
    a, d, n = given.values()
    problem = (
        f"The first terms of an arithmetic sequence are ${a}, {a + d}, {a + 2 * d}, \\dots$ "
        f"What is the sum of its first ${n}$ terms?"
    )
    steps = (
        Step(
            "step",
            f"({a + d}) - a",
            ("The common difference is <eq>.", "From one term to the next we add <eq>."),
            (sign(f"a - ({a + d})"),),
            symbol="d",
        ),
        Step(
            "last",
            "a + (n - 1) * step",
            (f"Term number ${n}$ is <eq>.", "So the last term of the sum is <eq>."),
            (operation("a + n * step"), skipped("(n - 1) * step"), operation("a + (n + 1) * step")),
            symbol="a_{<n>}",
        ),
        Step(
            "sum",
            "n * (a + last) / 2",
            ("Averaging the first and the last term, the sum is <eq>.", f"The sum of the ${n}$ terms is <eq>."),
            (
                skipped("n * (a + last)"),
                skipped("n * last / 2"),
                operation("n * (last - a) / 2"),
                operation("(n - 1) * (a + last) / 2"),
                pen("n * (last - a) / 2"),
            ),
            symbol="S_{<n>}",
        ),
    )
    return Plan(problem, given, steps, ENDINGS, signed=True)


def between(rng: Random) -> Plan:
    i, j, k = *sorted(rng.sample(range(2, 9), 2)), rng.randint(10, 25)
    first, d = rng.randint(-15, 20), rng.choice((-6, -4, -3, 3, 4, 5, 7, 8))
    given = {"i": i, "j": j, "k": k, "u": first + (i - 1) * d, "v": first + (j - 1) * d}
    problem = f"In an arithmetic sequence, $a_{{{i}}} = {given['u']}$ and $a_{{{j}}} = {given['v']}$. Find $a_{{{k}}}$."
    steps = (
        Step(
            "d",
            "(v - u) / (j - i)",
            ("The common difference is <eq>.", "Dividing the rise by the number of steps gives <eq>."),
            (operation("(v - u) / j"), sign("(u - v) / (j - i)"), skipped("v - u"), operation("(v - u) / (j - i + 1)")),
            symbol="d",
        ),
        Step(
            "a",
            "u - (i - 1) * d",
            ("Going back to the start, the first term is <eq>.", "The first term is therefore <eq>."),
            (operation("u - i * d"), sign("u + (i - 1) * d"), pen("u + (i - 1) * d")),
            symbol="a_1",
        ),
        Step(
            "w",
            "a + (k - 1) * d",
            ("The term we want is <eq>.", f"From there to term number ${k}$: <eq>."),
            (operation("a + k * d"), misread("a + (k - i) * d"), pen("a + k * d"), skipped("u + (k - 1) * d", "a")),
            symbol="a_{<k>}",
        ),
    )
    return Plan(problem, given, steps, ENDINGS, signed=True)


def geometric(rng: Random) -> Plan:
    given = {"a": rng.randint(1, 7), "q": rng.choice((2, 2, 3, 4)), "n": rng.randint(4, 7)}
    a, q, n = given.values()
    problem = f"A geometric sequence begins ${a}, {a * q}, {a * q * q}, \\dots$ Find the sum of its first ${n}$ terms."
    steps = (
        Step(
            "r",
            f"{a * q} / a",
            ("The common ratio is <eq>.", "Each term is the one before times <eq>."),
            (operation(f"{a * q} - a"),),
            symbol="q",
        ),
        Step(
            "p",
            "r ** n",
            ("For the formula we need the power <eq>.", f"The ratio to the power ${n}$ is <eq>."),
            (operation("r ** (n - 1)"), operation("r * n"), pen("r ** (n - 1)")),
        ),
        Step(
            "s",
            "a * (p - 1) / (r - 1)",
            ("By the formula for the geometric sum, we get <eq>.", f"The sum of the first ${n}$ terms is <eq>."),
            (skipped("a * (p - 1)"), sign("a * (p + 1) / (r - 1)"), skipped("a * p / (r - 1)"), skipped("a * p")),
            symbol="S_{<n>}",
        ),
    )
    return Plan(problem, given, steps, ENDINGS)


def rule(rng: Random) -> Plan:
    given = {"x1": rng.randint(-4, 6), "k": rng.choice((-3, -2, 2, 3)), "c": rng.choice((-7, -5, -4, -1, 1, 3, 4, 6))}
    count = rng.choice((4, 5))
    right = total((given["k"], "x_n"), (given["c"], ""))
    problem = (
        f"A sequence is defined by $x_1 = {given['x1']}$ and $x_{{n+1}} = {right}$ for $n \\ge 1$. Find $x_{count}$."
    )
    steps = tuple(
        Step(
            f"x{at}",
            f"k * x{at - 1} + c",
            (f"The rule with $n = {at - 1}$ gives <eq>.", "Next, <eq>.", f"Putting in $x_{at - 1}$, we find <eq>."),
            (
                operation(f"k * (x{at - 1} + c)"),
                skipped(f"k * x{at - 1}"),
                sign(f"k * x{at - 1} - c"),
                pen(f"k * x{at - 1} - c"),
            ),
            symbol=f"x_{at}",
        )
        for at in range(2, count + 1)
    )
    return Plan(problem, given, steps, ENDINGS, signed=True)


draw = draws(series, between, geometric, rule)
