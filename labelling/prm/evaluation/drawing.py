"""Where a drawing of figures puts its lines, ticks and names: plain numbers, which a template turns into SVG."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log2
from typing import Any, Final

from labelling.prm.evaluation.selection import VOTE

WIDTH: Final = 820
HEIGHT: Final = 440
LEFT, RIGHT, TOP, BOTTOM = 56, 250, 36, 56  # margins; names of lines stand in the right one
GAP: Final = 17  # between two names
NAME: Final = 26  # characters of a model's name
STEPS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
MOST_TICKS: Final = 7
TONES: Final = ("accent", "positive", "warn", "negative", "text")  # of models, in their order
WITH_VOTES: Final = 3  # models up to which their weighted votes are drawn, too
WITH_BANDS: Final = 2  # and their intervals: more of them would hide one another


@dataclass(frozen=True)
class Line:
    """Points of one line; ``low`` and ``high``: its interval, empty for none. ``tone`` names its colour."""

    name: str
    tone: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    is_dashed: bool = False
    has_dots: bool = False
    value: str = ""  # told behind the name


@dataclass(frozen=True)
class Placed:
    """A line as drawn. ``points`` and ``band`` in SVG's words; ``name_y``: where its name stands, without overlaps."""

    line: Line
    points: str
    band: str
    dots: Sequence[tuple[float, float]]
    end_x: float
    end_y: float
    name_y: float


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A whole drawing. ``name`` says in words what is to be seen."""

    title: str
    name: str
    x_name: str
    y_name: str
    lines: Sequence[Placed]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def name_x(self) -> int:
        return self.right + 14


def chart(
    lines: Sequence[Line],
    *,
    title: str,
    x_name: str,
    y_name: str,
    x_ticks: Sequence[tuple[float, str]],
    y_range: tuple[float, float] | None = None,
) -> Chart:
    """Place lines over a linear axis that ``x_ticks`` (place, label) span."""
    low, high, step = _scale(lines) if y_range is None else (*y_range, 0.2)
    start, end = x_ticks[0][0], x_ticks[-1][0]

    def x_of(value: float) -> float:
        return round(LEFT + (value - start) / ((end - start) or 1) * (WIDTH - LEFT - RIGHT), 1)

    def y_of(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    names = _spread([y_of(line.y[-1]) for line in lines])
    placed = [_placed(line, x_of, y_of, name_y) for line, name_y in zip(lines, names, strict=True)]
    told = "; ".join(f"{line.name} {line.value}".strip() for line in lines)
    ticks = [low + at * step for at in range(round((high - low) / step) + 1)]
    return Chart(
        title,
        f"{title}. {told}",
        x_name,
        y_name,
        placed,
        [Tick(x_of(at), label) for at, label in x_ticks],
        [Tick(y_of(at), _number(at, 3 if step < STEPS[1] else 2)) for at in ticks],
    )


def _placed(line: Line, x_of: Callable[[float], float], y_of: Callable[[float], float], name_y: float) -> Placed:
    dots = [(x_of(x), y_of(y)) for x, y in zip(line.x, line.y, strict=True)]
    band = ""
    if line.low:
        upper = [f"{x_of(x)},{y_of(y)}" for x, y in zip(line.x, line.high, strict=True)]
        lower = [f"{x_of(x)},{y_of(y)}" for x, y in zip(line.x, line.low, strict=True)]
        band = " ".join(upper + lower[::-1])
    points = " ".join(f"{x},{y}" for x, y in dots)
    return Placed(line, points, band, dots if line.has_dots else (), *dots[-1], name_y)


def _scale(lines: Sequence[Line]) -> tuple[float, float, float]:
    """Lowest, highest and step of an axis with round numbers that holds every line with its interval."""
    values = [value for line in lines for row in (line.y, line.low, line.high) for value in row]
    low, high = min(values), max(values)
    step = next((one for one in STEPS if (high - low) / one <= MOST_TICKS - 1), STEPS[-1])
    low, high = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return low, max(high, low + step), step


def _spread(places: Sequence[float]) -> list[float]:
    """The places of names, moved apart by the least that keeps them legible, in the order of their lines' ends."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    found = list(places)
    for before, at in pairwise(order):
        found[at] = max(found[at], found[before] + GAP)
    bottom: float = HEIGHT - BOTTOM
    for at in reversed(order):
        found[at] = min(found[at], bottom)
        bottom = found[at] - GAP
    return [round(one, 1) for one in found]


def _number(value: float, digits: int) -> str:
    """Without the nought before the point, as such figures are printed."""
    if value in (0, 1):
        return str(int(value))
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


def told(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def best_of_n_chart(figures: Mapping[str, Mapping[str, Any]], words: Mapping[str, str]) -> Chart:
    """``figures``: of versions by name, on the same samples. ``words``: what names are called (see ``words.py``)."""
    one = next(iter(figures.values()))
    sizes = [log2(size) for size in one["sizes"]]
    lines = [
        _curve(words[name], "neutral", sizes, one["baselines"][name], is_dashed=name != "majority", band=False)
        for name in ("oracle", "majority", "pass@1")
    ]
    for (name, found), tone in zip(figures.items(), TONES * len(figures), strict=False):
        ways = found["ways"]
        own = f"{_short(name)}, {words[found['reduction']]}"
        lines.append(_curve(own, tone, sizes, ways[found["reduction"]], band=len(figures) <= WITH_BANDS))
        if VOTE in ways and len(figures) <= WITH_VOTES:
            vote = ways[VOTE]
            lines.append(_curve(f"{words['vote by']} {_short(name)}", tone, sizes, vote, is_dashed=True, band=False))
    ticks = [(place, str(size)) for place, size in zip(sizes, one["sizes"], strict=True)]
    return chart(lines, title=words["best-of-n"], x_name=words["samples"], y_name=words["right"], x_ticks=ticks)


def _curve(
    name: str, tone: str, x: Sequence[float], found: Mapping[str, Any], *, is_dashed: bool = False, band: bool = True
) -> Line:
    low, high = (found["low"], found["high"]) if band and None not in found["low"] else ((), ())
    return Line(name, tone, x, found["value"], low, high, is_dashed=is_dashed, value=told(found["value"][-1]))


def calibration_chart(figures: Mapping[str, Mapping[str, Any]], words: Mapping[str, str]) -> Chart:
    """The share that is right over the score, by version."""
    lines = [Line(words["perfect"], "neutral", (0.0, 1.0), (0.0, 1.0), is_dashed=True)]
    for (name, found), tone in zip(figures.items(), TONES * len(figures), strict=False):
        score, right = ([one[key] for one in found["curve"]] for key in ("score", "right"))
        value = f"ECE {told(found['ece']['value'])}"
        lines.append(Line(_short(name), tone, score, right, has_dots=True, value=value))
    ticks = [(at / 5, _number(at / 5, 1)) for at in range(6)]
    return chart(
        lines,
        title=words["calibration"],
        x_name=words["score"],
        y_name=words["share right"],
        x_ticks=ticks,
        y_range=(0.0, 1.0),
    )
