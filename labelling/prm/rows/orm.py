"""Outcome rows as TRL's unpaired preference: ``prompt``, ``completion`` (a line a step), ``label`` of the whole."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.prm.rows.base import BadRow, Labelled, Verdict, text, truth

KEYS: Final = frozenset(("prompt", "completion", "label"))


def labelled(row: Mapping[str, Any], *, neutral: str) -> Labelled:  # noqa: ARG001  a kind's form
    """Read a row. Raises BadRow."""
    steps = tuple(line for line in text(row, "completion").split("\n") if line.strip())
    if not steps:
        raise BadRow("completion: must have a line that is not blank")
    return Labelled(text(row, "prompt"), (), verdict=Verdict(steps, is_right=truth(row, "label")))
