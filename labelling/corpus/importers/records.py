"""What importers yield: samples, and step scores that arrive in a file of their own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from labelling.corpus.grading.extractors import DEFAULT_EXTRACTOR
from labelling.corpus.text import problem_key, solution_key


class BadLine(ValueError):
    """A line that is not imported. The message names the field, and what was expected of it."""


@dataclass(frozen=True)
class SampleRecord:
    """One draw from a generator. ``alternatives``: 0-based step index → other texts for that step.

    ``scores``: scorer → one score in [0, 1] a step. ``external_id``: the problem's id in its source.
    ``final_answer`` is what the source states; where it is None one is looked for in the text, by the rule ``answers``.
    """

    problem: str
    reference_answer: str | None
    reference_solution: str | None
    generator: str
    source: str
    sample_index: int
    text: str
    steps: tuple[str, ...]
    final_answer: str | None = None
    truncated: bool = False
    alternatives: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    scores: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    held_out: bool = False
    external_id: str | None = None
    meta: Mapping[str, object] = field(default_factory=dict)
    answers: str = DEFAULT_EXTRACTOR

    @cached_property
    def problem_key(self) -> UUID:
        return UUID(problem_key(self.problem))

    @cached_property
    def solution_key(self) -> UUID:
        """Within its problem."""
        return UUID(
            solution_key(text=self.text, steps=self.steps, final_answer=self.final_answer, truncated=self.truncated)
        )


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """Step scores of a sample already known, found by source, the source's problem id and the sample index."""

    source: str
    external_id: str
    sample_index: int
    scorer: str
    step_scores: tuple[float, ...]


Record = SampleRecord | ScoreRecord


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What the command line says of a whole file; None leaves it to the line, else to the format's default."""

    source: str | None = None
    generator: str | None = None
    held_out: bool = False
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Importer:
    """A format. ``parse`` gives all records of a line or raises BadLine; ``detect`` says whether a line is of it."""

    summary: str
    parse: Callable[[Mapping[str, object], ImportContext], Iterator[Record]]
    detect: Callable[[Mapping[str, object]], bool]
