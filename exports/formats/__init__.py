"""The dataset formats. To add one: a module here, a line in ``FORMATS``, a page in docs/formats."""

from typing import Final

from exports.formats.base import (
    Case,
    ChoiceNeeded,
    Choices,
    DataRow,
    Format,
    LeftOut,
    Note,
    Option,
    ScoredSample,
    Unfit,
    line_of,
    lines_of,
)
from exports.formats.best_of_n import BestOfN
from exports.formats.dpo import Dpo
from exports.formats.math_shepherd import MathShepherd
from exports.formats.openrlhf import OpenRlhf
from exports.formats.orm import Orm
from exports.formats.prm800k import Prm800k
from exports.formats.prmbench import PrmBench
from exports.formats.processbench import ProcessBench
from exports.formats.qwen import Qwen
from exports.formats.rlhflow import RlhFlow
from exports.formats.step_dpo import StepDpo
from exports.formats.trl import Trl

__all__ = [
    "FORMATS",
    "PRM800K",
    "Case",
    "ChoiceNeeded",
    "Choices",
    "DataRow",
    "Format",
    "LeftOut",
    "Note",
    "Option",
    "ScoredSample",
    "Unfit",
    "line_of",
    "lines_of",
]

#: What annotations are kept as; its lines are read without loss (``record``).
PRM800K: Final = Prm800k()

FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        PRM800K,
        Trl(),
        MathShepherd(),
        OpenRlhf(),
        RlhFlow(),
        Qwen(),
        ProcessBench(),
        PrmBench(),
        Orm(),
        Dpo(),
        StepDpo(),
        BestOfN(),
    )
}
