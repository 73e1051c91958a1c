"""Taking items out of a queue that should not be labelled any more. What a rater holds or has judged stays."""

from collections.abc import Sequence

from django.db import connection

REASON_LIMIT = 200  # characters, as the column has

# Two ways to be out of place: queued as wrong and wrong no longer, or of a problem that a person has left out.
# A claim that comes between locks the row first; the conditions on the counts are then looked at again.
WITHDRAW_SQL = """
UPDATE rounds_item AS item SET state = 'withdrawn', state_reason = %(reason)s
FROM corpus_solution AS solution JOIN corpus_problem AS problem ON problem.id = solution.problem_id
WHERE solution.id = item.solution_id AND {these}
  AND item.state = 'queued' AND item.held = 0 AND item.completed = 0
  AND (problem.left_out OR (item.verdict = 'wrong' AND solution.verdict IS DISTINCT FROM 'wrong'))
"""

# Found by the index of what can be claimed, which closed rounds have little in.
UNTOUCHED_SQL = """
UPDATE rounds_item item SET state = 'withdrawn', state_reason = %(reason)s
FROM rounds_round round
WHERE round.state = 'closed' AND item.round_id = round.id AND item.campaign_id = round.campaign_id
  AND item.state = 'queued' AND item.kind = 'normal' AND item.overlap > item.held + item.completed
  AND item.held = 0 AND item.completed = 0
"""
ROUND_CLOSED = "The round was closed."


def items_withdraw_untouched() -> int:
    """Withdraw what came back to closed rounds with no answer (a lease that ran out, a skip): others may queue it."""
    with connection.cursor() as cursor:
        cursor.execute(UNTOUCHED_SQL, {"reason": ROUND_CLOSED})
        return int(cursor.rowcount)


def items_withdraw(*, problem_id: int, reason: str) -> int:
    """Withdraw the problem's unleased items that are no longer wrong, or all of them where it is left out."""
    return _withdraw("problem.id = %(problem)s", {"problem": problem_id}, reason)


def items_withdraw_unfit(*, item_ids: Sequence[int], reason: str) -> int:
    """The same for certain items: those that come back to the queue may have gone out of place meanwhile."""
    return _withdraw("item.id = ANY(%(items)s) AND item.kind = 'normal'", {"items": list(item_ids)}, reason)


def _withdraw(these: str, params: dict[str, int | list[int]], reason: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW_SQL.format(these=these), {**params, "reason": reason[:REASON_LIMIT]})
        return int(cursor.rowcount)
