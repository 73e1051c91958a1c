"""Averages: what is missing, what is added, and groups of different sizes."""

from random import Random

from labelling.corpus.world.people import PEOPLE
from labelling.corpus.world.plan import Plan, Step, draws, misread, operation, pen, skipped

SUBJECTS = ("spelling", "history", "biology", "chemistry", "geography")


def needed(rng: Random) -> Plan:
    who, count = rng.choice(PEOPLE), rng.randint(3, 7)
    given = {"n": count, "m": rng.randint(60, 88), "g": 0}
    given["g"] = given["m"] + rng.randint(1, 5)
    problem = (
        f"After ${count}$ {rng.choice(SUBJECTS)} tests, {who.name} has an average of ${given['m']}$ points. How many "
        f"points does {who.he} need on the next test to raise the average to ${given['g']}$?"
    )
    steps = (
        Step(
            "s",
            "n * m",
            (f"So far {who.name} has <eq> in total.", "The tests so far add up to <eq>."),
            (operation("n + m"), pen("n + m"), misread("n * g")),
            unit="points",
        ),
        Step(
            "k",
            "n + 1",
            ("With the next test there are <eq>.", "The new average is taken over <eq>."),
            (skipped("n"),),
            unit="tests",
        ),
        Step(
            "t",
            "k * g",
            (f"For the new average {who.he} needs a total of <eq>.", "The total must then be <eq>."),
            (misread("k * m"), skipped("n * g", "k"), pen("k + g")),
            unit="points",
        ),
        Step(
            "x",
            "t - s",
            ("The next test must bring the difference, <eq>.", f"So on the next test {who.he} needs <eq>."),
            (skipped("g", "k", "t"), operation("2 * g - m", "k", "t"), pen("t + s")),
            unit="points",
        ),
    )
    return Plan(problem, given, steps, (f"{who.name} needs <box>.", "So the answer is <box>."))


def groups(rng: Random) -> Plan:
    given = {"a": rng.randint(8, 30), "b": rng.randint(8, 30), "p": rng.randint(50, 95), "q": rng.randint(50, 95)}
    a, b, p, q = given.values()
    problem = (
        f"In one class, ${a}$ students took a test and scored ${p}$ points on average. In another, ${b}$ students "
        f"took it and scored ${q}$ points on average. What is the average of all these students?"
    )
    steps = (
        Step(
            "x",
            "a * p",
            ("The first class has <eq> in total.", "In the first class, that makes <eq>."),
            (misread("a * q"), misread("b * p"), pen("a + p")),
            unit="points",
        ),
        Step(
            "y",
            "b * q",
            ("The second class has <eq> in total.", "In the second class, that makes <eq>."),
            (misread("b * p"), misread("a * q"), pen("b + q")),
            unit="points",
        ),
        Step(
            "n",
            "a + b",
            ("Both classes together have <eq>.", "The number of students is <eq>."),
            (skipped("a"), pen("a * b")),
            unit="students",
        ),
        Step(
            "m",
            "(x + y) / n",
            ("Dividing all points by all students, the average is <eq>.", "So the overall average is <eq>."),
            (operation("(p + q) / 2", "x", "y", "n"), skipped("x / n", "y"), pen("(x - y) / n")),
            unit="points",
        ),
    )
    return Plan(problem, given, steps, ("The average is <box>.", "So the answer is <box>."), whole=False, limit=6000)


def without(rng: Random) -> Plan:
    things = rng.choice(("parcels", "melons", "suitcases", "crates"))
    given = {"n": rng.randint(4, 9), "m": rng.randint(8, 30), "x": rng.randint(3, 40)}
    n, m, x = given.values()
    problem = (
        f"The average weight of ${n}$ {things} is ${m}$ kg. One of them, which weighs ${x}$ kg, is taken away. "
        "What is the average weight of the others in kg?"
    )
    steps = (
        Step(
            "s",
            "n * m",
            (f"All {things} together weigh <eq>.", "The total weight is <eq>."),
            (operation("n + m"), pen("n + m")),
            unit="kg",
        ),
        Step(
            "r",
            "s - x",
            (f"Without the one taken away, the {things} weigh <eq>.", "The weight that remains is <eq>."),
            (operation("s + x"), pen("s + x")),
            unit="kg",
        ),
        Step(
            "k",
            "n - 1",
            (f"The number of {things} left is <eq>.", "What is left are <eq> pieces."),
            (operation("n + 1"),),
        ),
        Step(
            "a",
            "r / k",
            ("So their average weight is <eq>.", "Dividing gives an average of <eq>."),
            (skipped("r / n", "k"), skipped("s / k"), operation("m - x", "r", "k"), pen("r * k")),
            unit="kg",
        ),
    )
    return Plan(problem, given, steps, ("Their average weight is <box>.", "The answer is <box>."), whole=False)


draw = draws(needed, groups, without)
