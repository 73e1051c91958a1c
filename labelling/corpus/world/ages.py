"""Ages of two people, now, earlier and later."""

from random import Random

from labelling.corpus.world.people import two_people
from labelling.corpus.world.plan import Plan, Step, draws, misread, operation, pen, sign, skipped

TIMES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}
OLDEST = 150  # years, for two people together
ENDINGS = ("So the answer is <box>.", "Hence the answer is <box>.")


def sum_later(rng: Random) -> Plan:
    one, two = two_people(rng)
    young, k, y = rng.randint(3, 20), rng.choice(tuple(TIMES)), rng.randint(2, 12)
    given = {"k": k, "y": y, "s": young * (k + 1) + 2 * y}
    problem = (
        f"{one.name} is {TIMES[k]} as old as {two.name}. In ${y}$ years, their ages will add up to ${given['s']}$. "
        f"How old is {one.name} now?"
    )
    steps = (
        Step(
            "g",
            "2 * y",
            ("Until then, the two together age by <eq>.", "Both grow older, so their sum grows by <eq>."),
            (skipped("y"),),
            unit="years",
        ),
        Step(
            "n",
            "s - g",
            ("Today their ages add up to <eq>.", "So the sum of their ages is now <eq>."),
            (skipped("s - y", "g"), operation("s + g"), skipped("s", "g"), pen("s + g")),
            unit="years",
        ),
        Step(
            "p",
            "k + 1",
            (
                f"Counted in {two.name}'s ages, this sum has <eq>.",
                f"If {two.name}'s age is one part, the sum has <eq>.",
            ),
            (skipped("k"), operation("2 * k"), pen("k * 1") if k > 3 else pen("k - 1")),  # noqa: PLR2004
            unit="parts",
        ),
        Step(
            "b",
            "n / p",
            (f"Therefore {two.name} is <eq> old.", f"One part, and so {two.name}'s age, is <eq>."),
            (skipped("n / k", "p"), operation("n - p"), pen("n * p")),
            unit="years",
        ),
        Step(
            "a",
            "k * b",
            (f"And {one.name} is <eq> old.", f"{one.name}'s age is then <eq>."),
            (operation("k + b"), misread("k * n"), pen("k + b")),
            unit="years",
        ),
    )
    return Plan(problem, given, steps, (f"{one.name} is <box> old.", f"So {one.name}'s age is <box>."), limit=OLDEST)


def earlier(rng: Random) -> Plan:
    one, two = two_people(rng)
    k, then, (x, y) = rng.choice(tuple(TIMES)), rng.randint(3, 14), rng.sample(range(2, 11), 2)
    given = {"k": k, "b": then + x, "x": x, "y": y}
    problem = (
        f"${x}$ years ago, {one.name} was {TIMES[k]} as old as {two.name} was at that time. {two.name} is "
        f"${then + x}$ years old now. How old will {one.name} be in ${y}$ years?"
    )
    steps = (
        Step(
            "t",
            "b - x",
            (f"At that time {two.name} was <eq> old.", f"${x}$ years ago, {two.name}'s age was <eq>."),
            (operation("b + x"), skipped("b"), misread("b - y"), pen("b + x")),
            unit="years",
        ),
        Step(
            "u",
            "k * t",
            (f"Back then, {one.name} was <eq> old.", f"{one.name}'s age at that time was <eq>."),
            (operation("k + t"), misread("k * b"), pen("k + t")),
            unit="years",
        ),
        Step(
            "a",
            "u + x",
            (f"So {one.name} is now <eq> old.", f"Today, {one.name}'s age is <eq>."),
            (operation("u - x"), skipped("u"), pen("u - x")),
            unit="years",
        ),
        Step(
            "w",
            "a + y",
            (f"In ${y}$ years, {one.name} will be <eq> old.", f"${y}$ years from now, {one.name}'s age will be <eq>."),
            (skipped("u + y", "a"), operation("a - y"), pen("a - y")),
            unit="years",
        ),
    )
    return Plan(problem, given, steps, (f"{one.name} will be <box> old.", *ENDINGS), limit=OLDEST)


def when(rng: Random) -> Plan:
    one, two = two_people(rng)
    k, wait = rng.choice((2, 3, 4)), rng.randint(2, 12)
    later = rng.randint(6, max(7, 90 // k - wait))
    given = {"a": k * (later + wait) - wait, "b": later, "k": k}
    problem = (
        f"{one.name} is ${given['a']}$ years old and {one.his} neighbour {two.name} is ${later}$. In how many years "
        f"will {one.name} be {TIMES[k]} as old as {two.name}?"
    )
    steps = (
        Step(
            "d",
            "a - b",
            ("The difference between their ages is always <eq>.", f"{one.name} is older by <eq>."),
            (operation("a + b"), pen("a + b")),
            unit="years",
        ),
        Step(
            "p",
            "k - 1",
            (
                f"When {one.name} is {TIMES[k]} as old, the difference is {two.name}'s age times <eq>.",
                f"At that time, the difference is a multiple of {two.name}'s age, with the factor <eq>.",
            ),
            (operation("k + 1"), skipped("k"), pen("k + 1")),
        ),
        Step(
            "t",
            "d / p",
            (f"So {two.name} will then be <eq> old.", f"{two.name}'s age at that time is <eq>."),
            (skipped("d / k", "p"), operation("d * p"), pen("d * p")),
            unit="years",
        ),
        Step(
            "w",
            "t - b",
            ("Until then it takes <eq>.", f"Compared with {two.name}'s age now, that is in <eq>."),
            (sign("t + b"), misread("a - t"), pen("t + b")),
            unit="years",
        ),
    )
    return Plan(problem, given, steps, ("This will be the case in <box>.", *ENDINGS), limit=OLDEST)


draw = draws(sum_later, earlier, when)
