"""PRMBench's rows: solutions with explained errors. Source: Song et al., 2025 (arXiv 2501.03124)."""

from typing import TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Fact, LeftOut, Purpose, Simple
from exports.formats.options import ONE_ANSWER
from exports.formats.walk import path_of, solution_of
from exports.records import BadRecord


class PrmBenchRow(TypedDict):
    original_question: str
    modified_question: str
    original_process: list[str] | None
    modified_process: list[str]
    modified_steps: list[int]
    error_steps: list[int]
    reason: str
    idx: str
    question: str
    classification: str


class PrmBench(Simple):
    name = "prmbench"
    description = "PRMBench's rows: solutions whose errors a rater has explained and classed; others stay out."
    purpose: Purpose = "evaluation"
    needs: frozenset[Fact] = frozenset({"notes"})
    options = (ONE_ANSWER,)
    shapes = (PrmBenchRow,)

    def converter(self, choices: Choices) -> Converter:
        def convert(case: Case) -> list[DataRow]:
            errors = [at for at, rating in enumerate(path_of(case.row).ratings) if rating == -1]
            notes = [case.notes[at] for at in errors if at in case.notes]
            if not notes:
                raise LeftOut("no error note")
            problem = case.row.question.problem
            return [
                {
                    "original_question": problem,
                    "modified_question": problem,
                    "original_process": None,
                    "modified_process": [f"{at}. {step}" for at, step in enumerate(solution_of(case.row), 1)],
                    "modified_steps": [],
                    "error_steps": [at + 1 for at in errors],
                    "reason": "\n".join([note.reason for note in notes]),
                    "idx": f"export-{case.number}",
                    "question": problem,
                    "classification": notes[0].classification,
                }
            ]

        return convert

    def check(self, row: DataRow) -> None:
        count = len(row["modified_process"])
        if not row["error_steps"] or not all(1 <= at <= count for at in row["error_steps"]):
            raise BadRecord("error_steps", f"must name steps from 1 to {count}")
