"""Closed rounds and finished items for judgements that were made elsewhere: one round a generation."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from labelling.corpus.models import VerdictValue
from labelling.jobs.copy import array_literal, array_literals, copy_rows, reserve_ids
from labelling.pipeline.readback.batches import Entry
from labelling.pipeline.readback.outcome import Terms
from labelling.rounds.models import IMPORTED, Item, ItemState, Round, RoundState

VERSION = 1  # of the strategy that none was


class Place(NamedTuple):
    """What an item is found by."""

    solution: int
    kind: str


class Imported(NamedTuple):
    """An item; ``ours``: the campaign's own raters judge it."""

    id: int
    ours: bool


ITEMS_SQL = """
SELECT solution_id, kind, id, strategy FROM rounds_item
WHERE campaign_id = %s AND solution_id = ANY(%s::bigint[]) AND (state <> 'withdrawn' OR strategy = %s)
ORDER BY strategy <> %s
"""
MORE_SQL = """
UPDATE rounds_item AS item SET completed = completed + more.count, overlap = overlap + more.count,
    state = 'done', state_reason = ''  -- also where a void had withdrawn it
FROM (SELECT * FROM unnest(%s::bigint[], %s::integer[]) AS new (id, count) ORDER BY id) AS more
WHERE item.id = more.id
"""


def number_of(entry: Entry) -> int | None:
    """The round that a judgement is of; None in screening, which belongs to none. Without a generation: 0."""
    judged = entry.judgement
    return None if judged.kind == "screening" else judged.generation or 0


def rounds_get_or_create(numbers: Iterable[int], terms: Terms) -> tuple[dict[int, int | None], int]:
    """Ids by number, None where the round is the campaign's own; and how many were made."""
    wanted = set(numbers)
    known = {one.number: one for one in Round.objects.filter(campaign=terms.campaign, number__in=wanted)}
    new = [
        Round(
            campaign=terms.campaign,
            number=number,
            state=RoundState.CLOSED,
            strategy=IMPORTED,
            strategy_version=VERSION,
            model_version_id=terms.model_version_id,
            closed_at=terms.moment,
        )
        for number in sorted(wanted - known.keys())
    ]
    known |= {one.number: one for one in Round.objects.bulk_create(new)}
    ids = {number: one.pk if one.strategy == IMPORTED else None for number, one in known.items()}
    return ids, len(new)


def items_find(solutions: Iterable[int], terms: Terms) -> dict[Place, Imported]:
    """Where a void has withdrawn an imported item and a later round picked its solution, the round's counts."""
    with connection.cursor() as cursor:
        cursor.execute(ITEMS_SQL, [terms.campaign.pk, array_literal(sorted(set(solutions))), IMPORTED, IMPORTED])
        return {Place(row[0], row[1]): Imported(row[2], row[3] != IMPORTED) for row in cursor.fetchall()}


def items_store(
    placed: Sequence[tuple[Place, int | None, Entry]], found: Mapping[Place, Imported], terms: Terms
) -> dict[Place, int]:
    """Add the items that are missing, one place a judgement in all of them; return the ids of all."""
    counts = Counter(place for place, _, _ in placed)
    ids = {place: found[place].id for place in counts if place in found}
    known = sorted((number, counts[place]) for place, number in ids.items())
    if known:
        with connection.cursor() as cursor:
            cursor.execute(MORE_SQL, array_literals(known, width=2))
    first: dict[Place, tuple[int | None, Entry]] = {}
    for place, round_id, entry in placed:
        if place not in ids:
            first.setdefault(place, (round_id, entry))
    ids |= dict(zip(first, reserve_ids(Item, len(first)), strict=True))
    places = _positions({round_id for round_id, _ in first.values()}, terms)
    rows = []
    for place, (round_id, entry) in first.items():
        places[round_id] += 1
        score, count = entry.judgement.score, counts[place]
        item = (ids[place], round_id, terms.campaign.pk, place.solution, place.kind, ItemState.DONE.value, "")
        rest = (places[round_id] - 1, IMPORTED, VERSION, _verdict(entry), score, 1, count, 0, count)
        rows.append((*item, *rest))
    copy_rows(Item, _ITEM, rows)
    return ids


_ITEM = (
    *("id", "round_id", "campaign_id", "solution_id", "kind", "state", "state_reason"),
    *("position", "strategy", "strategy_version", "verdict", "score", "rank", "overlap", "held", "completed"),
)


def _positions(rounds: Iterable[int | None], terms: Terms) -> dict[int | None, int]:
    """The next free place in each round."""
    items = Item.objects.filter(campaign=terms.campaign)
    lasts = {one: items.filter(round=one).aggregate(last=Max("position"))["last"] for one in rounds}
    return {one: 0 if last is None else last + 1 for one, last in lasts.items()}


def _verdict(entry: Entry) -> str:
    right = entry.judgement.is_right
    if right is None:
        return VerdictValue.UNDECIDED.value
    return (VerdictValue.RIGHT if right else VerdictValue.WRONG).value
