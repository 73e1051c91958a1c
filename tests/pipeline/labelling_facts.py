"""What the database says of a campaign, asked in plain SQL: for the state machine to compare with."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from labelling.people.models import User
from labelling.rating.models import Outbox, Standing
from labelling.rating.selectors import annotations_current
from labelling.rounds.models import Campaign, Item, Round
from tests.rating.work import judgement


@dataclass(frozen=True)
class Before:
    """What a rater had before a claim. ``ran_out``: leases of the round that they get again before anything else."""

    held: list[UUID]
    begun: set[UUID]
    ran_out: list[UUID]


class Gone(Exception):
    """Stands for a process that dies before it commits."""


def body_of(answer: int | str | None) -> dict[str, Any]:
    return judgement(finish_reason=answer) if isinstance(answer, str) else judgement(answer)


LET_RUN_OUT = """
UPDATE rating_assignment SET expires_at = now() - interval '1 second'
WHERE campaign_id = %(campaign)s AND rater_id = %(rater)s AND state = 'leased'
"""

COUNTS = """
SELECT i.id, i.held, i.completed, i.overlap FROM rounds_item i LEFT JOIN rating_assignment a ON a.item_id = i.id
WHERE i.campaign_id = %(campaign)s
GROUP BY i.id
HAVING i.held <> count(a.id) FILTER (WHERE a.state = 'leased')
    OR i.completed <> count(a.id) FILTER (WHERE a.state = 'completed')
    OR i.held + i.completed > i.overlap
"""

DOUBLES = """
SELECT a.rater_id, NULL FROM rating_assignment a JOIN rounds_campaign c ON c.id = a.campaign_id
WHERE c.id = %(campaign)s AND a.state = 'leased'
GROUP BY a.rater_id, c.lease_ahead HAVING count(*) > 1 + c.lease_ahead
UNION ALL
SELECT rater_id, solution_id FROM rating_assignment WHERE campaign_id = %(campaign)s
GROUP BY rater_id, solution_id HAVING count(*) > 1
"""

LEFT_BEHIND = """
SELECT i.id FROM rounds_item i JOIN rounds_round r ON r.id = i.round_id AND r.state = 'closed'
WHERE i.campaign_id = %(campaign)s AND i.kind = 'normal' AND i.state = 'queued' AND i.held = 0 AND i.completed = 0
"""

# Voids are told by their rows here, and by the lease's state: the two must say the same.
ANNOTATIONS = """
SELECT a.id, a.state, count(n.id) AS versions,
       count(n.id) FILTER (WHERE NOT EXISTS (SELECT FROM rating_annotation m WHERE m.replaces_id = n.id)) AS newest,
       count(n.id) FILTER (WHERE EXISTS (
           SELECT FROM rating_voidedannotation v WHERE v.annotation_id = n.id AND NOT v.restored)) AS voided
FROM rating_assignment a LEFT JOIN rating_annotation n ON n.assignment_id = a.id
WHERE a.campaign_id = %(campaign)s
GROUP BY a.id
"""

STANDINGS = """
SELECT s.rater_id, s.gold_seen, s.gold_right, s.day_count, c.golds, c.rights, c.submits
FROM rating_standing s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE gold_right IS NOT NULL) AS golds, count(*) FILTER (WHERE gold_right) AS rights,
           count(*) AS submits
    FROM rating_annotation WHERE rater_id = s.rater_id AND campaign_id = s.campaign_id AND version = 1) c
WHERE s.campaign_id = %(campaign)s
  AND (s.gold_seen <> c.golds OR s.gold_right <> c.rights OR s.day_count <> c.submits)
"""

FREE = """
SELECT i.id FROM rounds_item i
WHERE i.round_id = %(round)s AND i.kind = 'normal' AND i.state = 'queued' AND i.held + i.completed < i.overlap
  AND NOT EXISTS (SELECT FROM rating_assignment a WHERE a.rater_id = %(rater)s AND a.campaign_id = i.campaign_id
                  AND a.solution_id = i.solution_id AND a.state <> 'expired')
