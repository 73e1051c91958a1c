"""Word problems about money, written as people write it: `$4` in the text is four dollars, not maths."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

from labelling.corpus.world.chain import Chain, Earlier, Given, Link
from labelling.corpus.world.people import PEOPLE, Person
from labelling.corpus.world.shared import latex

GOODS = ("pens", "notebooks", "apples", "stickers", "postcards", "candles", "mugs", "bookmarks", "pears", "ribbons")
GOALS = ("a bicycle", "a telescope", "a guitar", "a tent", "a keyboard", "a skateboard")
CLOTHES = ("jacket", "coat", "pair of boots", "backpack", "sweater", "lamp")
BAKED = ("muffins", "cookies", "scones", "rolls", "cupcakes", "pretzels")
TREATS = ("books", "concert tickets", "paint", "records", "plants", "board games")


def price(value: int) -> Given:
    return Given(Fraction(value), money=True)


def count(value: int, *decoys: int) -> Given:
    return Given(Fraction(value), decoys=tuple(Fraction(decoy) for decoy in decoys))


def change(rng: Random, who: Person) -> Chain:
    (one, two), (n1, n2) = rng.sample(GOODS, 2), rng.sample(range(2, 10), 2)
    p1, p2 = rng.sample(range(2, 10), 2)
    note = min(note for note in (20, 50, 100, 200) if note > n1 * p1 + n2 * p2)
    problem = (
        f"{who.name} buys {n1} {one} for ${p1} each and {n2} {two} for ${p2} each. "
        f"{who.starts} pays with ${note}. How many dollars does {who.he} get back?"
    )
    first, second = Given(Fraction(p1), True, (Fraction(p2),)), Given(Fraction(p2), True, (Fraction(p1),))
    links = (
        Link(
            count(n1, n2), "*", first, (f"The {one} cost {{eq}}.", f"For the {one}, {who.name} pays {{eq}}."), "", "+"
        ),
        Link(
            count(n2, n1), "*", second, (f"The {two} cost {{eq}}.", f"The price of all the {two} is {{eq}}."), "", "+"
        ),
        Link(
            Earlier(0),
            "+",
            Earlier(1),
            ("Together that is a total cost of {eq}.", f"So {who.name} spends {{eq}} in all."),
            confused="-",
            omits=(f"So {who.name} spends {{value}} in all.", "The total cost is therefore {value}."),
        ),
        Link(price(note), "-", Earlier(2), ("The change is {eq}.", f"{who.starts} gets back {{eq}}."), confused="+"),
    )
    return Chain(problem, links, (f"{who.name} gets back {{box}}.", "So the change is {box}."))


def wages(rng: Random, who: Person) -> Chain:
    hours, days = rng.sample(range(2, 9), 2)
    days = min(days, 6)
    rate, spent, treat = rng.randint(9, 24), rng.randint(3, 12) * 5, rng.choice(TREATS)
    problem = (
        f"{who.name} earns ${rate} an hour and works {hours} hours a day, {days} days a week. Each week "
        f"{who.he} spends ${spent} on {treat} and saves the rest. How many dollars does {who.he} save in a week?"
    )
    links = (
        Link(
            count(hours),
            "*",
            count(days, 5, 7),
            (f"{who.name} works {{eq}} a week.", f"In one week, {who.he} works for {{eq}}."),
            "hours",
            "+",
            (f"{who.name} works {{value}} a week.", f"In one week, {who.he} works for {{value}}."),
        ),
        Link(
            Earlier(0, decoy=count(hours)),
            "*",
            Given(Fraction(rate), True),
            ("The weekly pay is {eq}.", f"For this, {who.he} earns {{eq}} a week."),
        ),
        Link(
            Earlier(1),
            "-",
            price(spent),
            (f"After buying {treat}, {who.he} has {{eq}} left.", "The savings of one week are {eq}."),
            confused="+",
            omits=("All of it is saved, so the savings are {value}.", f"So {who.he} saves {{value}} each week."),
        ),
    )
    return Chain(problem, links, (f"{who.name} saves {{box}} in a week.", "So the answer is {box}."))


def goal(rng: Random, who: Person) -> Chain:
    weekly, weeks = rng.randint(4, 15), rng.randint(4, 16)
    saved, wish = weekly * rng.randint(1, 5), rng.choice(GOALS)
    cost = saved + weekly * weeks
    problem = (
        f"{who.name} wants to buy {wish} that costs ${cost}. {who.starts} has already saved ${saved} and puts aside "
        f"${weekly} every week. How many more weeks does {who.he} have to save?"
    )
    links = (
        Link(
            price(cost),
            "-",
            price(saved),
            (f"{who.name} still needs {{eq}}.", "The money still missing is {eq}."),
            confused="+",
            omits=(f"{who.name} still needs {{value}}.", "The money still missing is {value}."),
        ),
        Link(
            Earlier(0),
            "/",
            Given(Fraction(weekly), True, (Fraction(saved),)),
            ("At this rate, saving the missing money takes {eq}.", f"So {who.he} has to save for {{eq}}."),
            "weeks",
        ),
    )
    return Chain(problem, links, (f"{who.name} has to save for {{box}} more.", "The answer is {box}."))


def stall(rng: Random, who: Person) -> Chain:
    (trays, each), left = rng.sample(range(3, 13), 2), rng.randint(2, 8)
    unit, cost, what = rng.randint(2, 5), rng.randint(4, 18), rng.choice(BAKED)
    problem = (
        f"{who.name} bakes {trays} trays of {what} with {each} {what} on each tray. Of these, {left} burn, and "
        f"{who.he} sells all the others for ${unit} each. The ingredients cost ${cost}. "
        f"What is {who.his} profit in dollars?"
    )
    links = (
        Link(count(trays), "*", count(each), (f"{who.name} bakes {{eq}}.", "Altogether there are {eq}."), what, "+"),
        Link(
            Earlier(0),
            "-",
            count(left),
            (f"{who.starts} can sell {{eq}}.", "Without the burnt ones, {eq} are for sale."),
            what,
            "+",
            (f"{who.starts} can sell {{value}}.", "So {value} are for sale."),
        ),
        Link(
            Earlier(1, decoy=count(trays * each)),
            "*",
            Given(Fraction(unit), True),
            (f"Selling them brings {who.name} {{eq}}.", "The income from the sale is {eq}."),
        ),
        Link(
            Earlier(2),
            "-",
            price(cost),
            ("Taking off the ingredients, the profit is {eq}.", "This leaves a profit of {eq}."),
            confused="+",
            omits=("That is a profit of {value}.", f"So {who.his} profit is {{value}}."),
        ),
    )
    return Chain(problem, links, (f"{who.name}'s profit is {{box}}.", "So the profit is {box}."))


def sale(rng: Random, who: Person) -> Chain:
    full, percent = rng.randint(4, 18) * 10, rng.choice((10, 20, 25, 30, 40))
    postage, thing = rng.randint(3, 9), rng.choice(CLOTHES)
    problem = (
        f"A {thing} normally costs ${full}. In the sale it is {percent}% off. {who.name} orders it online and "
        f"pays ${postage} for shipping. How many dollars does {who.he} pay in total?"
    )
    share = Given(Fraction(percent, 100), decimal=True, decoys=(1 - Fraction(percent, 100),))
    links = (
        Link(price(full), "*", share, ("The discount is {eq}.", f"The {thing} is reduced by {{eq}}.")),
        Link(
            price(full),
            "-",
            Earlier(0, decoy=price(percent)),
            (f"The {thing} now costs {{eq}}.", "The sale price is {eq}."),
            confused="+",
        ),
        Link(
            Earlier(1),
            "+",
            price(postage),
            (f"With shipping, {who.name} pays {{eq}}.", "Adding the shipping, the total is {eq}."),
            confused="-",
            omits=(f"So {who.name} pays {{value}} in total.", "That makes a total of {value}."),
        ),
    )
    return Chain(problem, links, (f"{who.name} pays {{box}} in total.", "So the total is {box}."))


def dinner(rng: Random, who: Person) -> Chain:
    friends, share = rng.randint(3, 8), rng.randint(5, 14)
    pizzas, unit = rng.sample(range(2, 15), 2)
    drinks = friends * share - pizzas * unit
    problem = (
        f"{who.name} and {friends - 1} friends order {pizzas} pizzas for ${unit} each and drinks for ${drinks} "
        f"altogether. All of them, {who.name} included, split the bill evenly. How many dollars does each person pay?"
    )
    links = (
        Link(count(pizzas), "*", price(unit), ("The pizzas cost {eq}.", "For the pizzas they pay {eq}."), confused="+"),
        Link(
            Earlier(0),
            "+",
            price(drinks),
            ("With the drinks, the bill is {eq}.", "The whole bill comes to {eq}."),
            confused="-",
            omits=("The whole bill comes to {value}.", "So the bill is {value}."),
        ),
        Link(
            count(friends - 1),
            "+",
            count(1),
            ("The bill is split among {eq}.", "There are {eq} at the table."),
            "people",
        ),
        Link(
            Earlier(1),
            "/",
            Earlier(2, decoy=count(friends - 1)),
            ("Each person pays {eq}.", "The share of each is {eq}."),
        ),
    )
    return Chain(problem, links, ("Each person pays {box}.", "So everyone pays {box}."))


def remainder(rng: Random, who: Person) -> Chain:
    first = Fraction(1, rng.choice((2, 3, 4, 5))) * rng.choice((1, 1, 2))
    second = Fraction(1, rng.choice((2, 3, 4, 5)))
    whole = rng.randint(2, 8) * first.denominator * second.denominator
    one, two = rng.sample(TREATS, 2)
    problem = (
        f"{who.name} has ${whole}. {who.starts} spends \\({latex(first)}\\) of the money on {one} and then "
        f"\\({latex(second)}\\) of what is left on {two}. How many dollars does {who.he} have in the end?"
    )
    links = (
        Link(
            price(whole),
            "*",
            Given(first, decoys=(second,)),
            (f"On {one}, {who.he} spends {{eq}}.", f"The {one} cost {{eq}}."),
        ),
        Link(
            price(whole),
            "-",
            Earlier(0),
            (f"After that, {who.name} has {{eq}} left.", f"The rest after buying {one} is {{eq}}."),
            confused="+",
        ),
        Link(
            Earlier(1, decoy=price(whole)),
            "*",
            Given(second),
            (f"On {two}, {who.he} spends {{eq}}.", f"The cost of the {two} is {{eq}}."),
        ),
        Link(
            Earlier(1),
            "-",
            Earlier(2),
            (f"In the end {who.he} has {{eq}}.", f"What remains in {who.his} purse is {{eq}}."),
            confused="+",
        ),
    )
    return Chain(problem, links, (f"{who.name} has {{box}} in the end.", "So {box} remain."))


STORIES: tuple[Callable[[Random, Person], Chain], ...] = (change, wages, goal, stall, sale, dinner, remainder)


def draw(rng: Random) -> Chain:
    """One of the stories with numbers that work out."""
    while True:
        chain = rng.choice(STORIES)(rng, rng.choice(PEOPLE))
        if chain.is_sensible():
            return chain
