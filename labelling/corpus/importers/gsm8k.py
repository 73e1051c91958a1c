"""GSM8K's example model solutions: one problem a line, and under each model's name one solution of it.

The file's own `is_correct` is not read: verdicts are the grader's. Calculator marks stay in the text.
"""

from collections.abc import Iterator, Mapping

from labelling.corpus.grading.extractors import DEFAULT_EXTRACTOR
from labelling.corpus.grading.references import reference_answer
from labelling.corpus.importers import checks
from labelling.corpus.importers.records import BadLine, ImportContext, Importer, SampleRecord
from labelling.corpus.text import split_lines

DEFAULT_SOURCE = "gsm8k"


def parse(line: Mapping[str, object], context: ImportContext) -> Iterator[SampleRecord]:
    """Return one sample for each key but the question and its reference solution; the key names the generator."""
    problem = checks.text("question", line.get("question"))
    reference = checks.text("ground_truth", line.get("ground_truth"))
    answer = reference_answer(reference)
    if answer is None:
        raise BadLine("ground_truth: expected a last line `A: answer` or `#### answer`")
    source = checks.label("source", context.source or DEFAULT_SOURCE)
    records: list[SampleRecord] = []
    for name in line:
        if name in {"question", "ground_truth"}:
            continue
        text = _solution(name, line[name])
        records.append(
            SampleRecord(
                problem=problem,
                reference_answer=answer,
                reference_solution=reference,
                generator=checks.label("generator", name),
                source=source,
                sample_index=0,
                text=text,
                steps=tuple(split_lines(text)),
                held_out=context.held_out,
                answers=context.answers or DEFAULT_EXTRACTOR,
            )
        )
    if not records:
        raise BadLine('6b_finetuning: expected at least one generator\'s {"solution": "..."}, found none')
    return iter(records)


def detect(first: Mapping[str, object]) -> bool:
    """Say whether a line has a question, a reference solution and a model's solution."""
    return {"question", "ground_truth"} <= first.keys() and any(
        isinstance(value, Mapping) and "solution" in value for value in first.values()
    )


def _solution(name: str, value: object) -> str:
    if not isinstance(value, Mapping):
        raise checks.wrong_type(name[:100], 'an object with the key "solution"', value)
    return checks.text(f"{name[:100]}.solution", value.get("solution"))


IMPORTER = Importer(summary="GSM8K's example model solutions, four a problem", parse=parse, detect=detect)
