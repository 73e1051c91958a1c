"""RLHFlow's process rows: a dialogue. Source: RLHFlow/RLHF-Reward-Modeling, ``math-rm``, and its PRM800K datasets."""

from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Option, Simple
from exports.formats.marks import SIGNS
from exports.formats.options import text_of
from exports.formats.walk import PATH_OPTIONS, Rule
from exports.records import BadRecord

JOINER: Final = Option(
    "joiner", "what stands between the problem and its first step (\\n for a line break)", default=" "
)


class Message(TypedDict):
    role: str
    content: str


class DialogueRow(TypedDict):
    conversations: list[Message]


def check_dialogue(messages: list[Message]) -> None:
    """Of a row that was read: steps by the user, each answered by + or -."""
    for at, message in enumerate(messages):
        if message["role"] != ("assistant" if at % 2 else "user"):
            raise BadRecord(f"conversations[{at}].role", "must be user and assistant in turn")
        if at % 2 and message["content"] not in SIGNS.values():
            raise BadRecord(f"conversations[{at}].content", "must be + or -")
    if not messages or len(messages) % 2:
        raise BadRecord("conversations", "must end with an answer to a step")


class RlhFlow(Simple):
    name = "rlhflow"
    description = "RLHFlow's dialogues: each step a user's turn (the first with the problem), answered + or -."
    options = (*PATH_OPTIONS, JOINER)
    shapes = (DialogueRow,)

    def converter(self, choices: Choices) -> Converter:
        rule, joiner = Rule.of(choices), text_of(choices, "joiner")

        def convert(case: Case) -> list[DataRow]:
            rows: list[DataRow] = []
            for one in rule.labelled(case):
                turns = [f"{one.problem}{joiner}{one.steps[0]}", *one.steps[1:]]
                messages = []
                for turn, label in zip(turns, one.labels, strict=True):
                    messages.append({"role": "user", "content": turn})
                    messages.append({"role": "assistant", "content": SIGNS[label]})
                rows.append({"conversations": messages})
            return rows

        return convert

    def check(self, row: DataRow) -> None:
        check_dialogue(row["conversations"])
