"""One batch, one transaction: a killed import leaves whole batches, and importing again adds just the rest."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from labelling.corpus.services.store import LOCK_CLASS, PLANS_SQL, TURN_SQL, store_whole_or_halves
from labelling.jobs.copy import array_literal, copy_rows
from labelling.pipeline.readback.batches import Batch, Entry
from labelling.pipeline.readback.outcome import Outcome, Terms
from labelling.pipeline.readback.raters import raters_get_or_create
from labelling.pipeline.readback.rounds import (
    VERSION,
    Place,
    items_find,
    items_store,
    number_of,
    rounds_get_or_create,
)
from labelling.pipeline.readback.solutions import solutions_of
from labelling.rating.models import Annotation, Assignment, AssignmentState
from labelling.rounds.models import IMPORTED

NO_REASON = "imported"  # a rater who gave up has said why, but PRM800K's rows have no place for it
KNOWN_SQL = "SELECT uuid FROM rating_annotation WHERE uuid = ANY(%s::uuid[])"


class _Found(NamedTuple):
    """A judgement with what it hangs on."""

    entry: Entry
    rater: int
    simulated: bool
    solution: int
    round: int | None


def batch_store(batch: Batch, terms: Terms, meanwhile: Callable[[], None]) -> Outcome:
    """Store a batch whole. A judgement that the database will not have is refused alone, with its reason.

    ``meanwhile`` is called where all that is left is to wait for the database.
    """

    def store(part: Batch) -> Outcome:
        return _store(part.entries, terms, meanwhile)

    return store_whole_or_halves(batch, store, _refused)


def _refused(batch: Batch, reason: str) -> Outcome:
    outcome = Outcome()
    for entry in batch.entries:
        outcome.refuse(entry, reason)
    return outcome


@transaction.atomic
def _store(entries: Sequence[Entry], terms: Terms, meanwhile: Callable[[], None]) -> Outcome:
    outcome = Outcome()
    with connection.cursor() as cursor:
        cursor.execute(PLANS_SQL)
        cursor.execute(TURN_SQL, [LOCK_CLASS])
    fresh = _fresh(entries, outcome)
    numbers = {number for entry in fresh if (number := number_of(entry)) is not None}
    rounds, made = rounds_get_or_create(numbers, terms)
    outcome.counts.rounds_added += made
    fresh = [entry for entry in fresh if _has_round(entry, rounds, outcome)]
    if not fresh:
        return outcome
    raters, made = raters_get_or_create({entry.judgement.labeler for entry in fresh})
    outcome.counts.raters_added += made
    known = [raters[entry.judgement.labeler] for entry in fresh]
    solutions = solutions_of(fresh, [rater for rater, _ in known], terms, outcome.counts)
    found = [
        _Found(entry, *rater, solution, None if (number := number_of(entry)) is None else rounds[number])
        for entry, rater, solution in zip(fresh, known, solutions, strict=True)
    ]
    _annotations_store(found, terms, outcome)
    meanwhile()  # the commit checks all foreign keys, and takes a quarter of the time
    return outcome


def _fresh(entries: Sequence[Entry], outcome: Outcome) -> list[Entry]:
    """Those that are not stored, each once."""
    by_uuid = {entry.uuid: entry for entry in entries}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SQL, [array_literal(list(by_uuid))])
        for (uuid,) in cursor.fetchall():
            del by_uuid[uuid]
    outcome.counts.annotations_known += len(entries) - len(by_uuid)
    return list(by_uuid.values())


def _has_round(entry: Entry, rounds: dict[int, int | None], outcome: Outcome) -> bool:
    number = number_of(entry)
    if number is None or rounds[number] is not None:
        return True
    outcome.refuse(entry, f"generation: round {number} is the campaign's own: import into another campaign")
    return False


def _annotations_store(found: Sequence[_Found], terms: Terms, outcome: Outcome) -> None:
    known = items_find((one.solution for one in found), terms)
    kept, placed = [], []
    for one in found:
        place = Place(one.solution, one.entry.judgement.kind)
        if place in known and known[place].ours:
            outcome.refuse(one.entry, "the campaign's own raters judge this solution: import into another campaign")
            continue
        kept.append((place, one))
        placed.append((place, one.round, one.entry))
    items = items_store(placed, known, terms)
    copy_rows(Assignment, _ASSIGNMENT, (_assignment(items[place], one, terms) for place, one in kept))
    copy_rows(Annotation, _ANNOTATION, (_annotation(items[place], one, terms) for place, one in kept))
    outcome.counts.annotations_added += len(kept)
    outcome.counts.steps_added += sum(len(one.entry.judgement.ratings) for _, one in kept)


_ASSIGNMENT = (
    *("id", "item_id", "campaign_id", "solution_id", "rater_id", "state", "slot"),
    *("leased_at", "expires_at", "finished_at"),
)


def _assignment(item: int, one: _Found, terms: Terms) -> tuple[object, ...]:
    moment = one.entry.judgement.moment
    lease = (one.entry.uuid, item, terms.campaign.pk, one.solution, one.rater, AssignmentState.COMPLETED.value, 0)
    return (*lease, moment, moment, moment)


_ANNOTATION = (
    *("uuid", "assignment_id", "version", "item_id", "campaign_id", "round_id", "solution_id", "rater_id", "request"),
    *("document", "step_ratings", "first_error", "finish_reason", "reason", "total_time", "step_times", "notes"),
    *("visible", "strategy", "strategy_version", "score", "late", "simulated", "created_at"),
)


def _annotation(item: int, one: _Found, terms: Terms) -> tuple[object, ...]:
    judged, uuid = one.entry.judgement, one.entry.uuid
    reason = NO_REASON if judged.finish_reason in ("give_up", "bad_problem") else ""
    return (
        *(uuid, uuid, 1, item, terms.campaign.pk, one.round, one.solution, one.rater, "{}"),
        *(judged.document, list(judged.ratings), judged.first_error, judged.finish_reason, reason, judged.total_time),
        *([], _NOTHING_NOTED, _NOTHING_KNOWN, IMPORTED, VERSION, judged.score, False, one.simulated, judged.moment),
    )


_NOTHING_NOTED, _NOTHING_KNOWN = Jsonb([]), Jsonb({})
