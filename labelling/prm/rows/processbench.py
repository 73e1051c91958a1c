"""ProcessBench's rows: ``problem``, ``steps``, ``label`` (0-based first error, -1 for none)."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.prm.rows.base import BadRow, Labelled, Verdict, path_examples, text, texts

KEYS: Final = frozenset(("problem", "steps", "label"))


def labelled(row: Mapping[str, Any], *, neutral: str) -> Labelled:  # noqa: ARG001  a kind's form
    """Read a row: steps before the first error are right, those behind it are not judged. Raises BadRow."""
    problem, steps, label = text(row, "problem"), texts(row, "steps"), row["label"]
    if not steps:
        raise BadRow("steps: must be one at least")
    if isinstance(label, bool) or not isinstance(label, int) or not -1 <= label < len(steps):
        raise BadRow(f"label: must be the index of a step, or -1, not {label!r}")
    first_error = None if label < 0 else label
    labels = [True] * len(steps) if first_error is None else [*([True] * label), False]
    right = row.get("final_answer_correct")
    verdict = Verdict(steps, first_error, is_searched=True, is_right=right if isinstance(right, bool) else None)
    return Labelled(problem, path_examples(problem, steps, labels), verdict=verdict)
