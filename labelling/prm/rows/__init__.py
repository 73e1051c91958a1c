"""Labelled files, row by row. To read another kind: a file here, a line in KINDS, a row in tests/prm/test_rows.py."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.prm.rows import best_of_n, orm, prm800k, processbench, trl
from labelling.prm.rows.base import BadRow, Kind, Labelled

KINDS: Final[tuple[Kind, ...]] = (
    Kind("prm800k", prm800k.KEYS, prm800k.labelled),
    Kind("trl", trl.KEYS, trl.labelled),
    Kind("processbench", processbench.KEYS, processbench.labelled),
    Kind("best-of-n", best_of_n.KEYS, best_of_n.labelled),
    Kind("orm", orm.KEYS, orm.labelled),
)


def row_read(row: Mapping[str, Any], *, neutral: str) -> tuple[str, Labelled]:
    """A row's kind, told by its keys, and what it says. ``neutral``: what a rating of 0 counts as. Raises BadRow."""
    for kind in KINDS:
        if row.keys() >= kind.keys:
            return kind.name, kind.read(row, neutral=neutral)
    known = "; ".join(f"{kind.name} ({', '.join(sorted(kind.keys))})" for kind in KINDS)
    raise BadRow(f"no kind of row that is known here, by its keys; known are: {known}")


__all__ = ["KINDS", "BadRow", "Kind", "Labelled", "row_read"]
