"""PRM800K rows. Shape: PRM800K's README, "Data format"; what training needs is checked here."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from labelling.prm.embedded.examples import Example
from labelling.prm.rows.base import BadRow, Labelled, storable

KEYS: Final = frozenset(("question",))
LEFT_OUT: Final = {
    "is_quality_control_question": "quality control",
    "is_initial_screening_question": "screening",
    "bad_problem": "bad problem",
    "give_up": "given up",
}


def labelled(row: Mapping[str, Any], *, neutral: str) -> Labelled:
    """Read a row. ``neutral``: what a rating of 0 counts as. Null ratings are no label. Raises BadRow.

    Each rated candidate is an example behind the candidates that were chosen before it.
    """
    question, label = _object(row, "question"), _object(row, "label")
    problem, steps = _text(question, "question.problem"), label.get("steps")
    if not isinstance(steps, list):
        raise BadRow("label.steps: must be a list")
    examples = tuple(_examples(problem, steps, 0 if neutral == "positive" else 1))
    return Labelled(problem, examples, _left_out(row, label))


def _left_out(row: Mapping[str, Any], label: Mapping[str, Any]) -> str | None:
    flags = [why for key, why in LEFT_OUT.items() if row.get(key) is True]
    return flags[0] if flags else LEFT_OUT.get(str(label.get("finish_reason")))


def _object(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = row.get(key)
    if not isinstance(value, dict):
        raise BadRow(f"{key}: must be an object; is this a PRM800K row?")
    return value


def _text(part: Any, where: str) -> str:
    value = part.get(where.rpartition(".")[2]) if isinstance(part, dict) else None
    if not isinstance(value, str):
        raise BadRow(f"{where}: must be a text")
    return storable(value, where)


def _examples(problem: str, steps: list[Any], least: int) -> Iterator[Example]:
    before: tuple[str, ...] = ()
    for at, step in enumerate(steps):
        where = f"label.steps[{at}]"
        candidates = _candidates(step, where)
        for text, rating in candidates:
            if rating is not None:
                yield Example(problem, before, text, float(rating >= least))
        taken = _taken(step, candidates, where)
        if taken is None:
            return
        before = (*before, taken)


def _candidates(step: Any, where: str) -> list[tuple[str, int | None]]:
    if not isinstance(step, dict):
        raise BadRow(f"{where}: must be an object")
    completions = step.get("completions") or []
    if not isinstance(completions, list):
        raise BadRow(f"{where}.completions: must be a list or null")
    return [_candidate(one, f"{where}.completions[{at}]") for at, one in enumerate(completions)]


def _candidate(one: Any, where: str) -> tuple[str, int | None]:
    text, rating = _text(one, f"{where}.text"), one.get("rating")
    if rating is not None and (isinstance(rating, bool) or rating not in (-1, 0, 1)):
        raise BadRow(f"{where}.rating: must be -1, 0, 1 or null, not {rating!r}")
    return text, rating


def _taken(step: Mapping[str, Any], candidates: list[tuple[str, int | None]], where: str) -> str | None:
    """The text that the next step follows; None where the row doesn't go on from here."""
    chosen, human = step.get("chosen_completion"), step.get("human_completion")
    if human is not None:
        mine = f"{where}.human_completion"
        return storable(human, mine) if isinstance(human, str) else _text(human, f"{mine}.text")
    if chosen is None:
        return None
    if isinstance(chosen, bool) or not isinstance(chosen, int) or not 0 <= chosen < len(candidates):
        raise BadRow(f"{where}.chosen_completion: must be the index of a candidate, not {chosen!r}")
    return candidates[chosen][0]
