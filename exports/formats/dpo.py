"""Preference pairs of one step: TRL's explicit-prompt preference. Source: TRL's documentation, "Dataset formats"."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, LeftOut, Simple
from exports.formats.options import NEUTRAL, RESOLVE
from exports.formats.walk import Path, Turn, path_of

PAIRED: Final = replace(
    NEUTRAL,
    help="what a candidate rated 0 is",
    values={
        "positive": "acceptable: pairs are of 0 or 1 against -1",
        "negative": "not acceptable: pairs are of 1 against 0 or -1",
        "drop": "neither: pairs are of 1 against -1",
    },
)
#: The lowest rating of what is chosen, the highest of what is rejected.
_BOUNDS: Final = {"positive": (0, -1), "negative": (1, 0), "drop": (1, -1)}


class PairRow(TypedDict):
    prompt: str
    chosen: str
    rejected: str


class Pair(NamedTuple):
    """Two candidates of a turn, by index."""

    turn: Turn
    chosen: int
    rejected: int


def pairs(path: Path, neutral: str) -> Iterator[Pair]:
    """Each acceptable candidate of a step against each bad one; those without a rating are neither."""
    least, most = _BOUNDS[neutral]
    for turn in path.turns:
        rated = [(at, one.rating) for at, one in enumerate(turn.candidates) if one.rating is not None]
        bad = [at for at, rating in rated if rating <= most]
        for chosen in [at for at, rating in rated if rating >= least]:
            for rejected in bad:
                yield Pair(turn, chosen, rejected)


def lines_of(steps: list[str]) -> str:
    """The steps before the pair, each with a line break behind it."""
    return "".join([f"{step}\n" for step in steps])


class Dpo(Simple):
    name = "dpo"
    description = "Pairs of candidates for one step: prompt (problem and the steps before), chosen, rejected."
    options = (PAIRED, RESOLVE)
    shapes = (PairRow,)

    def converter(self, choices: Choices) -> Converter:
        neutral = str(choices["neutral"])

        def convert(case: Case) -> list[DataRow]:
            path = path_of(case.row)
            rows: list[DataRow] = []
            for turn, chosen, rejected in pairs(path, neutral):
                prompt = f"{case.row.question.problem}\n\n{lines_of(path.texts[: turn.before])}"
                texts = {"chosen": turn.candidates[chosen].text, "rejected": turn.candidates[rejected].text}
                rows.append({"prompt": prompt, **texts})
            if not rows:
                raise LeftOut("no pair of candidates")
            return rows

        return convert
