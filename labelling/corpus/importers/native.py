"""Stepmark's own JSONL: one sample a line. `docs/formats/native.md` describes every key."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from labelling.corpus.grading.extractors import DEFAULT_EXTRACTOR
from labelling.corpus.importers import checks
from labelling.corpus.importers.records import BadLine, ImportContext, Importer, SampleRecord
from labelling.corpus.text import split_lines

KEYS = frozenset(
    (
        "problem",
        "reference_answer",
        "reference_solution",
        "generator",
        "source",
        "sample_index",
        "steps",
        "text",
        "final_answer",
        "truncated",
        "alternatives",
        "scores",
        "held_out",
        "id",
        "meta",
    )
)
DEFAULT_SOURCE = "native"
_NOTHING: Mapping[str, object] = {}


def parse(line: Mapping[str, object], context: ImportContext) -> Iterator[SampleRecord]:
    """Yield the line's one sample. A key that is null counts as absent."""
    unknown = line.keys() - KEYS
    if unknown:
        raise BadLine(_unknown_key(min(unknown)))
    get = line.get
    text, steps = _text_and_steps(get("text"), get("steps"))
    meta, scores, alternatives = get("meta"), get("scores"), get("alternatives")
    held_out, truncated, number, source = get("held_out"), get("truncated"), get("id"), get("source")
    yield SampleRecord(
        problem=checks.text("problem", _required(line, "problem")),
        reference_answer=checks.optional_text("reference_answer", get("reference_answer"), limit=checks.ANSWER_LIMIT),
        reference_solution=checks.optional_text("reference_solution", get("reference_solution")),
        generator=checks.label("generator", get("generator") or context.generator or _required(line, "generator")),
        source=checks.label("source", source if source is not None else context.source or DEFAULT_SOURCE),
        sample_index=0 if get("sample_index") is None else checks.index("sample_index", line["sample_index"]),
        text=text,
        steps=steps,
        final_answer=checks.optional_text("final_answer", get("final_answer"), limit=checks.ANSWER_LIMIT),
        truncated=False if truncated is None else checks.flag("truncated", truncated),
        alternatives={} if alternatives is None else _alternatives(alternatives, len(steps)),
        scores={} if scores is None else _scores(scores, len(steps)),
        held_out=context.held_out or (held_out is not None and checks.flag("held_out", held_out)),
        external_id=None if number is None else checks.external_id("id", number),
        meta=_NOTHING if meta is None else _meta(meta),
        answers=context.answers or DEFAULT_EXTRACTOR,
    )


def detect(first: Mapping[str, object]) -> bool:
    """Say whether a line has a problem, a solution, and no key that only other formats have."""
    return "problem" in first and ("steps" in first or "text" in first or "generator" in first)


def _required(line: Mapping[str, object], name: str) -> object:
    value = line.get(name)
    if value is None:
        raise BadLine(f"{name}: expected a string, found nothing: this key is required")
    return value


def _unknown_key(name: str) -> str:
    nearest = get_close_matches(name[:100], sorted(KEYS), n=1)
    return f"{name[:100]}: unknown key" + (f"; did you mean {nearest[0]}?" if nearest else "")


def _text_and_steps(text: object, steps: object) -> tuple[str, tuple[str, ...]]:
    """Return both; each is made from the other where only one is given."""
    if text is None and steps is None:
        raise BadLine("steps: expected a list of strings (or text: a string), found neither")
    if text is None:
        given = checks.texts("steps", steps)
        return "\n".join(given), given
    whole = checks.text("text", text)
    return whole, tuple(split_lines(whole)) if steps is None else checks.texts("steps", steps)


def _alternatives(value: object, steps: int) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for key, texts in checks.mapping("alternatives", value).items():
        if texts is None:
            continue
        known = key.isascii() and key.isdigit() and len(key) <= len(str(steps)) and str(int(key)) == key
        if not known or int(key) >= steps:
            expected = f'expected a step index from "0" to "{steps - 1}" as key'
            raise BadLine(f"alternatives: {expected}, found {key[:100]!r}")
        found[int(key)] = checks.texts(f"alternatives.{key}", texts)
    return found


def _scores(value: object, steps: int) -> Mapping[str, tuple[float, ...]]:
    given = checks.mapping("scores", value)
    return {
        checks.label("scores", scorer): checks.step_scores(f"scores.{scorer[:100]}", values, steps=steps)
        for scorer, values in given.items()
        if values is not None
    }


def _meta(value: object) -> Mapping[str, object]:
    meta = checks.mapping("meta", value)
    checks.storable("meta", meta)
    return meta


IMPORTER = Importer(summary="Stepmark's own JSONL, one sample a line", parse=parse, detect=detect)
