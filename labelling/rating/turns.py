"""Alternatives mode: the candidates of a turn. Asked for, waited for, and kept as they were shown."""

import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from labelling.corpus.candidates import Candidate, candidates_named, candidates_of, candidates_shown
from labelling.corpus.models import CandidateRequest, RequestState
from labelling.corpus.requests import candidates_request, endpoint
from labelling.corpus.text import prefix_key
from labelling.people.models import User
from labelling.rating.models import Assignment, AssignmentState, Turn
from labelling.rating.submits import LeaseNotFound, SubmitConflict
from labelling.rating.turn_validation import path_of
from labelling.rating.validation import InvalidJudgement
from labelling.rounds.models import Mode

OVER: Final = (AssignmentState.SKIPPED, AssignmentState.VOIDED)
MOST_TURNS_OPENED: Final = 1_000  # on one lease, those looked at ahead among them
MOST_ASKED: Final = 2_000  # of a generator for one problem: nobody rates so many, but a script could ask
NO_GENERATOR: Final = "none"


@dataclass(frozen=True)
class TurnView:
    """``candidates`` is None while a generator is waited for; empty where there are none.

    ``generator``: ``none`` (nothing configured), or the state of what was asked of it; empty where it need not be.
    ``send``: the request that a worker is to be told of, by its id.
    """

    key: UUID
    candidates: Sequence[Candidate] | None
    generator: str = ""
    send: int | None = None


def turn_open(*, rater: User, campaign: str, lease: uuids.UUID, data: Mapping[str, Any]) -> TurnView:
    """The candidates for the step after ``data["path"]``, or the word that they are waited for.

    ``data["settle"]``: wait no longer, take what is there; ``data["again"]``: ask a generator that failed once more.
    Raises ``LeaseNotFound``, ``InvalidJudgement`` and ``SubmitConflict``.
    """
    path, settle, again = _checked(data)
    held = _lease(rater, campaign, lease)
    steps = _texts(held.solution.problem_id, path)
    key = UUID(prefix_key(steps))
    kept = held.turns.filter(prefix_key=key).first()
    if kept is not None:
        return TurnView(key, candidates_shown(kept.candidates))
    if held.turns.count() >= MOST_TURNS_OPENED:
        raise SubmitConflict("too-many-turns", _("So many turns can't be opened on one item."))
    return _opened(held, steps, key, settle=settle, again=again)


def _checked(data: Mapping[str, Any]) -> tuple[list[int | str], bool, bool]:
    unknown = sorted(set(data) - {"path", "settle", "again"})
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")
    for name in ("settle", "again"):
        if not isinstance(data.get(name, False), bool):
            raise InvalidJudgement(name, "must be true or false.")
    return path_of(data.get("path")), data.get("settle", False), data.get("again", False)


def _lease(rater: User, campaign: str, lease: uuids.UUID) -> Assignment:
    found = Assignment.objects.filter(pk=lease, rater=rater, campaign__slug=campaign)
    held = found.select_related("campaign", "solution").defer("solution__text", "solution__steps").first()
    if held is None:
        raise LeaseNotFound
    if held.campaign.mode != Mode.ALTERNATIVES:
        raise SubmitConflict("no-turns", _("Only items of alternatives mode have turns."))
    if held.state in OVER:
        why = _("This item has no further turns: %(state)s.")
        raise SubmitConflict(held.state, why % {"state": held.get_state_display()})
    return held


def _texts(problem_id: int, path: Sequence[int | str]) -> list[str]:
    """The steps of a path; each candidate must be one for just that place."""
    named = candidates_named(problem_id=problem_id, ids=(one for one in path if isinstance(one, int)))
    steps: list[str] = []
    for at, one in enumerate(path):
        if isinstance(one, str):
            steps.append(one)
            continue
        candidate = named.get(one)
        if candidate is None or candidate.prefix_key != UUID(prefix_key(steps)):
            raise InvalidJudgement(f"path[{at}].candidate", "is no candidate for this step.")
        steps.append(candidate.text)
    return steps


def _opened(held: Assignment, steps: Sequence[str], key: UUID, *, settle: bool, again: bool) -> TurnView:
    most, problem_id = held.campaign.candidates_per_turn, held.solution.problem_id
    known = candidates_of(problem_id=problem_id, steps=steps, queued=held.solution_id, most=most)
    if len(known) >= most:
        return _kept(held, key, known)
    request, send = _request(problem_id, steps, most - len(known), again=again)
    if request is None:
        return _kept(held, key, known, generator=NO_GENERATOR)
    if request.state == RequestState.ASKED and not settle:
        return TurnView(key, None, request.state, request.pk if send else None)
    if request.state == RequestState.DONE:  # between the two looks it may have brought some
        known = candidates_of(problem_id=problem_id, steps=steps, queued=held.solution_id, most=most)
    return _kept(held, key, known, generator=request.state)


def _request(
    problem_id: int, steps: Sequence[str], wanted: int, *, again: bool
) -> tuple[CandidateRequest | None, bool]:
    generator = endpoint()
    if generator is None or CandidateRequest.objects.filter(problem=problem_id).count() >= MOST_ASKED:
        return None, False
    return candidates_request(problem_id=problem_id, steps=steps, wanted=wanted, model=generator.model, again=again)


def _kept(held: Assignment, key: UUID, known: Sequence[Candidate], generator: str = "") -> TurnView:
    """The turn as it is now for good; but nothing at all is not kept, as something may still come."""
    if not known:
        return TurnView(key, [], generator)
    turn, _made = Turn.objects.get_or_create(
        assignment=held, prefix_key=key, defaults={"candidates": [one.id for one in known]}
    )
    return TurnView(key, candidates_shown(turn.candidates))
