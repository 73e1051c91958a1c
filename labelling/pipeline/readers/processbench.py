"""ProcessBench's rows: whole solutions with the index of their first error. They name no rater."""

from collections.abc import Iterator, Mapping
from typing import Any

from labelling.corpus.importers import BadLine, Line
from labelling.pipeline.readers.base import (
    Judgement,
    ReadContext,
    Reader,
    Said,
    judgement_id,
    judgement_of,
    text_at,
    texts_at,
)


def parse(obj: Mapping[str, Any], _: Line, context: ReadContext) -> Iterator[Judgement]:
    steps, label, is_right = texts_at(obj, "steps"), obj.get("label"), obj.get("final_answer_correct")
    if type(label) is not int or not -1 <= label < len(steps):
        raise BadLine(f"label: expected -1 or the index of one of {len(steps)} steps")
    if is_right is not None and not isinstance(is_right, bool):
        raise BadLine("final_answer_correct: expected true or false")
    yield judgement_of(
        Said(
            problem=text_at(obj, "problem"),
            steps=steps,
            ratings=[1] * len(steps) if label == -1 else [1] * label + [-1],
            labeler=context.labeler,
            moment=context.moment,
            identity=judgement_id(context.labeler, obj),
            generator=text_at(obj, "generator")[:128] if "generator" in obj else None,
            external_id=str(obj["id"])[:200] if isinstance(obj.get("id"), str | int) else None,
            is_right=is_right,
        )
    )


def detect(obj: Mapping[str, Any]) -> bool:
    return {"problem", "steps", "label"} <= obj.keys()


READER = Reader("ProcessBench's rows: id, generator, problem, steps, final_answer_correct, label", parse, detect)
