"""Outcome rows: a whole solution, right or wrong. TRL's unpaired preference, or RLHFlow's single turn."""

from dataclasses import replace
from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Fact, LeftOut, Option, Simple
from exports.formats.marks import SIGNS
from exports.formats.options import NEUTRAL, ONE_ANSWER, needed
from exports.formats.processbench import KEPT, check_rated, graded
from exports.formats.rlhflow import DialogueRow, check_dialogue
from exports.formats.walk import judged, path_of, solution_of

TRUTH: Final = Option(
    "truth",
    "what makes a solution right",
    {"grader": "its final answer is right", "steps": "no step of it is wrong, whatever the answer"},
    forced=True,
)
SHAPE: Final = Option(
    "shape",
    "whose rows",
    {"trl": "TRL's unpaired preference: prompt, completion, label", "rlhflow": "RLHFlow's dialogue of one turn"},
    default="trl",
)
GOOD: Final = replace(
    NEUTRAL,
    help="what a rating of 0 counts as, by --truth steps",
    values={"positive": "a good step", "negative": "a wrong one", "drop": "the solution stays out"},
    forced=False,
)


class OutcomeRow(TypedDict):
    prompt: str
    completion: str
    label: bool


class Orm(Simple):
    name = "orm"
    description = "Outcome rows, for an ORM: the whole solution, and whether it is right."
    needs: frozenset[Fact] = frozenset({"verdict"})
    by_answer = True
    options = (TRUTH, SHAPE, GOOD, KEPT, ONE_ANSWER)
    shapes = (OutcomeRow, DialogueRow)

    def shape(self, choices: Choices) -> type:
        return DialogueRow if choices["shape"] == "rlhflow" else OutcomeRow

    def converter(self, choices: Choices) -> Converter:
        by_grader, is_dialogue = choices["truth"] == "grader", choices["shape"] == "rlhflow"

        def convert(case: Case) -> list[DataRow]:
            right = graded(case) if by_grader else _is_sound(case, choices)
            problem, steps = case.row.question.problem, solution_of(case.row)
            if not is_dialogue:
                return [{"prompt": problem, "completion": "\n".join(steps), "label": right}]
            whole = "\n\n".join(steps)
            turn = {"role": "user", "content": f"{problem} {whole}"}
            return [{"conversations": [turn, {"role": "assistant", "content": SIGNS[right]}]}]

        return convert

    def check(self, row: DataRow) -> None:
        if "conversations" in row:
            check_dialogue(row["conversations"])


def _is_sound(case: Case, choices: Choices) -> bool:
    judged(case)
    if case.first_error is not None:
        return False
    check_rated(case, choices["unrated"])
    ratings = path_of(case.row).ratings
    if 0 not in ratings:
        return True
    if choices["neutral"] is None:
        raise needed(GOOD, f"step {ratings.index(0) + 1} is neutral")
    if choices["neutral"] == "drop":
        raise LeftOut("neutral step")
    return choices["neutral"] == "positive"
