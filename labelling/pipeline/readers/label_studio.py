"""Label Studio's JSON export of per-step choices. Shape: Label Studio's documentation, "Task format".

A task's ``data`` holds ``problem`` (or ``question``, ``prompt``, ``text``) and ``steps``, a list of texts or of objects
with a ``text``. Each step has a ``Choices`` control whose name ends with its number, as a ``Repeater`` makes them
(``step_{{idx}}``).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from labelling.corpus.importers import BadLine, Line
from labelling.pipeline.readers.base import (
    Judgement,
    Ratings,
    ReadContext,
    Reader,
    Said,
    judgement_id,
    judgement_of,
    text_at,
    texts_at,
)
from labelling.pipeline.readers.words import in_order, number_in, rating_of


def parse(obj: Mapping[str, Any], _: Line, context: ReadContext) -> Iterator[Judgement]:
    data, annotations = obj.get("data"), obj.get("annotations")
    if not isinstance(data, dict):
        raise BadLine("data: expected an object")
    if not isinstance(annotations, list) or not annotations:
        raise BadLine("annotations: expected at least one")
    for at, given in enumerate(annotations):
        if not isinstance(given, dict):
            raise BadLine(f"annotations[{at}]: expected an object")
    counted = [(at, given) for at, given in enumerate(annotations) if not given.get("was_cancelled")]
    rated = {at: _rated(given.get("result"), f"annotations[{at}]") for at, given in counted}
    from_zero = any(0 in one for one in rated.values())
    for at, given in counted:
        ratings = in_order(rated[at], texts_at(data, "steps"), from_zero=from_zero)
        yield _judgement(obj, data, given, ratings, context)


def _judgement(
    task: Mapping[str, Any], data: Mapping[str, Any], given: Mapping[str, Any], ratings: Ratings, context: ReadContext
) -> Judgement:
    steps, labeler = texts_at(data, "steps"), _rater(given.get("completed_by"), context)
    answer = data.get("reference_answer")
    return judgement_of(
        Said(
            problem=text_at(data, "problem", "question", "prompt", "text"),
            steps=steps,
            ratings=ratings,
            labeler=labeler,
            moment=_moment(given.get("created_at"), context),
            # The same annotation, exported once more, may bear other counters.
            identity=judgement_id(labeler, [task.get("id"), given.get("id"), data, given.get("result")]),
            reference_answer=answer if isinstance(answer, str) else None,
            total_time=_milliseconds(given.get("lead_time")),
        )
    )


def _rated(result: Any, where: str) -> dict[int, int | None]:
    rated: dict[int, int | None] = {}
    for one in result if isinstance(result, list) else ():
        value = one.get("value") if isinstance(one, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        step = number_in(str(one.get("from_name", ""))) if choices is not None else None
        if step is None:
            continue  # some other control: a comment, a rating of the whole
        if not isinstance(choices, list) or len(choices) != 1:
            raise BadLine(f"{where}: expected one choice for {one['from_name']}")
        rated[step] = rating_of(f"{where}, {one['from_name']}", choices[0])
    return rated


def _rater(given: Any, context: ReadContext) -> str:
    if isinstance(given, dict):
        given = given.get("email") or given.get("username") or given.get("id")
    return f"label-studio:{given}" if isinstance(given, str | int) else context.labeler


def _moment(given: Any, context: ReadContext) -> datetime:
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        return context.moment
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _milliseconds(seconds: Any) -> int:
    return round(seconds * 1000) if isinstance(seconds, int | float) and 0 <= seconds < 10**9 else 0


def detect(obj: Mapping[str, Any]) -> bool:
    return isinstance(obj.get("data"), dict) and isinstance(obj.get("annotations"), list)


READER = Reader("Label Studio's JSON export, a choice a step; each annotator kept", parse, detect)
