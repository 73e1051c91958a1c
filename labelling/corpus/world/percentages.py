"""Percentages: up and down, back to the original, parts of parts, and mixtures."""

from fractions import Fraction
from random import Random

from labelling.corpus.world.calc import Quantity
from labelling.corpus.world.people import PEOPLE
from labelling.corpus.world.plan import Plan, Step, draws, misread, operation, pen, skipped

SHARES = (10, 15, 20, 25, 30, 40, 50, 60)
GOODS = ("bicycle", "camera", "desk", "violin", "carpet", "bookcase")
PLACES = ("choir", "orchestra", "sports club", "club", "theatre group")


def _percent(value: int) -> Fraction:
    return Fraction(value, 100)


def up_and_down(rng: Random) -> Plan:
    up, down = rng.sample(SHARES, 2)
    given: dict[str, Quantity] = {"a": rng.randint(4, 30) * 20, "p": _percent(up), "q": _percent(down)}
    thing = rng.choice(GOODS)
    problem = (
        f"The price of a {thing} is ${given['a']}$ dollars. It is first raised by ${up}\\%$ and later lowered by "
        f"${down}\\%$. What does the {thing} cost in the end, in dollars?"
    )
    steps = (
        Step(
            "x",
            "a * p",
            ("The price goes up by <eq>.", f"An increase of ${up}\\%$ amounts to <eq>."),
            (misread("a * q"), misread("a * (1 - p)")),
            unit="dollars",
        ),
        Step(
            "b",
            "a + x",
            (f"After this, the {thing} costs <eq>.", "The raised price is <eq>."),
            (skipped("a"), operation("a - x"), pen("a - x")),
            unit="dollars",
        ),
        Step(
            "y",
            "b * q",
            ("The price then goes down by <eq>.", f"A decrease of ${down}\\%$ now amounts to <eq>."),
            (misread("a * q"), misread("x * q"), misread("b * p"), pen("a * q")),
            unit="dollars",
        ),
        Step(
            "c",
            "b - y",
            (f"So the {thing} finally costs <eq>.", "The final price is <eq>."),
            (operation("b + y"), misread("a - y"), skipped("a + x - y") if up == down else misread("a + x + y")),
            unit="dollars",
        ),
    )
    return Plan(
        problem, given, steps, (f"The {thing} costs <box>.", "So the price is <box>."), whole=False, decimals=True
    )


def original(rng: Random) -> Plan:
    who, thing, off = rng.choice(PEOPLE), rng.choice(GOODS), rng.choice(SHARES)
    before, extra = rng.randint(4, 40) * 10, rng.randint(3, 15)
    paid = before * (100 - off) // 100 + extra
    given: dict[str, Quantity] = {"s": paid, "e": extra, "p": _percent(off), "z": _percent(100 + off)}
    problem = (
        f"In a sale with ${off}\\%$ off everything, {who.name} buys a {thing}. With ${extra}$ dollars for delivery, "
        f"which is not reduced, {who.he} pays ${paid}$ dollars. What did the {thing} cost before the sale, in dollars?"
    )
    steps = (
        Step(
            "r",
            "s - e",
            (f"Without delivery, the {thing} costs <eq>.", "The reduced price alone is <eq>."),
            (operation("s + e"), skipped("s"), pen("s + e")),
            unit="dollars",
        ),
        Step(
            "k",
            "1 - p",
            ("The reduced price is this share of the old one: <eq>.", "What is left to pay is the share <eq>."),
            (operation("1 + p"), skipped("p"), pen("1 + p")),
        ),
        Step(
            "o",
            "r / k",
            ("Dividing by that share gives the old price, <eq>.", f"So before the sale, the {thing} cost <eq>."),
            (operation("r * z", "k"), operation("r * k"), skipped("s / k"), pen("r * k"), operation("r / p", "k")),
            unit="dollars",
        ),
    )
    return Plan(
        problem,
        given,
        steps,
        ("The old price was <box>.", f"So the {thing} had cost <box>."),
        whole=False,
        decimals=True,
    )


def parts(rng: Random) -> Plan:
    one, two, three = rng.sample(SHARES, 3)
    given: dict[str, Quantity] = dict(zip("pqr", map(_percent, (one, two, three)), strict=True))
    given["n"] = rng.randint(3, 40) * 20
    place = rng.choice(PLACES)
    problem = (
        f"The local {place} has ${given['n']}$ members, and ${one}\\%$ of them are women. Of the women, ${two}\\%$ "
        f"wear glasses; of the men, ${three}\\%$ do. How many members wear glasses?"
    )
    steps = (
        Step("w", "n * p", ("The number of women is <eq>.", "There are <eq> women."), (misread("n * q"),)),
        Step(
            "m",
            "n - w",
            ("The others are men: <eq>.", "So the number of men is <eq>."),
            (operation("n + w"), pen("n + w")),
        ),
        Step(
            "x",
            "w * q",
            ("Among the women, those with glasses number <eq>.", "Women with glasses: <eq>."),
            (misread("n * q"), misread("w * r"), pen("n * q")),
        ),
        Step(
            "y",
            "m * r",
            ("Among the men, those with glasses number <eq>.", "Men with glasses: <eq>."),
            (misread("n * r"), misread("m * q"), pen("n * r")),
        ),
        Step(
            "z",
            "x + y",
            ("Taken together, those with glasses are <eq>.", "In total, the number with glasses is <eq>."),
            (skipped("x", "y"), operation("n * (q + r)"), pen("x * y")),
        ),
    )
    return Plan(problem, given, steps, ("So <box> of them wear glasses.", "The answer is <box>."), decimals=True)


def mixture(rng: Random) -> Plan:
    weak, strong = sorted(rng.sample((5, 10, 15, 20, 25, 30, 40), 2))
    given: dict[str, Quantity] = {
        "a": rng.randint(1, 9) * 100,
        "b": rng.randint(1, 9) * 100,
        "p": _percent(weak),
        "q": _percent(strong),
        "i": weak,
        "j": strong,
    }
    problem = (
        f"${given['a']}$ grams of salt water with ${weak}\\%$ salt are mixed with ${given['b']}$ grams of salt water "
        f"with ${strong}\\%$ salt. How many percent of the mixture are salt?"
    )
    steps = (
        Step(
            "x",
            "a * p",
            ("The first part contains <eq> of salt.", "Salt in the first part: <eq>."),
            (misread("a * q"),),
            unit="grams",
        ),
        Step(
            "y",
            "b * q",
            ("The second part contains <eq> of salt.", "Salt in the second part: <eq>."),
            (misread("b * p"),),
            unit="grams",
        ),
        Step(
            "t",
            "a + b",
            ("The mixture weighs <eq>.", "Altogether there are <eq> of salt water."),
            (skipped("a"), skipped("b")),
            unit="grams",
        ),
        Step(
            "z",
            "100 * (x + y) / t",
            ("The share of salt, in percent, is <eq>.", "As a percentage of the mixture, the salt is <eq>."),
            (
                operation("(i + j) / 2", "x", "y", "t"),
                operation("i + j", "x", "y", "t"),
                skipped("100 * y / t"),
                pen("100 * (x + y) * t"),
            ),
            unit="percent",
        ),
    )
    return Plan(
        problem, given, steps, ("The mixture contains <box> of salt.", "So <box> are salt."), whole=False, decimals=True
    )


draw = draws(up_and_down, original, parts, mixture)
