"""Which waiting solutions a worker takes next, so that any number of workers score one pool and no text twice.

The ids are cut into blocks; who works on one holds an advisory lock on it, per model version, which a kill lets go.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from labelling.jobs.locks import keys_held
from labelling.prm.backends import ScoringItem
from labelling.prm.models import ModelVersion

BLOCK: Final = 64  # ids; in a small campaign of a large pool few of them are the campaign's
MOST_BLOCKS: Final = 64  # at once: PostgreSQL's table of locks has room for thousands
ALL: Final = 2**62  # above every id
LOOK_AGAIN: Final = 0.5  # seconds, where others have all that is left in hand


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be scored. ``scorer`` None: no recorded scores are needed; ``campaign`` None: the whole pool."""

    version: ModelVersion
    scorer: str | None = None
    campaign: str | None = None

    def params(self, **more: Any) -> dict[str, Any]:
        return {"version": self.version.pk, "scorer": self.scorer, "campaign": self.campaign, **more}


@dataclass(frozen=True, slots=True)
class Unscored:
    """A solution that waits for its score."""

    solution_id: int
    problem_id: int
    item: ScoringItem


IN_POOL = """(%(campaign)s::text IS NULL
       OR s.problem_id IN (SELECT problem_id FROM corpus_poolentry WHERE campaign = %(campaign)s))"""

_RECORDED = "LEFT JOIN corpus_recordedscore r ON r.solution_id = s.id AND r.scorer = %(scorer)s"

# The bounds say again what the ids are: else the version's scores are read from the first one on, for each chunk.
_WAITS = f"""
      (%(scorer)s::text IS NULL OR r.id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM prm_score c WHERE c.solution_id = s.id AND c.version_id = %(version)s
                  AND c.solution_id > %(after)s AND c.solution_id <= %(until)s)
  AND {IN_POOL}
"""

_NEXT = f"""
SELECT s.id FROM corpus_solution s {_RECORDED}
WHERE s.id > %(after)s AND s.id <= %(until)s AND {_WAITS} ORDER BY s.id LIMIT %(size)s
"""

_OF_BLOCKS = f"""
SELECT s.id FROM unnest(%(blocks)s::bigint[]) AS block
JOIN corpus_solution s ON s.id >= block * {BLOCK} AND s.id < (block + 1) * {BLOCK} {_RECORDED}
WHERE {_WAITS} ORDER BY s.id
"""

_TEXTS = f"""
SELECT s.id, s.problem_id, p.text, s.steps, r.step_scores
FROM corpus_solution s JOIN corpus_problem p ON p.id = s.problem_id {_RECORDED}
WHERE s.id = ANY(%(ids)s) AND {_WAITS} ORDER BY s.id
"""


def chunks_claimed(scope: Scope, *, size: int, stay: bool) -> Generator[list[Unscored]]:
    """Waiting solutions by id, about ``size`` at a time, nobody else's: one chunk is let go when the next is asked for.

    ``stay``: look after what others have in hand at the end, and take over what they leave; [] is yielded meanwhile.
    Close the iterator (``contextlib.closing``), so that the last chunk is let go.
    """
    others: set[int] = set()
    after = 0
    while ids := _found(_NEXT, scope.params(after=after, until=ALL, size=size)):
        ids = _whole_blocks(ids, cut=len(ids) == size)
        yield from _claimed(scope, ids, others)
        after = ids[-1]
    while stay and others:
        yield []
        time.sleep(LOOK_AGAIN)
        blocks, others = sorted(others), set()
        for at in range(0, len(blocks), MOST_BLOCKS):
            some = blocks[at : at + MOST_BLOCKS]
            bounds = {"after": some[0] * BLOCK - 1, "until": (some[-1] + 1) * BLOCK}
            ids = _found(_OF_BLOCKS, scope.params(blocks=some, **bounds))
            for start in range(0, len(ids), size):
                yield from _claimed(scope, ids[start : start + size], others)


def _claimed(scope: Scope, ids: Sequence[int], others: set[int]) -> Iterator[list[Unscored]]:
    """The solutions among ``ids`` that could be had, if any; the blocks of the rest are added to ``others``."""
    keys = {(scope.version.pk << 32) + block: block for block in sorted({_block(one) for one in ids})}
    with keys_held(list(keys)) as held:
        mine = {keys[key] for key in held}
        others |= set(keys.values()) - mine
        chunk = _texts(scope, [one for one in ids if _block(one) in mine])
        if chunk:
            yield chunk


def _block(solution_id: int) -> int:
    return solution_id // BLOCK


def _whole_blocks(ids: list[int], *, cut: bool) -> list[int]:
    """Without the last block, where there are others and the size has ``cut`` it, nor those too many to lock."""
    blocks = sorted({_block(one) for one in ids})
    count = min(len(blocks) - cut, MOST_BLOCKS) or 1
    return [one for one in ids if _block(one) <= blocks[count - 1]]


def _found(query: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return [row[0] for row in cursor.fetchall()]


def _texts(scope: Scope, ids: Sequence[int]) -> list[Unscored]:
    """Read behind the locks: whoever had a block before has stored what they made."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, scope.params(ids=list(ids), after=ids[0] - 1, until=ids[-1]))
        return [
            Unscored(row[0], row[1], ScoringItem(row[2], tuple(row[3]), None if row[4] is None else tuple(row[4])))
            for row in cursor.fetchall()
        ]
