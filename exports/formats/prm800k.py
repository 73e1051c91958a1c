"""PRM800K's own rows: one labelled solution a line. Source: PRM800K's README, "Data format"."""

import json
import math
from typing import Any, NoReturn, TypedDict

from exports.formats.base import Case, Choices, Converter, DataRow, Simple, Unfit
from exports.formats.options import RESOLVE, TRUNCATE, only
from exports.formats.schema import misfit
from exports.records import BadRecord, Record, as_row, record_from_row


class CandidateRow(TypedDict):
    text: str
    rating: int | None
    flagged: bool | None


class HumanRow(TypedDict):
    text: str
    rating: int | None
    source: str | None
    flagged: bool | None
    corrected_rating: int | None


class StepRow(TypedDict):
    completions: list[CandidateRow] | None
    human_completion: HumanRow | None
    chosen_completion: int | None


class QuestionRow(TypedDict):
    problem: str
    ground_truth_solution: str | None
    ground_truth_answer: str | None
    pre_generated_steps: list[str] | None
    pre_generated_answer: str | None
    pre_generated_verifier_score: float | None


class LabelRow(TypedDict):
    steps: list[StepRow]
    total_time: int | None
    finish_reason: str


class Prm800kRow(TypedDict):
    labeler: str
    timestamp: str
    generation: int | None
    is_quality_control_question: bool
    is_initial_screening_question: bool
    question: QuestionRow
    label: LabelRow


class Prm800k(Simple):
    """As lines, documents go through byte for byte; only cut ones are written anew."""

    name = "prm800k"
    description = "PRM800K's rows: question, every judged step with its candidates, rater, time and finish reason."
    options = (TRUNCATE, only(RESOLVE, *RESOLVE.values, default="all"))
    shapes = (Prm800kRow,)

    def converter(self, choices: Choices) -> Converter:
        is_cut = choices["truncate"] == "yes"

        def convert(case: Case) -> list[DataRow]:
            row = json.loads(case.document)
            if is_cut and case.first_error is not None:
                del row["label"]["steps"][case.first_error + 1 :]
            return [row]

        return convert

    def read(self, line: str) -> DataRow:
        return as_row(self.record(line))

    def record(self, line: str) -> Record:
        """Ratings of null, steps of nulls and unknown keys are kept; what two readers could see differently is not.

        Raises ``BadRecord``, which names the field.
        """
        try:
            row = json.loads(line, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite)
        except BadRecord:
            raise
        except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, and nesting without end
            raise BadRecord("", f"is not JSON: {error}") from None
        if "\\ud" in line or "\\uD" in line:
            _check_surrogates(row)
        return record_from_row(row)

    def tabular(self, row: DataRow) -> DataRow:
        """A row for a table, in which a column has one type. Raises ``Unfit`` where it would lose something."""
        steps = [{**step, "human_completion": _human(step.get("human_completion"))} for step in row["label"]["steps"]]
        table = {**row, "label": {**row["label"], "steps": steps}}
        if fault := misfit(table, Prm800kRow, nulls_absent=True):
            raise Unfit(f"a table has fixed columns, lines of JSON have not: {fault}")
        return table


def _human(own: Any) -> Any:
    return {"text": own} if isinstance(own, str) else own


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRecord(twice, "stands twice in one object")
    return row


def _no_number(constant: str) -> NoReturn:
    raise BadRecord("", f"holds {constant}, which is no finite number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _check_surrogates(row: object) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadRecord("", f"holds half a surrogate pair: {error.reason}") from None
