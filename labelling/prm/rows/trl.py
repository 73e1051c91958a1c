"""TRL's stepwise rows: ``prompt``, ``completions``, ``labels``. What a neutral rating counts as was settled before."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.prm.rows.base import BadRow, Labelled, path_examples, text, texts

KEYS: Final = frozenset(("prompt", "completions", "labels"))


def labelled(row: Mapping[str, Any], *, neutral: str) -> Labelled:  # noqa: ARG001  a kind's form
    """Read a row. Raises BadRow."""
    problem, steps, labels = text(row, "prompt"), texts(row, "completions"), row["labels"]
    if not isinstance(labels, list) or not all(isinstance(one, bool) for one in labels):
        raise BadRow("labels: must be a list of true or false")
    if len(labels) != len(steps):
        raise BadRow(f"labels: are {len(labels)}, but there are {len(steps)} completions")
    return Labelled(problem, path_examples(problem, steps, labels))
