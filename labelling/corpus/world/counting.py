"""Counting: choices, codes, arrangements, and overlapping sets."""

from random import Random

from labelling.corpus.world.people import two_people
from labelling.corpus.world.plan import Plan, Step, draws, dropped, misread, operation, pen, sign, skipped

ENDINGS = ("So there are <box> ways.", "The number of ways is <box>.", "This makes <box> possibilities in all.")


def committee(rng: Random) -> Plan:
    one, two = rng.sample(("poets", "painters", "singers", "dancers", "actors", "pianists"), 2)
    given = {"m": rng.randint(4, 10), "n": rng.randint(4, 10), "k": rng.choice((2, 3)), "l": rng.choice((1, 2, 2))}
    m, n, k, l = given.values()  # noqa: E741
    problem = (
        f"A jury of {k + l} people is to be chosen from {m} {one} and {n} {two}. It must consist of exactly {k} {one} "
        f"and {l} of the {two}. In how many ways can the jury be chosen?"
    )
    row = "m * (m - 1)" if k == 2 else "m * (m - 1) * (m - 2)"  # noqa: PLR2004
    steps = (
        Step(
            "x",
            "comb(m, k)",
            (f"The {one} can be chosen in <eq> ways.", f"For the {one}, the number of choices is <eq>."),
            (operation(row), operation("m * k"), misread("comb(n, k)")),
        ),
        Step(
            "y",
            "comb(n, l)",
            (f"The {two} can be chosen in <eq> ways.", f"For the {two}, the number of choices is <eq>."),
            (operation("n * (n - 1)" if l > 1 else "n + 1"), misread("comb(n, k)")),
        ),
        Step(
            "z",
            "x * y",
            ("Every choice of the one goes with every choice of the other: <eq>.", "Altogether that makes <eq>."),
            (operation("x + y"), pen("x + y"), dropped("x", "y")),
        ),
    )
    return Plan(problem, given, steps, ENDINGS)


def code(rng: Random) -> Plan:
    given = {"a": rng.randint(4, 9), "d": rng.randint(5, 10), "f": 2, "g": rng.choice((2, 3))}
    letters = "ABCDEFGHI"[: given["a"]]
    many = {2: "two", 3: "three"}[given["g"]]
    problem = (
        f"A code consists of two letters from {letters[0]} to {letters[-1]} followed by {many} digits from "
        f"${10 - given['d']}$ to $9$. No letter and no digit may be used twice. How many such codes are there?"
    )
    tail = "" if given["g"] == 2 else " * (d - 2)"  # noqa: PLR2004
    steps = (
        Step(
            "n",
            "a",
            (f"From {letters[0]} to {letters[-1]} there are <eq> letters.", "The number of letters is <eq>."),
            (operation("a - 1"),),
        ),
        Step(
            "x",
            "n * (n - 1)",
            ("The two letters can be picked in <eq> ways.", "For the letters there are <eq> possibilities."),
            (misread("n * n"), operation("n * (n - 1) / 2"), operation("n + (n - 1)")),
        ),
        Step(
            "y",
            f"d * (d - 1){tail}",
            ("The digits can be picked in <eq> ways.", "For the digits there are <eq> possibilities."),
            (misread("d ** g"), misread(f"(d - 1) * (d - 2){tail.replace('2', '3')}"), misread("10 ** g")),
        ),
        Step(
            "z",
            "x * y",
            ("Letters and digits are independent: <eq>.", "Multiplying the two counts, we get <eq>."),
            (operation("x + y"), pen("x + y"), skipped("y", "x") if given["a"] > given["d"] else skipped("x * d")),
        ),
    )
    return Plan(problem, given, steps, ("There are <box> codes.", "The number of codes is <box>."))


def multiples(rng: Random) -> Plan:
    factor = rng.choice((1, 2, 2, 3))
    one, two = rng.sample((2, 3, 4, 5, 7), 2)
    given = {"t": rng.randint(60, 600), "a": factor * one, "b": factor * two}
    t, a, b = given.values()
    problem = f"How many integers from $1$ to ${t}$ are divisible by ${a}$ or by ${b}$ (or by both)?"
    steps = (
        Step("x", "floor(t, a)", (f"The multiples of ${a}$ number <eq>.", f"Divisible by ${a}$: <eq>.")),
        Step("y", "floor(t, b)", (f"The multiples of ${b}$ number <eq>.", f"Divisible by ${b}$: <eq>.")),
        Step(
            "l",
            "lcm(a, b)",
            ("Numbers divisible by both are multiples of <eq>.", "For the overlap we need <eq>."),
            (operation("a * b"), operation("a + b")),
        ),
        Step("w", "floor(t, l)", ("So the numbers counted twice number <eq>.", "The overlap has this size: <eq>.")),
        Step(
            "z",
            "x + y - w",
            ("Taking the overlap off once, we get <eq>.", "The numbers that qualify are <eq> in all."),
            (skipped("x + y", "l", "w"), sign("x + y + w"), operation("x + y - 2 * w"), pen("x + y + w")),
        ),
    )
    return Plan(problem, given, steps, ("So the answer is <box>.", "There are <box> such integers."))


def apart(rng: Random) -> Plan:
    one, two = two_people(rng)
    given = {"n": rng.randint(4, 8), "k": 2}
    problem = (
        f"{one.name}, {two.name} and {given['n'] - 2} friends line up for a photograph. {one.name} and {two.name} "
        f"do not want to stand next to each other. In how many orders can they all stand?"
    )
    steps = (
        Step(
            "every",
            "fact(n)",
            ("Without any condition, the number of orders is <eq>.", "All orders taken together number <eq>."),
            (operation("n * n"), operation("fact(n - 1)")),
        ),
        Step(
            "pair",
            "2 * fact(n - 1)",
            (
                f"With {one.name} and {two.name} side by side, as one block that can stand either way round, "
                "the number of orders is <eq>.",
                f"The orders in which {one.name} and {two.name} are neighbours number <eq>.",
            ),
            (skipped("fact(n - 1)"), operation("2 * fact(n)"), operation("2 * fact(n - 2)"), pen("2 * fact(n - 2)")),
        ),
        Step(
            "rest",
            "every - pair",
            ("The orders that remain number <eq>.", "Taking those away, the number of orders is <eq>."),
            (operation("every + pair"), dropped("every", "pair"), pen("every + pair")),
        ),
    )
    return Plan(problem, given, steps, ENDINGS[:2])


draw = draws(committee, code, multiples, apart)
