"""OpenRLHF's process reward rows. Source: OpenRLHF's ``ProcessRewardDataset`` (its PRM trainer left it in 2026)."""

from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Option, Simple
from exports.formats.marks import SHEPHERD, SIGNS, check_count, marked, numbered
from exports.formats.walk import PATH_OPTIONS, Rule

VALUES: Final = Option(
    "values",
    "how labels are written",
    {"signs": "+ or -: hard labels, which are tokens", "floats": "1.0 or 0.0: soft labels"},
    default="signs",
)
_FLOATS: Final = {True: 1.0, False: 0.0}


class SignRow(TypedDict):
    input: str
    value: list[str]


class FloatRow(TypedDict):
    input: str
    value: list[float]


class OpenRlhf(Simple):
    name = "openrlhf"
    description = "OpenRLHF's rows: input with ки behind every step, value with a label for each."
    options = (*PATH_OPTIONS, VALUES)
    shapes = (SignRow, FloatRow)

    def shape(self, choices: Choices) -> type:
        return FloatRow if choices["values"] == "floats" else SignRow

    def converter(self, choices: Choices) -> Converter:
        rule, words = Rule.of(choices), (_FLOATS if choices["values"] == "floats" else SIGNS)

        def convert(case: Case) -> list[DataRow]:
            rows: list[DataRow] = []
            for one in rule.labelled(case):
                rows.append({"input": marked(numbered(one)), "value": [words[label] for label in one.labels]})
            return rows

        return convert

    def check(self, row: DataRow) -> None:
        check_count(row["input"], SHEPHERD, len(row["value"]), "value")
