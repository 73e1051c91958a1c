"""Asking a generator for candidates: a row for each problem, prefix and model, worked on once whoever does it.

Nothing relies on Celery: a row says what is still to be asked and when, and a sweep sends what was lost again.
"""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from labelling.corpus.candidates import Step, candidates_store
from labelling.corpus.generator import Endpoint, GeneratorFault, candidates_ask
from labelling.corpus.models import CandidateRequest, Origin, Problem, RequestState
from labelling.corpus.text import prefix_key
from labelling.jobs.locks import HELD_SQL, lock_held

logger = logging.getLogger(__name__)

LOCK_CLASS: Final = 7303  # any constant: keeps requests apart from other advisory locks
MOST_TRIES: Final = 4
LONGEST_WAIT: Final = 60.0  # seconds between two tries, whatever the endpoint asks for
_SLACK = timedelta(seconds=0.1)  # a message may come a moment early; the sweep sends it again where clocks differ


def endpoint() -> Endpoint | None:
    """The generator that the settings name; None where they name none."""
    if not settings.GENERATOR_URL:
        return None
    return Endpoint(
        settings.GENERATOR_URL, settings.GENERATOR_MODEL, settings.GENERATOR_KEY, settings.GENERATOR_SECONDS
    )


def candidates_request(
    *, problem_id: int, steps: Sequence[str], wanted: int, model: str, again: bool = False
) -> tuple[CandidateRequest, bool]:
    """The request for the step after ``steps``, made where there is none; True where it is to be sent to a worker.

    ``again``: one that failed is asked anew.
    """
    now = timezone.now()
    row, made = CandidateRequest.objects.get_or_create(
        problem_id=problem_id,
        prefix_key=UUID(prefix_key(steps)),
        model=model,
        defaults={"steps": list(steps), "wanted": wanted, "try_at": now, "asked_at": now},
    )
    if made or not again or row.state != RequestState.FAILED:
        return row, made
    fresh = {"state": RequestState.ASKED, "tries": 0, "error": "", "try_at": now, "asked_at": now, "finished_at": None}
    reopened = bool(CandidateRequest.objects.filter(pk=row.pk, state=RequestState.FAILED).update(**fresh))
    row.refresh_from_db()
    return row, reopened


def request_work(*, request_id: int) -> float | None:
    """One try at a request. Returns the seconds until the next one; None where there is to be none."""
    with lock_held(LOCK_CLASS, request_id) as got:
        row = _begun(request_id) if got else None
        return None if row is None else _tried(row)


def _begun(request_id: int) -> CandidateRequest | None:
    """The row, where a try is due. Counted before it is made: one that kills its worker must not come for ever."""
    due = CandidateRequest.objects.filter(pk=request_id, state=RequestState.ASKED, try_at__lte=timezone.now() + _SLACK)
    if not due.update(tries=F("tries") + 1):
        return None
    return CandidateRequest.objects.get(pk=request_id)


def _tried(row: CandidateRequest) -> float | None:
    problem = Problem.objects.values_list("text", flat=True).get(pk=row.problem_id)
    try:
        found = candidates_ask(_endpoint_for(row), problem=problem, steps=row.steps, count=row.wanted)
    except GeneratorFault as fault:
        return _failed(row, fault)
    _stored(row, found)
    return None


def _endpoint_for(row: CandidateRequest) -> Endpoint:
    asked = endpoint()
    if row.tries > MOST_TRIES:
        raise GeneratorFault(f"was asked {MOST_TRIES} times and never came to an end", retryable=False)
    if asked is None or asked.model != row.model:
        raise GeneratorFault("is no longer the generator of the settings", retryable=False)
    return asked


@transaction.atomic
def _stored(row: CandidateRequest, found: Sequence[str]) -> None:
    new = [Step(text, row.model) for text in found]
    candidates_store(problem_id=row.problem_id, steps=row.steps, new=new, origin=Origin.GENERATOR)
    done = {"state": RequestState.DONE, "found": len(found), "error": "", "finished_at": timezone.now()}
    CandidateRequest.objects.filter(pk=row.pk, state=RequestState.ASKED).update(**done)


def _failed(row: CandidateRequest, fault: GeneratorFault) -> float | None:
    """Note what went wrong; the seconds until the next try, where one may help."""
    logger.warning("Generator %s %s (request %s, try %s).", row.model, fault, row.pk, row.tries)
    now = timezone.now()
    asked = CandidateRequest.objects.filter(pk=row.pk, state=RequestState.ASKED)
    if not fault.retryable or row.tries >= MOST_TRIES:
        asked.update(state=RequestState.FAILED, error=str(fault), finished_at=now)
        return None
    wait: float = min(LONGEST_WAIT, max(fault.wait, 2 ** (row.tries - 1) * random.uniform(0.75, 1.25)))  # noqa: S311  apart in time
    asked.update(error=str(fault), try_at=now + timedelta(seconds=wait))
    return wait


_LOST = f"""
UPDATE corpus_candidaterequest SET try_at = now()
WHERE state = 'asked' AND try_at < now() - make_interval(secs => %(seconds)s)
  AND NOT {HELD_SQL.format(id="corpus_candidaterequest.id")}
RETURNING id
"""


def requests_reclaim_lost() -> list[int]:
    """Requests whose try has been due for a while and that nobody works on; they count as due now."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST, {"seconds": settings.SWEEP_SECONDS, "lock_class": LOCK_CLASS})
        return [row[0] for row in cursor.fetchall()]
