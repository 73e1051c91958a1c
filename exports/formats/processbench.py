"""ProcessBench's rows: whole solutions with their first error. Source: Zheng et al., 2024 (arXiv 2412.06559)."""

from typing import TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Fact, LeftOut, Purpose, Simple
from exports.formats.options import ONE_ANSWER, UNRATED, needed, only
from exports.formats.walk import judged, path_of, solution_of
from exports.records import BadRecord

KEPT = only(UNRATED, "keep", "leave-out")


class ProcessBenchRow(TypedDict):
    id: str
    generator: str
    problem: str
    steps: list[str]
    final_answer_correct: bool
    label: int


def check_rated(case: Case, unrated: str | None) -> None:
    """An answer is certain only where no step on the way to it was left unrated."""
    ratings = path_of(case.row).ratings
    if unrated == "keep" or None not in ratings[: case.first_error]:
        return
    if unrated is None:
        raise needed(KEPT, f"step {ratings.index(None) + 1} has no rating")
    raise LeftOut("unrated step")


def graded(case: Case) -> bool:
    """Whether the final answer is right. Raises ``LeftOut`` where nobody has said.

    In alternatives mode the session put together a run of its own: its solution's verdict is of another text.
    """
    if case.row.question.pre_generated_steps is None:
        raise LeftOut("final answer not graded")
    if case.verdict not in ("right", "wrong"):
        raise LeftOut("final answer not graded" if case.verdict is None else "final answer undecided")
    return case.verdict == "right"


class ProcessBench(Simple):
    name = "processbench"
    description = "ProcessBench's rows: the whole solution and the index of its first error, -1 for none."
    purpose: Purpose = "evaluation"
    needs: frozenset[Fact] = frozenset({"verdict", "generator"})
    by_answer = True
    options = (ONE_ANSWER, KEPT)
    shapes = (ProcessBenchRow,)

    def converter(self, choices: Choices) -> Converter:
        unrated = choices["unrated"]

        def convert(case: Case) -> list[DataRow]:
            judged(case)
            check_rated(case, unrated)
            return [
                {
                    "id": f"export-{case.number}",
                    "generator": case.generator,
                    "problem": case.row.question.problem,
                    "steps": solution_of(case.row),
                    "final_answer_correct": graded(case),
                    "label": -1 if case.first_error is None else case.first_error,
                }
            ]

        return convert

    def check(self, row: DataRow) -> None:
        if not -1 <= row["label"] < len(row["steps"]):
            raise BadRecord("label", f"must be -1 or the index of one of {len(row['steps'])} steps, not {row['label']}")
