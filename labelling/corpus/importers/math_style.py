"""MATH's rows (problem, solution, level, type) and what evaluation scripts make of them: the samples of models beside.

A row that holds nobody's samples is the data set itself: its written solution is the one sample. Verdicts that a row
carries are not read: they are the grader's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from labelling.corpus.grading.extractors import DEFAULT_EXTRACTOR
from labelling.corpus.grading.references import reference_answer
from labelling.corpus.importers import checks
from labelling.corpus.importers.records import BadLine, ImportContext, Importer, SampleRecord

DEFAULT_SOURCE = "math"
DEFAULT_GENERATOR = "unknown"
WRITTEN = "reference"  # the generator of a written solution
FORMULA_LINES = 100  # what stays open longer is no formula: a bound on the work for a hostile text

_SAMPLES = ("samples", "completions", "generations", "responses", "outputs", "model_outputs", "code")
_SAMPLE = ("completion", "generation", "response", "output", "model_output")
_IDS = ("unique_id", "id", "idx")
_META = ("level", "type", "subject")
_OPENS = re.compile(r"(?<!\\)\\(?:begin\{|\[)|\[asy\]")
_CLOSES = re.compile(r"(?<!\\)\\(?:end\{|\])|\[/asy\]")


def parse(line: Mapping[str, object], context: ImportContext) -> Iterator[SampleRecord]:
    """Return a row's samples in their order; one bad sample refuses the row, as one of a pool does."""
    problem = checks.text("problem", line.get("problem"))
    solution = checks.optional_text("solution", line.get("solution"))
    answer = _answer(line.get("answer"), solution)
    texts = list(_samples(line))
    written = not texts and solution is not None
    if written:
        texts = [("solution", solution)]
    if not texts:
        raise BadLine("samples: expected a list of at least one text (or solution: a string), found neither")
    fallback = WRITTEN if written else DEFAULT_GENERATOR
    generator = checks.label("generator", line.get("generator") or context.generator or fallback)
    source = checks.label("source", context.source or DEFAULT_SOURCE)
    number = next((line[name] for name in _IDS if line.get(name) is not None), None)
    meta = {name: line[name] for name in _META if line.get(name) is not None}
    checks.storable("meta", meta)
    given = [_text_and_steps(name, value) for name, value in texts]
    return iter(
        [
            SampleRecord(
                problem=problem,
                reference_answer=answer,
                reference_solution=solution,
                generator=generator,
                source=source,
                sample_index=index,
                text=text,
                steps=steps,
                held_out=context.held_out,
                external_id=None if number is None else checks.external_id("id", number),
                meta=meta,
                answers=context.answers or DEFAULT_EXTRACTOR,
            )
            for index, (text, steps) in enumerate(given)
        ]
    )


def detect(first: Mapping[str, object]) -> bool:
    """Say whether a line has a problem with its written solution or answer, by MATH's names for them."""
    sampled = any(name in first for name in _SAMPLES + _SAMPLE)
    return "problem" in first and ("solution" in first or ("answer" in first and sampled))


def _answer(given: object, solution: str | None) -> str:
    if type(given) is int and abs(given) < checks.INDEX_LIMIT**2:
        given = str(given)
    stated = checks.optional_text("answer", given, limit=checks.ANSWER_LIMIT)
    if stated is None and solution is not None:
        stated = reference_answer(solution)
    if stated is None:
        raise BadLine("answer: expected a string, or a boxed answer in solution")
    return stated


def _samples(line: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield samples with the names that messages give them."""
    for name in _SAMPLES:
        value = line.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            raise checks.wrong_type(name, "a list of texts", value)
        if not value:
            raise BadLine(f"{name}: expected at least one entry, found an empty list")
        yield from ((f"{name}[{at}]", one) for at, one in enumerate(value))
        return
    yield from ((name, line[name]) for name in _SAMPLE if line.get(name) is not None)


def _text_and_steps(name: str, value: object) -> tuple[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        text = _bounded(name, value)
        return text, tuple(split_steps(text))
    if value.get("text") is None and value.get("steps") is not None:
        steps = checks.texts(f"{name}.steps", value["steps"])
        return "\n".join(steps), steps
    text = _bounded(f"{name}.text", value.get("text"))
    given = value.get("steps")
    return text, tuple(split_steps(text)) if given is None else checks.texts(f"{name}.steps", given)


def _bounded(name: str, value: object) -> str:
    """Return a text that somebody could label: a longer one is not worth being split."""
    return checks.limited(name, checks.text(name, value), checks.SOLUTION_LIMIT)


def split_steps(text: str) -> list[str]:
    """Return the paragraphs, or the lines of a text that has but one; a formula over several lines is never cut."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    blocks = list(_blocks(lines))
    paragraphs = [
        "\n".join(group).strip() for filled, group in groupby(blocks, key=lambda one: bool(one.strip())) if filled
    ]
    return paragraphs if len(paragraphs) > 1 else [block.strip() for block in blocks if block.strip()]


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    opened = [len(_OPENS.findall(line)) - len(_CLOSES.findall(line)) for line in lines]
    dollars = [line.count("$$") for line in lines]
    at = 0
    while at < len(lines):
        end = _end_of_formula(opened, dollars, at)
        yield "\n".join(lines[at : end + 1])
        at = end + 1


def _end_of_formula(opened: Sequence[int], dollars: Sequence[int], at: int) -> int:
    """Return the line where what line ``at`` opens is closed: itself where it opens nothing, or nothing closes it."""
    depth = signs = 0
    for end in range(at, min(len(opened), at + FORMULA_LINES)):
        depth += opened[end]
        signs += dollars[end]
        if depth <= 0 and signs % 2 == 0:
            return end
    return at


IMPORTER = Importer(summary="MATH's rows, with models' samples beside or without", parse=parse, detect=detect)
