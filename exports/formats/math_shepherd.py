"""Math-Shepherd's rows. Source: Wang et al., 2023 (arXiv 2312.08935), and the dataset published with it."""

from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Option, Simple
from exports.formats.marks import SHEPHERD, SIGNS, marked, numbered
from exports.formats.options import text_of
from exports.formats.walk import PATH_OPTIONS, Rule
from exports.records import BadRecord

TASK: Final = Option("task", "where the problems are from, in the rows' own words", default="MATH")


class ShepherdRow(TypedDict):
    input: str
    label: str
    task: str


class MathShepherd(Simple):
    name = "math-shepherd"
    description = "Math-Shepherd's rows: input with ки behind every step, label with + or - in its place, task."
    options = (*PATH_OPTIONS, TASK)
    shapes = (ShepherdRow,)

    def converter(self, choices: Choices) -> Converter:
        rule, task = Rule.of(choices), text_of(choices, "task")

        def convert(case: Case) -> list[DataRow]:
            rows: list[DataRow] = []
            for one in rule.labelled(case):
                heads = numbered(one)
                label = "\n".join([head + SIGNS[good] for head, good in zip(heads, one.labels, strict=True)])
                rows.append({"input": marked(heads), "label": label, "task": task})
            return rows

        return convert

    def check(self, row: DataRow) -> None:
        rest: str = row["label"]
        first, *parts = row["input"].split(SHEPHERD)
        for at, part in enumerate([first, *parts]):
            if not rest.startswith(part):
                raise BadRecord("label", f"is not the input with + or - for every {SHEPHERD} (step {at + 1})")
            rest = rest[len(part) :]
            if at < len(parts):
                if not rest.startswith(("+", "-")):
                    raise BadRecord("label", f"has neither + nor - for step {at + 1}")
                rest = rest[1:]
