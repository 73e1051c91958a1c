"""TRL's stepwise rows: prompt, completions, labels (true or false). They name no rater; true reads as a rating of 1."""

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
    steps, labels = texts_at(obj, "completions"), obj.get("labels")
    if not isinstance(labels, list) or not all(isinstance(one, bool) for one in labels):
        raise BadLine("labels: expected a list of true and false")
    if len(labels) != len(steps):
        raise BadLine(f"labels: are {len(labels)}, but there are {len(steps)} completions")
    yield judgement_of(
        Said(
            problem=text_at(obj, "prompt"),
            steps=steps,
            ratings=[1 if label else -1 for label in labels],
            labeler=context.labeler,
            moment=context.moment,
            identity=judgement_id(context.labeler, obj),
        )
    )


def detect(obj: Mapping[str, Any]) -> bool:
    return {"prompt", "completions", "labels"} <= obj.keys()


READER = Reader("TRL's stepwise rows: prompt, completions, labels", parse, detect)
