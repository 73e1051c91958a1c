"""Probabilities as exact fractions: drawing without putting back, at least one success, equal colours."""

from random import Random

from labelling.corpus.world.plan import Plan, Step, draws, dropped, misread, operation, pen, skipped

COLOURS = ("red", "blue", "green", "yellow", "white", "black")
THINGS = ("marbles", "balls", "beads", "counters")
CONTAINERS = ("bag", "box", "jar")
ENDINGS = ("So the probability is <box>.", "The probability asked for is <box>.", "Hence the answer is <box>.")
ASKED = " Give the answer as a fraction in lowest terms."


def _bag(rng: Random) -> tuple[str, str, str, dict[str, int]]:
    one, two = rng.sample(COLOURS, 2)
    given = {"r": rng.randint(3, 9), "b": rng.randint(2, 9)}
    things = rng.choice(THINGS)
    start = f"A {rng.choice(CONTAINERS)} holds ${given['r']}$ {one} and ${given['b']}$ {two} {things}. "
    return start, one, two, given


def both(rng: Random) -> Plan:
    start, one, _, given = _bag(rng)
    problem = (
        f"{start}Two are drawn at random, one after the other, and the first is not put back. "
        f"What is the probability that both are {one}?{ASKED}"
    )
    steps = (
        Step("n", "r + b", ("In total there are <eq> to draw from.", "The number of things to draw from is <eq>.")),
        Step(
            "p",
            "r / n",
            (f"The probability that the first is {one} is <eq>.", f"First {one}: the probability is <eq>."),
            (misread("b / n"), misread("r / b")),
            symbol="p_1",
        ),
        Step(
            "q",
            "(r - 1) / (n - 1)",
            (
                f"If so, the second is {one} with probability <eq>.",
                f"Given that, the probability of a second {one} one is <eq>.",
            ),
            (misread("r / n"), misread("r / (n - 1)"), operation("(r - 1) / n"), pen("(r - 1) / n")),
            symbol="p_2",
        ),
        Step(
            "w",
            "p * q",
            ("Both must happen, so we multiply: <eq>.", "The probability of both is <eq>."),
            (operation("p + q"), skipped("p", "q"), pen("p + q"), operation("(p + q) / 2")),
        ),
    )
    return Plan(problem, given, steps, ENDINGS, whole=False, finest=200)


def at_least_once(rng: Random) -> Plan:
    given = {"m": rng.randint(3, 8), "w": rng.randint(1, 3), "k": rng.choice((2, 2, 3))}
    m, w, k = given.values()
    sectors = "one of them is" if w == 1 else f"${w}$ of them are"
    times = {2: "twice", 3: "three times"}[k]
    problem = (
        f"A wheel has ${m}$ equal sectors, and {sectors} winning. It is spun {times}. "
        f"What is the probability of winning at least once?{ASKED}"
    )
    steps = (
        Step(
            "q",
            "(m - w) / m",
            ("A single spin loses with probability <eq>.", "The chance to lose one spin is <eq>."),
            (misread("w / m"), operation("1 / m"), pen("(m + w) / m")),
        ),
        Step(
            "z",
            "q ** k",
            (
                f"All ${k}$ spins lose with probability <eq>.",
                "The spins are independent, so the probability to lose them all is <eq>.",
            ),
            (operation("q * k"), operation("q / k"), misread("q ** (k + 1)"), pen("q * k")),
        ),
        Step(
            "p",
            "1 - z",
            (
                "Winning at least once is the opposite of that: <eq>.",
                "So at least one spin wins with probability <eq>.",
            ),
            (dropped("1 - q", "z"), operation("k * (1 - q)", "z"), operation("(1 - q) ** k", "z"), pen("1 + z")),
        ),
    )
    return Plan(problem, given, steps, ENDINGS, whole=False, limit=1, finest=1000)


def same(rng: Random) -> Plan:
    start, one, two, given = _bag(rng)
    problem = f"{start}Two are drawn at the same time. What is the probability that they have the same colour?{ASKED}"
    steps = (
        Step(
            "a",
            "comb(r + b, 2)",
            ("The number of possible pairs is <eq>.", "Altogether, the pairs that can be drawn number <eq>."),
            (operation("(r + b) * (r + b - 1)"), misread("comb(r, 2) + comb(b, 2)")),
        ),
        Step(
            "x",
            "comb(r, 2)",
            (f"Of these, the pairs with both {one} number <eq>.", f"Pairs of two {one} ones: <eq>."),
            (operation("r * (r - 1)"), operation("2 * r")),
        ),
        Step(
            "y",
            "comb(b, 2)",
            (f"The pairs with both {two} number <eq>.", f"Pairs of two {two} ones: <eq>."),
            (operation("b * (b - 1)"), operation("2 * b")),
        ),
        Step(
            "p",
            "(x + y) / a",
            ("Favourable over possible gives <eq>.", "The probability of equal colours is <eq>."),
            (dropped("x / a", "y"), operation("x * y / a"), pen("x * y / a"), operation("(x + y) / (2 * a)")),
        ),
    )
    return Plan(problem, given, steps, ENDINGS, whole=False, finest=200)


draw = draws(both, at_least_once, same)
