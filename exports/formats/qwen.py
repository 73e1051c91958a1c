"""Rows in the chat form of Qwen2.5-Math-PRM. Source: Zhang et al., 2025 (arXiv 2501.07301), and its model card."""

from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Simple
from exports.formats.marks import check_count, refuse_mark
from exports.formats.rlhflow import Message
from exports.formats.walk import PATH_OPTIONS, Rule
from exports.records import BadRecord

MARK: Final = "<extra_0>"
SYSTEM: Final = "Please reason step by step, and put your final answer within \\boxed{}."
ROLES: Final = ["system", "user", "assistant"]


class QwenRow(TypedDict):
    messages: list[Message]
    labels: list[int]


class Qwen(Simple):
    name = "qwen"
    description = "Qwen2.5-Math-PRM's chat: <extra_0> behind every step, labels of 1 or 0."
    options = PATH_OPTIONS
    shapes = (QwenRow,)

    def converter(self, choices: Choices) -> Converter:
        rule = Rule.of(choices)

        def convert(case: Case) -> list[DataRow]:
            rows: list[DataRow] = []
            for one in rule.labelled(case):
                refuse_mark(one, MARK)
                texts = (SYSTEM, one.problem, MARK.join([*one.steps, ""]))
                messages = [{"role": role, "content": text} for role, text in zip(ROLES, texts, strict=True)]
                rows.append({"messages": messages, "labels": [int(label) for label in one.labels]})
            return rows

        return convert

    def check(self, row: DataRow) -> None:
        if [message["role"] for message in row["messages"]] != ROLES:
            raise BadRecord("messages", f"must be by {', '.join(ROLES)}")
        if any(label not in (0, 1) for label in row["labels"]):
            raise BadRecord("labels", "must be 0 or 1")
        text: str = row["messages"][2]["content"]
        check_count(text, MARK, len(row["labels"]), "labels")
        if not text.endswith(MARK):
            raise BadRecord("messages[2].content", f"must end with {MARK}")
