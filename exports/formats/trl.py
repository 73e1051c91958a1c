"""TRL's stepwise supervision: what ``PRMTrainer`` trains on. Source: TRL's documentation, "Dataset formats"."""

from typing import TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Simple
from exports.formats.walk import PATH_OPTIONS, Rule
from exports.records import BadRecord


class TrlRow(TypedDict):
    prompt: str
    completions: list[str]
    labels: list[bool]


class Trl(Simple):
    name = "trl"
    description = "TRL's stepwise rows for PRMTrainer: prompt, completions, labels (true or false)."
    options = PATH_OPTIONS
    shapes = (TrlRow,)

    def converter(self, choices: Choices) -> Converter:
        rule = Rule.of(choices)

        def convert(case: Case) -> list[DataRow]:
            return [
                {"prompt": one.problem, "completions": one.steps, "labels": one.labels} for one in rule.labelled(case)
            ]

        return convert

    def check(self, row: DataRow) -> None:
        if len(row["completions"]) != len(row["labels"]):
            raise BadRecord("labels", f"are {len(row['labels'])}, but there are {len(row['completions'])} completions")
