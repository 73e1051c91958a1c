"""Geometry with whole lengths and angles."""

from random import Random

from labelling.corpus.world.plan import Plan, Step, draws, dropped, misread, operation, pen, skipped
from labelling.corpus.world.shared import chance

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))
POLYGONS = {
    5: "a pentagon",
    6: "a hexagon",
    8: "an octagon",
    9: "a nonagon",
    10: "a decagon",
    12: "a dodecagon",
}
ENDINGS = ("So the answer is <box>.", "Hence the result is <box>.", "We obtain <box>.")


def triangle(rng: Random) -> Plan:
    scale = rng.randint(1, 4)
    a, b, c = (scale * side for side in rng.choice(TRIPLES))
    a, b = rng.sample((a, b), 2)
    asks_area = chance(rng, 0.6)
    asked = "area" if asks_area else "perimeter"
    problem = (
        f"In a right triangle, one leg has length ${a}$ and the hypotenuse has length ${c}$. "
        f"What is the {asked} of the triangle?"
    )
    leg = Step(
        "b", "sqrt(s)", ("So the other leg has length <eq>.", "Taking the root, the other leg is <eq>."), symbol="b"
    )
    square = Step(
        "s",
        "c ** 2 - a ** 2",
        ("By the Pythagorean theorem, the square of the other leg is <eq>.", "For the missing leg we have <eq>."),
        (operation("(c - a) ** 2"), pen("c ** 2 + a ** 2")),
        symbol="b^2",
    )
    area = Step(
        "w",
        "a * b / 2",
        ("The legs are base and height, so the area is <eq>.", "The area of the triangle is <eq>."),
        (skipped("a * b"), misread("a * c / 2"), misread("b * c / 2"), pen("(a + b) / 2"), operation("(a + b) / 2")),
    )
    around = Step(
        "w",
        "a + b + c",
        ("Adding the three sides, the perimeter is <eq>.", "The perimeter is <eq>."),
        (dropped("a + b"), dropped("a + c", "s", "b"), operation("a * b / 2"), pen("a * b + c")),
    )
    return Plan(problem, {"a": a, "c": c}, (square, leg, area if asks_area else around), ENDINGS)


def polygon(rng: Random) -> Plan:
    given = {"n": rng.choice(tuple(POLYGONS))}
    n, name = given["n"], POLYGONS[given["n"]]
    missing = rng.randint(8, 17) * 10
    regular = chance(rng, 0.5)
    asked = (
        f"What is the sum of an interior angle and half an exterior angle of a regular {name.split()[1]}, in degrees?"
        if regular
        else f"All but one of the interior angles of {name} add up to ${(n - 2) * 180 - missing}^\\circ$. "
        "How many degrees does the remaining angle have?"
    )
    whole = Step(
        "s",
        "(n - 2) * 180",
        (f"The interior angles of {name} add up to <eq>.", f"The angle sum of ${n}$ corners is <eq>."),
        (operation("n * 180"), operation("(n - 1) * 180"), misread("(n - 2) * 360")),
        unit="degrees",
    )
    if not regular:
        given["k"] = (n - 2) * 180 - missing
        rest = Step(
            "w",
            "s - k",
            ("The remaining angle makes up the difference, <eq>.", "So the last angle measures <eq>."),
            (pen("s + k"), operation("s / n")),
            unit="degrees",
        )
        return Plan(asked, given, (whole, rest), ENDINGS)
    steps = (
        whole,
        Step(
            "i",
            "s / n",
            ("All of them are equal, so each one measures <eq>.", "One interior angle has <eq>."),
            (operation("s / (n - 2)"), pen("s / (n - 2)")),
            unit="degrees",
        ),
        Step(
            "e",
            "180 - i",
            ("The exterior angle next to it measures <eq>.", "An exterior angle has <eq>."),
            (operation("360 - i"), pen("360 - i")),
            unit="degrees",
        ),
        Step(
            "w",
            "i + e / 2",
            ("Adding half of that, we get <eq>.", "The sum in question is <eq>."),
            (skipped("i + e"), operation("(i + e) / 2"), pen("(i + e) / 2")),
            unit="degrees",
        ),
    )
    return Plan(asked, given, steps, ENDINGS)


def path(rng: Random) -> Plan:
    given = {"l": rng.randint(8, 30), "w": rng.randint(5, 20), "p": rng.randint(1, 4)}
    l, w, p = given.values()  # noqa: E741
    problem = (
        f"A rectangular garden is ${l}$ metres long and ${w}$ metres wide. A path that is ${p}$ metres wide runs all "
        "the way round it on the outside. What is the area of the path in square metres?"
    ).replace("$1$ metres wide runs", "$1$ metre wide runs")
    steps = (
        Step(
            "m",
            "l + 2 * p",
            ("With the path, the length is <eq>.", "Garden and path together have the length <eq>."),
            (dropped("l + p"), skipped("l"), pen("l + p")),
            unit="metres",
        ),
        Step(
            "n",
            "w + 2 * p",
            ("With the path, the width is <eq>.", "Garden and path together have the width <eq>."),
            (dropped("w + p"), skipped("w"), pen("w + p")),
            unit="metres",
        ),
        Step(
            "o",
            "m * n",
            ("Together they cover <eq>.", "The area of the large rectangle is <eq>."),
            (operation("2 * (m + n)"), misread("m * w"), pen("m + n")),
            unit="square metres",
        ),
        Step(
            "i",
            "l * w",
            ("The garden alone covers <eq>.", "The area of the garden is <eq>."),
            (operation("2 * (l + w)"),),
            unit="square metres",
        ),
        Step(
            "z",
            "o - i",
            ("The path is what lies between: <eq>.", "So the path covers <eq>."),
            (operation("o + i"), pen("o + i"), skipped("o", "i")),
            unit="square metres",
        ),
    )
    return Plan(problem, given, steps, ("The area of the path is <box>.", "So the path covers <box>."))


def box(rng: Random) -> Plan:
    given = {"a": rng.randint(2, 12), "b": rng.randint(2, 12), "c": rng.randint(2, 12)}
    a, b, c = given.values()
    problem = (
        f"A closed wooden box is ${a}$ cm long, ${b}$ cm wide and ${c}$ cm high. All its outer faces are to be "
        "painted. How many square centimetres is that?"
    )
    sides = (("x", "a * b", "bottom"), ("y", "b * c", "left"), ("z", "a * c", "front"))
    faces = tuple(
        Step(
            name,
            area,
            (f"The {face} face has an area of <eq>.", f"For the {face} face we compute <eq>."),
            (operation(area.replace("*", "+")), pen(area.replace("*", "+"))),
            unit="square centimetres",
        )
        for name, area, face in sides
    )
    every = Step(
        "w",
        "2 * (x + y + z)",
        ("Every face occurs twice, so in total this is <eq>.", "The whole surface has an area of <eq>."),
        (skipped("x + y + z"), dropped("2 * (x + y)", "z"), operation("a * b * c"), operation("4 * (x + y + z)")),
        unit="square centimetres",
    )
    return Plan(problem, given, (*faces, every), ENDINGS)


draw = draws(triangle, polygon, path, box)
