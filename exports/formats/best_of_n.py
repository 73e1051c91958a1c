"""Scored samples: what the paper's evaluation reads (Lightman et al., 2023, section 3: best-of-N by PRM and ORM)."""

from typing import Final, TypedDict

from exports.formats.base import Choices, Converter, DataRow, Option, Purpose, ScoredSample, Simple, Source
from exports.records import BadRecord

MODEL: Final = Option(
    "model",
    "whose solution scores: a reward model's name (name@3: its version 3, else the newest), or queued: the scores "
    "that annotated solutions were queued by",
    forced=True,
)
ORM: Final = Option("orm-model", "whose scores stand as orm_score (as for --model); none: null")


class ScoredRow(TypedDict):
    problem: str
    steps: list[str]
    answer: str | None
    is_correct: bool | None
    prm_score: float
    orm_score: float | None


class BestOfN(Simple):
    name = "best-of-n"
    description = "Every sample with its verdict and solution scores: the input of a best-of-N evaluation."
    purpose: Purpose = "evaluation"
    source: Source = "samples"
    options = (MODEL, ORM)
    shapes = (ScoredRow,)

    def converter(self, choices: Choices) -> Converter:
        def convert(sample: ScoredSample) -> list[DataRow]:
            return [
                {
                    "problem": sample.problem,
                    "steps": sample.steps,
                    "answer": sample.answer,
                    "is_correct": {"right": True, "wrong": False}.get(sample.verdict or ""),
                    "prm_score": sample.prm_score,
                    "orm_score": sample.orm_score,
                }
            ]

        return convert

    def check(self, row: DataRow) -> None:
        if not 0 <= row["prm_score"] <= 1:
            raise BadRecord("prm_score", f"must be in [0, 1], not {row['prm_score']}")
