"""Best-of-N rows: ``problem``, ``steps`` and ``is_correct``, the verdict on the final answer. No step is labelled."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.prm.rows.base import Labelled, Verdict, text, texts, truth

KEYS: Final = frozenset(("problem", "steps", "is_correct"))


def labelled(row: Mapping[str, Any], *, neutral: str) -> Labelled:  # noqa: ARG001  a kind's form
    """Read a row. Raises BadRow."""
    verdict = Verdict(texts(row, "steps"), is_right=truth(row, "is_correct"))
    return Labelled(text(row, "problem"), (), verdict=verdict)
