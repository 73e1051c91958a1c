"""Best-of-N pools, and the step scores that other people's PRMs gave them.

Two kinds of lines: a pool (a problem with its candidates) and a score (one PRM on one candidate). The files may come in
one command; pools first. `is_correct` is not read.
"""

from collections.abc import Iterator, Mapping
from itertools import starmap

from labelling.corpus.importers import checks
from labelling.corpus.importers.records import BadLine, ImportContext, Importer, Record, SampleRecord, ScoreRecord

DEFAULT_SOURCE = "best-of-n"
DEFAULT_GENERATOR = "unknown"
DEFAULT_ANSWERS = "last-number"  # the convention of the figures published on such pools (docs/grading.md)
_META = ("domain", "temperature")


def parse(line: Mapping[str, object], context: ImportContext) -> Iterator[Record]:
    """Return a pool's samples, or one candidate's step scores."""
    source = checks.label("source", context.source or DEFAULT_SOURCE)
    if "candidates" in line:
        return _pool(line, source, context)
    if "step_scores" in line:
        return iter((_score(line, source),))
    raise BadLine("candidates: expected a pool's list of candidates, or step_scores: a list of numbers; found neither")


def detect(first: Mapping[str, object]) -> bool:
    """Say whether a line is a pool or a candidate's scores."""
    return "problem_id" in first and ("candidates" in first or {"candidate_index", "step_scores"} <= first.keys())


def _pool(line: Mapping[str, object], source: str, context: ImportContext) -> Iterator[SampleRecord]:
    candidates = line["candidates"]
    if not isinstance(candidates, list) or not candidates:
        raise BadLine("candidates: expected a list of at least one candidate")
    problem = checks.text("question", line.get("question"))
    reference = checks.optional_text("ground_truth", line.get("ground_truth"), limit=checks.ANSWER_LIMIT)
    generator = checks.label("generator", context.generator or DEFAULT_GENERATOR)
    problem_id = checks.external_id("problem_id", line.get("problem_id"))
    meta = {name: line[name] for name in _META if line.get(name) is not None}
    checks.storable("meta", meta)

    def sample(index: int, candidate: object) -> SampleRecord:
        text, steps, answer = _candidate(f"candidates[{index}]", candidate)
        return SampleRecord(
            problem=problem,
            reference_answer=reference,
            reference_solution=None,
            generator=generator,
            source=source,
            sample_index=index,
            text=text,
            steps=steps,
            final_answer=answer,
            held_out=context.held_out,
            external_id=problem_id,
            meta=meta,
            answers=context.answers or DEFAULT_ANSWERS,
        )

    # A list: one bad candidate refuses its whole pool, for a pool with a hole would be a smaller pool.
    return iter(list(starmap(sample, enumerate(candidates))))


def _candidate(name: str, value: object) -> tuple[str, tuple[str, ...], str | None]:
    if not isinstance(value, Mapping):
        raise checks.wrong_type(name, "an object", value)
    text = checks.text(f"{name}.text", value.get("text"))
    steps = checks.texts(f"{name}.steps", value.get("steps"))
    return text, steps, checks.optional_text(f"{name}.final", value.get("final"), limit=checks.ANSWER_LIMIT)


def _score(line: Mapping[str, object], source: str) -> ScoreRecord:
    counted = line.get("n_steps")
    return ScoreRecord(
        source=source,
        external_id=checks.external_id("problem_id", line.get("problem_id")),
        sample_index=checks.index("candidate_index", line.get("candidate_index")),
        scorer=checks.label("prm_name", line.get("prm_name")),
        step_scores=checks.step_scores(
            "step_scores",
            line.get("step_scores"),
            steps=None if counted is None else checks.index("n_steps", counted),
        ),
    )


IMPORTER = Importer(summary="best-of-N pools, and PRM step scores for them", parse=parse, detect=detect)
