"""A figure with its 95 % interval, by bootstrap over whole problems: what is said of one problem hangs together."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.embedded.metrics import bootstrap

Floats = NDArray[np.float64]
DRAWS: Final = 500
DIGITS: Final = 4


def figure(
    problems: Sequence[str] | NDArray[np.int64], of: Callable[[NDArray[np.int64]], float], *, seed: int
) -> dict[str, float | None]:
    """``of(rows)`` over all rows, and its interval; None where it can't be told, such as an AUC of one class."""
    value = of(np.arange(len(problems)))
    if np.isnan(value):
        return {"value": None, "low": None, "high": None}
    if len(set(problems)) == 1:  # drawn again and again it is always the same, which says nothing of others
        return {"value": _rounded(value), "low": None, "high": None}
    low, high = bootstrap(problems, of, seed=seed, draws=DRAWS)
    return {name: _rounded(one) for name, one in (("value", value), ("low", low), ("high", high))}


def curve(values: Sequence[Sequence[float]], *, seed: int) -> dict[str, list[float | None]]:
    """Means over problems (a row each) by column, with intervals."""
    table = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(table), np.full(len(table), 1 / len(table)), size=DRAWS) @ table / len(table)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0) if len(table) > 1 else np.full((2, table.shape[1]), np.nan)
    return {
        name: [_rounded(one) for one in row]
        for name, row in (("value", table.mean(axis=0)), ("low", low), ("high", high))
    }


def _rounded(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)
