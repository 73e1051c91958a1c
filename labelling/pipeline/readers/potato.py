"""Potato's ``annotated_instances.jsonl``: a radio a step, or its process-reward scheme.

The rater is ``user_id`` (or ``user``), in older versions the folder that the file lies in. Problem and steps stand in
the row or in its ``data``, else in ``displayed_text``: the problem, a blank line, then a step a line.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labelling.corpus.importers import BadLine, Line
from labelling.corpus.text import split_lines
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
from labelling.pipeline.readers.words import in_order, number_in, rating_of

_SPENT = re.compile(r"(\d+)d (\d+)h (\d+)m (\d+)s")


def parse(obj: Mapping[str, Any], _: Line, context: ReadContext) -> Iterator[Judgement]:
    labels = obj.get("label_annotations")
    if not isinstance(labels, dict):
        raise BadLine("label_annotations: expected an object")
    problem, steps = _question(obj)
    user = obj.get("user_id", obj.get("user")) or context.folder
    labeler = f"potato:{user}" if user else context.labeler
    yield judgement_of(
        Said(
            problem=problem,
            steps=steps,
            ratings=_as_judged(in_order(_rated(labels), steps)),
            labeler=labeler,
            moment=context.moment,
            identity=judgement_id(labeler, [obj.get("instance_id", obj.get("id")), problem, list(steps), labels]),
            total_time=_milliseconds(obj.get("behavioral_data")),
        )
    )


def _question(obj: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    data = obj["data"] if isinstance(obj.get("data"), dict) else obj
    if "steps" in data:
        return text_at(data, "problem", "question", "prompt", "text"), texts_at(data, "steps")
    problem, _, rest = text_at(obj, "displayed_text").strip().partition("\n\n")
    steps = split_lines(rest)
    if not steps:
        raise BadLine("displayed_text: expected the problem, a blank line, and a step a line")
    return problem, steps


def _rated(labels: Mapping[str, Any]) -> dict[int, int | None]:
    rated: dict[int, int | None] = {}
    for scheme, given in labels.items():
        step = number_in(scheme)
        if step is not None:
            rated[step] = rating_of(scheme, _chosen(scheme, given))
        else:
            rated |= dict(_rewards(scheme, given))
    return rated


def _chosen(scheme: str, given: Any) -> Any:
    """A radio's label: as text, or as ``{label: true}``."""
    if not isinstance(given, dict):
        return given
    chosen = [label for label, value in given.items() if str(value).lower() not in ("false", "", "none", "0")]
    if len(chosen) != 1:
        raise BadLine(f"{scheme}: expected one choice, found {len(chosen)}")
    return chosen[0]


def _rewards(scheme: str, given: Any) -> Iterator[tuple[int, int | None]]:
    """A process-reward scheme: a list of ratings, or of objects with ``index`` and ``value``; also as JSON text."""
    if isinstance(given, dict) and len(given) == 1:
        (given,) = given.values()
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return  # another scheme: a comment
    if isinstance(given, dict):
        given = given.get("steps", given.get("rewards"))
    for at, one in enumerate(given if isinstance(given, list) else ()):
        if isinstance(one, dict):
            value = next((one[name] for name in ("value", "reward", "rating", "label") if name in one), None)
            index = next((one[name] for name in ("index", "step", "step_index") if type(one.get(name)) is int), at)
            yield index, rating_of(f"{scheme}[{at}]", "null" if value is None else value)
        else:
            yield at, rating_of(f"{scheme}[{at}]", "null" if one is None else one)


def _as_judged(ratings: list[int | None]) -> list[int | None]:
    """Potato writes -1 on every step behind the first error, though nobody judged them."""
    if -1 not in ratings:
        return ratings
    first = ratings.index(-1)
    return ratings[: first + 1] if set(ratings[first:]) == {-1} else ratings


def _milliseconds(behaviour: Any) -> int:
    given = behaviour if isinstance(behaviour, dict) else {}
    seconds = given.get("time_spent")
    if isinstance(seconds, int | float) and 0 <= seconds < 10**9:
        return round(seconds * 1000)
    if found := _SPENT.search(str(given.get("time_string", ""))):
        days, hours, minutes, rest = map(int, found.groups())
        return min((((days * 24 + hours) * 60 + minutes) * 60 + rest) * 1000, 10**12)
    return 0


def detect(obj: Mapping[str, Any]) -> bool:
    return isinstance(obj.get("label_annotations"), dict)


READER = Reader(
    "Potato's annotated instances, a radio a step or its process-reward scheme; each user kept", parse, detect
)
