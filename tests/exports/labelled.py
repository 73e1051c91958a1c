"""Labelled solutions of every kind that a format may meet, as values."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exports.formats import FORMATS, Case, Choices, DataRow, Format, Note, ScoredSample
from tests.factories import STEPS, annotation_row

ODD = 'Say "$\\frac{1}{2}$" </script><!-- \u2028\u2029 \u0085 \x0b 🧮 é e\u0301 日本語 \x7f \t \\n\r\n'


def row(**changes: Any) -> dict[str, Any]:
    return annotation_row(labeler="r-1", **changes)


def with_candidates(step: int, *ratings: int | None, **changes: Any) -> dict[str, Any]:
    """A row whose step has further candidates with these ratings."""
    made = row(**changes)
    made["label"]["steps"][step]["completions"] += [
        {"text": f"Another way, number {at}.", "rating": rating, "flagged": False} for at, rating in enumerate(ratings)
    ]
    return made


def with_own_text(**human: Any) -> dict[str, Any]:
    """A row of phase 1: no solution at first, and the rater's own step at the end."""
    made = with_candidates(1, -1, ratings=(1, -1), finish_reason="solution")
    made["question"]["pre_generated_steps"] = None
    made["label"]["steps"][1] |= {"human_completion": {"text": "Mine.", **human}, "chosen_completion": None}
    return made


ROWS: Mapping[str, dict[str, Any]] = {
    "plain": row(),
    "right": row(ratings=(1, 1, 1), finish_reason="solution"),
    "neutral": row(ratings=(0, 1, 0), finish_reason="solution"),
    "flagged only": row(ratings=(1, None, -1)),
    "given up": row(ratings=(), finish_reason="give_up"),
    "odd characters": row(problem=ODD, steps=[ODD, "b", "c"]),
    "imported": row() | {"generation": -1, "is_initial_screening_question": True},
    "alternatives": with_candidates(2, 1, 0, -1, None),
    "past the error": row(ratings=(1, -1, 1)),
    "own text": with_own_text(rating=None),
}


def case(of: Mapping[str, Any] | str, **changes: Any) -> Case:
    made = ROWS[of] if isinstance(of, str) else of
    judged = [(step["completions"] or [{"rating": None}])[0]["rating"] for step in made["label"]["steps"]]
    known: dict[str, Any] = {
        "first_error": judged.index(-1) if -1 in judged and made["label"]["finish_reason"] == "found_error" else None,
        "verdict": "wrong",
        "notes": {2: Note("It is 8.", "counterfactual")},
    }
    return Case(json.dumps(made, ensure_ascii=False).encode(), **(known | changes))


SAMPLE = ScoredSample(ODD, [ODD, *STEPS], "9", "wrong", 1e-05, None)


def choices(writer: Format, **given: str | None) -> Choices:
    """All choices made: the default, else the first value, else any text."""
    made = {one.name: one.default or next(iter(one.values), "some-model") for one in writer.options}
    return made | {name.replace("_", "-"): value for name, value in given.items()}


def converted(name: str, of: Mapping[str, Any] | str, **given: str | None) -> Sequence[DataRow]:
    writer = FORMATS[name]
    return writer.converter(choices(writer, **given))(case(of))