"""


def _rows(query: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


def let_run_out(campaign: Campaign, rater: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LET_RUN_OUT, {"campaign": campaign.pk, "rater": rater.pk})


def resume(standing: Standing) -> None:
    standing.paused_at, standing.pause_reason = None, ""
    standing.gold_from, standing.gold_right_from = standing.gold_seen, standing.gold_right
    standing.save(update_fields=["paused_at", "pause_reason", "gold_from", "gold_right_from"])


def free_items(opened: Round, rater: User) -> list[tuple[Any, ...]]:
    """Normal items of the round that the rater could be given."""
    return _rows(FREE, round=opened.pk, rater=rater.pk)


def counts_that_are_wrong(campaign: Campaign) -> list[tuple[Any, ...]]:
    return _rows(COUNTS, campaign=campaign.pk)


def doubles(campaign: Campaign) -> list[tuple[Any, ...]]:
    return _rows(DOUBLES, campaign=campaign.pk)


def left_behind(campaign: Campaign) -> list[tuple[Any, ...]]:
    """Normal items of closed rounds, queued although nobody holds or has judged them: no later round could pick them.

    Golds are no matter: each round brings its own items for all of them.
    """
    return _rows(LEFT_BEHIND, campaign=campaign.pk)


def standings_that_are_wrong(campaign: Campaign) -> list[tuple[Any, ...]]:
    return _rows(STANDINGS, campaign=campaign.pk)


def leases_without_their_annotation(campaign: Campaign) -> list[tuple[Any, ...]]:
    """(lease, state, versions, newest ones, voided ones) where these do not fit together."""
    expected = {"completed": (1, 0), "late": (1, 0), "voided": (1, 1)}
    return [row for row in _rows(ANNOTATIONS, campaign=campaign.pk) if row[3:] != expected.get(row[1], (0, 0))]


def current_of(campaign: Campaign, rater: User, of_round: Round | None) -> set[int]:
    found = annotations_current().filter(campaign=campaign, rater=rater)
    return set((found if of_round is None else found.filter(round=of_round)).values_list("pk", flat=True))


def undrained(campaign: Campaign) -> int:
    return Outbox.objects.filter(item__campaign=campaign, drained_at=None).count()


def _agreed(item: Item, agree: int) -> bool:
    """Worked out here once more, from the rows."""
    counted = annotations_current().filter(item=item, assignment__state="completed").exclude(finish_reason="give_up")
    return max(Counter(counted.values_list("first_error", flat=True)).values(), default=0) >= agree


def unsettled(campaign: Campaign) -> list[tuple[Any, ...]]:
    """Items of an open round of an adaptive campaign that do not stand as a drained outbox should leave them."""
    if campaign.overlap_most is None:
        return []
    wrong = []
    for item in Item.objects.filter(round__state="open", campaign=campaign, kind="normal").exclude(state="withdrawn"):
        agreed = _agreed(item, campaign.agree) and item.completed >= campaign.overlap
        is_full = item.completed >= item.overlap
        expected = "done" if agreed else "dropped" if is_full else "queued"
        is_most = item.overlap == campaign.overlap_most
        if item.state != expected or (expected == "dropped" and not is_most) or item.overlap > campaign.overlap_most:
            wrong.append((item.pk, item.state, expected, item.completed, item.overlap))
    return wrong


def states_that_are_wrong(campaign: Campaign) -> list[tuple[Any, ...]]:
    """Items of the open round that are done without being full, or the other way round, while nobody is told of it."""
    told = set(Outbox.objects.filter(item__campaign=campaign, drained_at=None).values_list("item", flat=True))
    wrong = []
    for item in Item.objects.filter(
        round__state="open", campaign=campaign, kind="normal", state__in=("queued", "done")
    ):
        fits = (item.state == "done") == (item.completed >= item.overlap)
        if campaign.overlap_most is not None:
            fits = item.pk in told or (item.state == "done") == (
                item.completed >= campaign.overlap and _agreed(item, campaign.agree)
            )
        if not fits:
            wrong.append((item.pk, item.state, item.held, item.completed, item.overlap))
    return wrong
