"""Speed, flow and work: distances, times, and rates that add up."""

from random import Random

from labelling.corpus.world.people import PEOPLE, two_people
from labelling.corpus.world.plan import Plan, Step, draws, misread, operation, pen, skipped


def meeting(rng: Random) -> Plan:
    one, two = two_people(rng)
    v, w = rng.randint(8, 25), rng.randint(8, 25)
    start, hours = rng.randint(1, 3), rng.randint(1, 6)
    given = {"v": v, "w": w, "h": start, "s": v * start + (v + w) * hours}
    problem = (
        f"{one.name} and {two.name} live ${given['s']}$ km apart and cycle towards each other, {one.name} at ${v}$ "
        f"km/h and {two.name} at ${w}$ km/h. {one.name} sets out ${start}$ hours before {two.name}. How many hours "
        f"after {two.name} has set out do they meet?"
    ).replace("$1$ hours", "$1$ hour")
    steps = (
        Step(
            "x",
            "v * h",
            (f"By the time {two.name} starts, {one.name} has covered <eq>.", f"{one.name}'s head start is <eq>."),
            (misread("w * h"), operation("v + h"), pen("v + h")),
            unit="km",
        ),
        Step(
            "r",
            "s - x",
            ("At that moment the distance between them is <eq>.", "So what remains between them is <eq>."),
            (operation("s + x"), pen("s + x")),
            unit="km",
        ),
        Step(
            "c",
            "v + w",
            ("They approach each other at <eq>.", "Together they close the gap at <eq>."),
            (operation("v - w"), skipped("v"), skipped("w"), pen("v - w")),
            unit="km/h",
        ),
        Step(
            "t",
            "r / c",
            ("Until they meet it takes <eq>.", "So the time until they meet is <eq>."),
            (skipped("s / c"), skipped("r / v", "c"), operation("r - c"), pen("r * c")),
            unit="hours",
        ),
    )
    return Plan(problem, given, steps, ("So they meet after <box>.", "The answer is <box>."), whole=False, school=True)


def return_trip(rng: Random) -> Plan:
    who, (v, w) = rng.choice(PEOPLE), rng.sample((10, 12, 15, 20, 24, 30, 40, 60), 2)
    given = {"v": v, "w": w, "s": 120 * rng.randint(1, 3) if max(v, w) > 20 else 60 * rng.randint(1, 2)}  # noqa: PLR2004
    problem = (
        f"{who.name} rides ${given['s']}$ km to the coast at ${v}$ km/h and comes back the same way at ${w}$ km/h. "
        f"What is {who.his} average speed for the whole trip, in km/h?"
    )
    steps = (
        Step(
            "a",
            "s / v",
            ("The way there takes <eq>.", f"On the way there, {who.he} is on the road for <eq>."),
            (misread("s / w"), pen("s * v")),
            unit="hours",
        ),
        Step(
            "b",
            "s / w",
            ("The way back takes <eq>.", f"On the way back, {who.he} is on the road for <eq>."),
            (misread("s / v"), pen("s * w")),
            unit="hours",
        ),
        Step(
            "t",
            "a + b",
            ("Both ways together take <eq>.", "The whole time is <eq>."),
            (skipped("a"), pen("a * b")),
            unit="hours",
        ),
        Step(
            "d",
            "2 * s",
            (f"In that time, {who.name} covers <eq>.", "The whole distance is <eq>."),
            (skipped("s"),),
            unit="km",
        ),
        Step(
            "m",
            "d / t",
            ("The average speed is distance over time: <eq>.", f"So {who.his} average speed is <eq>."),
            (operation("(v + w) / 2", "a", "b", "t", "d"), skipped("s / t", "d"), operation("t / d"), pen("d * t")),
            unit="km/h",
        ),
    )
    return Plan(problem, given, steps, (f"{who.name}'s average speed is <box>.", "So it is <box>."), whole=False)


def work(rng: Random) -> Plan:
    one, two = two_people(rng)
    given = {"a": rng.randint(2, 15), "b": rng.randint(2, 20), "h": rng.randint(1, 3)}
    a, b, h = given.values()
    problem = (
        f"{one.name} alone would paint a fence in ${a}$ hours, {two.name} alone in ${b}$ hours. {one.name} begins and "
        f"paints for ${h}$ hours; then {two.name} joins in. How many hours do the two still need together? "
        "Give an exact answer."
    ).replace("$1$ hours", "$1$ hour")
    steps = (
        Step(
            "d",
            "h / a",
            (
                f"At first {one.name} paints this share of the fence: <eq>.",
                f"The part that {one.name} paints alone is <eq>.",
            ),
            (misread("h / b"), operation("a / h"), skipped("1 / a")),
        ),
        Step(
            "r",
            "1 - d",
            ("What remains of the fence is <eq>.", "The share still to be painted is <eq>."),
            (skipped("d"), pen("1 + d")),
        ),
        Step(
            "v",
            "1 / a + 1 / b",
            ("Together, they paint in one hour the share <eq>.", "Their joint rate per hour is <eq>."),
            (operation("1 / (a + b)"), operation("2 / (a + b)"), skipped("1 / b"), pen("2 / (a + b)")),
        ),
        Step(
            "t",
            "r / v",
            ("So the time they still need is <eq>.", "For the rest they need <eq>."),
            (skipped("1 / v"), operation("r * v"), pen("r * v")),
            unit="hours",
        ),
    )
    return Plan(problem, given, steps, ("They still need <box>.", "So the answer is <box>."), whole=False, finest=40)


def tank(rng: Random) -> Plan:
    inflow, leak = rng.randint(12, 60), rng.randint(2, 9)
    held = rng.randint(5, 40) * 10
    given = {"i": inflow, "o": leak, "c": held, "k": held + (inflow - leak) * rng.randint(4, 25)}
    problem = (
        f"A tank holds ${given['k']}$ litres and contains ${held}$ litres of water. A pump brings in ${inflow}$ litres "
        f"a minute, while ${leak}$ litres a minute leak out. After how many minutes is the tank full?"
    )
    steps = (
        Step(
            "m",
            "k - c",
            ("To be full, the tank still needs <eq>.", "The room left in the tank is <eq>."),
            (operation("k + c"), skipped("k"), pen("k + c")),
            unit="litres",
        ),
        Step(
            "f",
            "i - o",
            ("Each minute the tank gains <eq>.", "Taking the leak into account, the gain per minute is <eq>."),
            (operation("i + o"), skipped("i"), pen("i + o")),
            unit="litres",
        ),
        Step(
            "t",
            "m / f",
            ("It is therefore full after <eq>.", "The pump has to run for <eq>."),
            (skipped("m / i", "f"), skipped("k / f"), operation("m - f"), pen("m * f")),
            unit="minutes",
        ),
    )
    return Plan(
        problem, given, steps, ("The tank is full after <box>.", "So it takes <box>."), whole=False, school=True
    )


draw = draws(meeting, return_trip, work, tank)
