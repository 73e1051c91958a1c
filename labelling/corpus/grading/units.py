"""Units that convert: ``5 hours`` is ``300 minutes``, and is not ``5 minutes``. Unknown units are for a person."""

from fractions import Fraction

_TABLE: dict[str, dict[str, Fraction | int]] = {
    "time": {
        **dict.fromkeys(("second", "sec", "s"), 1),
        **dict.fromkeys(("minute", "min"), 60),
        **dict.fromkeys(("hour", "hr", "h"), 3_600),
        **dict.fromkeys(("day",), 86_400),
        **dict.fromkeys(("week",), 604_800),
    },
    "length": {
        **dict.fromkeys(("millimeter", "millimetre", "mm"), Fraction(1, 1_000)),
        **dict.fromkeys(("centimeter", "centimetre", "cm"), Fraction(1, 100)),
        **dict.fromkeys(("meter", "metre", "m"), 1),
        **dict.fromkeys(("kilometer", "kilometre", "km"), 1_000),
        **dict.fromkeys(("inch", "inche", "in"), Fraction(254, 10_000)),
        **dict.fromkeys(("foot", "feet", "ft"), Fraction(3_048, 10_000)),
        **dict.fromkeys(("yard", "yd"), Fraction(9_144, 10_000)),
        **dict.fromkeys(("mile", "mi"), Fraction(1_609_344, 1_000)),
    },
    "mass": {
        **dict.fromkeys(("milligram", "mg"), Fraction(1, 1_000)),
        **dict.fromkeys(("gram", "g"), 1),
        **dict.fromkeys(("kilogram", "kg"), 1_000),
        **dict.fromkeys(("pound", "lb"), Fraction(45_359_237, 100_000)),
        **dict.fromkeys(("ounce", "oz"), Fraction(45_359_237, 1_600_000)),
    },
    "volume": {
        **dict.fromkeys(("milliliter", "millilitre", "ml"), Fraction(1, 1_000)),
        **dict.fromkeys(("liter", "litre", "l"), 1),
    },
    "dollar": {**dict.fromkeys(("dollar", "usd"), 1), **dict.fromkeys(("cent",), Fraction(1, 100))},
    "euro": {"euro": 1},
    "angle": {"degree": 1},
}
_KNOWN = {name: (kind, Fraction(size)) for kind, names in _TABLE.items() for name, size in names.items()}


def conversion(reference: str, answer: str) -> Fraction | None:
    """How many of the reference's unit one of the answer's unit is: 60 for (minute, hour).

    None where a unit is not known; 0 where both are and measure different things.
    """
    power = _power(reference)
    known, given = (_KNOWN.get(unit.rstrip("23")) for unit in (reference, answer))
    if known is None or given is None:
        return None
    if known[0] != given[0] or power != _power(answer):
        return Fraction(0)
    return (given[1] / known[1]) ** power


def _power(unit: str) -> int:
    return int(unit[-1]) if unit[-1:] in {"2", "3"} else 1
