"""Step-DPO's pairs. Source: Lai et al., 2024 (arXiv 2406.18629), and its dataset Math-Step-DPO-10K."""

from typing import Final, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, LeftOut, Option, Simple
from exports.formats.dpo import PAIRED, Pair, lines_of, pairs
from exports.formats.options import RESOLVE, text_of
from exports.formats.walk import Path, path_of
from exports.labelled import Row

DATASET: Final = Option("dataset", "where the problems are from, in the rows' own words", default="math")


class StepPairRow(TypedDict):
    dataset: str
    prompt: str
    initial_reason_steps: str
    chosen: str
    rejected: str
    full_chosen: str | None
    full_rejected: str | None
    answer: str | None


class StepDpo(Simple):
    name = "step-dpo"
    description = "Step-DPO's pairs: problem, the steps before, chosen and rejected step, and how each goes on."
    options = (PAIRED, DATASET, RESOLVE)
    shapes = (StepPairRow,)

    def converter(self, choices: Choices) -> Converter:
        neutral, dataset = str(choices["neutral"]), text_of(choices, "dataset")

        def convert(case: Case) -> list[DataRow]:
            path = path_of(case.row)
            rows = [_row(case.row, path, pair, dataset) for pair in pairs(path, neutral)]
            if not rows:
                raise LeftOut("no pair of candidates")
            return rows

        return convert


def _row(row: Row, path: Path, pair: Pair, dataset: str) -> DataRow:
    before, candidates, _ = pair.turn
    return {
        "dataset": dataset,
        "prompt": row.question.problem,
        "initial_reason_steps": lines_of(path.texts[:before]),
        "chosen": candidates[pair.chosen].text,
        "rejected": candidates[pair.rejected].text,
        "full_chosen": _full(row, path, pair, pair.chosen),
        "full_rejected": _full(row, path, pair, pair.rejected),
        "answer": row.question.ground_truth_answer,
    }


def _full(row: Row, path: Path, pair: Pair, candidate: int) -> str | None:
    """The candidate and all that follows it, where that is known: the finished session's path, or the solution."""
    before, candidates, taken = pair.turn
    if candidate == taken and row.label.finish_reason == "solution":
        return "\n".join(path.texts[before:])
    own = row.question.pre_generated_steps or []
    if own[: before + 1] == [*path.texts[:before], candidates[candidate].text]:
        return "\n".join(own[before:])
    return None
