"""Solutions to score: of the real pool where it is at hand, else made up with lengths like its."""

import gzip
import json
import math
import random
from itertools import islice
from pathlib import Path

from benchmarks.kit import SHARED

Solution = tuple[str, tuple[str, ...]]
POOL = SHARED / "best_of_32" / "gsm8k_bon32.jsonl.gz"
_MEDIAN, _SPREAD = 70, 0.45  # words of a solution of the real pool, roughly log-normal
_NUMBERS = 0.3  # of the words
WORDS = ["She", "has", "so", "we", "add", "the", "eggs", "and", "get", "per", "day", "of", "them", "each", "costs"]


def solutions(problems: int, samples: int, *, pool: Path = POOL) -> tuple[list[Solution], str]:
    """So many problems, evenly out of the pool, with so many samples each; and where they are from."""
    if pool.is_file():
        with gzip.open(pool, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        rows = rows[:: max(1, len(rows) // problems)][:problems]
        return [_real(row, candidate) for row in rows for candidate in row["candidates"][:samples]], "real pool"
    random_ = random.Random(0)  # noqa: S311  no secret
    made = ((_text(random_, 45), number) for number in range(problems))
    return [(problem, _steps(random_)) for problem, _ in islice(made, problems) for _ in range(samples)], "generated"


def _real(row: dict[str, object], candidate: dict[str, list[str]]) -> Solution:
    return str(row["question"]), tuple(candidate["steps"])


def _steps(random_: random.Random) -> tuple[str, ...]:
    words = max(8, round(math.exp(random_.gauss(math.log(_MEDIAN), _SPREAD))))
    count = random_.randint(2, 7)
    return tuple(_text(random_, max(2, words // count)) for _ in range(count))


def _text(random_: random.Random, words: int) -> str:
    return " ".join(
        str(random_.randint(2, 900)) if random_.random() < _NUMBERS else random_.choice(WORDS) for _ in range(words)
    )
