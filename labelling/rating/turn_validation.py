"""Alternatives mode: is a submitted run one that can be? Plain: values in, a judgement or a named fault out.

A turn offers candidates for one step, all of which are rated; the run goes on from a positive one, else from a neutral
one, or from a step of the rater's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from labelling.corpus.text import prefix_key
from labelling.rating.documents import Candidate, Judgement, Turn
from labelling.rating.validation import (
    LARGEST_SEQ,
    LONGEST_REASON,
    REASON_NEEDED,
    InvalidJudgement,
    finish_reason_of,
    rating_and_flag,
    text_of,
    total_time_of,
    whole_number,
)

MOST_TURNS: Final = 200
MOST_CANDIDATES: Final = 20
LONGEST_STEP: Final = 5_000  # characters of a rater's own step
LARGEST_ID: Final = 2**63 - 1
SUBMIT_KEYS: Final = {"uuid", "replaces", "turns", "finish_reason", "reason", "total_time"}
DRAFT_KEYS: Final = {"seq", "turns", "total_time", "current", "complete", "writing"}
TURN_KEYS: Final = {"key", "candidates", "chosen", "own"}
CANDIDATE_KEYS: Final = {"id", "rating", "flagged"}


@dataclass(frozen=True)
class Given:
    """A turn as it was sent: (candidate's id, rating, flagged) each, and what the run goes on from, if it does."""

    candidates: Sequence[tuple[int, int | None, bool]]
    chosen: int | None
    own: str | None


@dataclass(frozen=True)
class Offer:
    """What there was to rate, by the key of the steps before: (id, text) each, in the order shown."""

    shown: Mapping[UUID, Sequence[tuple[int, str]]]
    allow_give_up: bool = True


def turns_judgement(data: Mapping[str, Any], offer: Offer) -> Judgement:
    """Check a submit of a run. Raises ``InvalidJudgement``, which names the field."""
    _known(data, SUBMIT_KEYS, "")
    reason = finish_reason_of(data.get("finish_reason"))
    if reason == "give_up" and not offer.allow_give_up:
        raise InvalidJudgement("finish_reason", "give_up is not allowed in this campaign.")
    given = turns_of(data.get("turns"))
    turns: list[Turn] = []
    steps: list[str] = []
    for at, turn in enumerate(given):
        is_last = at == len(given) - 1
        shown = offer.shown.get(UUID(prefix_key(steps)), ())
        judged = _judged(turn, shown, f"turns[{at}]", unjudged=is_last and reason in REASON_NEEDED)
        if not is_last and judged.step is None:
            raise InvalidJudgement(f"turns[{at}].chosen", "is missing: only the last turn may choose nothing.")
        turns.append(judged)
        steps.append(judged.step or "")
    if turns and not turns[-1].candidates and turns[-1].step is None:  # never looked at: absent, as in PRM800K
        del turns[-1]
    judgement = Judgement(
        ratings=[turn.rating for turn in turns],
        flags=[turn.flagged for turn in turns],
        finish_reason=reason,
        reason=text_of(data.get("reason", ""), "reason", LONGEST_REASON),
        total_time=total_time_of(data.get("total_time")),
        turns=turns,
    )
    _whole(judgement)
    return judgement


def turns_of(value: Any) -> list[Given]:
    """The turns of a submit or a draft, each by itself in shape."""
    if not isinstance(value, list) or len(value) > MOST_TURNS:
        raise InvalidJudgement("turns", f"must be a list of at most {MOST_TURNS} entries.")
    return [_turn(turn, f"turns[{at}]") for at, turn in enumerate(value)]


def path_of(value: Any) -> list[int | str]:
    """The steps before a turn: a candidate's id, or a text of the rater's own, each."""
    if not isinstance(value, list) or len(value) >= MOST_TURNS:
        raise InvalidJudgement("path", f"must be a list of fewer than {MOST_TURNS} entries.")
    return [_path_step(step, f"path[{at}]") for at, step in enumerate(value)]


def turns_draft_number(draft: Mapping[str, Any]) -> int:
    """Check a draft (ratings and choices may still be missing): its number. Raises ``InvalidJudgement``."""
    _known(draft, DRAFT_KEYS, "")
    seq = draft.get("seq")
    if not whole_number(seq, most=LARGEST_SEQ):
        raise InvalidJudgement("seq", "must be a whole number that grows with each draft.")
    turns_of(draft.get("turns"))
    total_time_of(draft.get("total_time", 0))
    if not whole_number(draft.get("current", 0), most=MOST_CANDIDATES):
        raise InvalidJudgement("current", "must be a candidate's place.")
    if not isinstance(draft.get("complete", False), bool):
        raise InvalidJudgement("complete", "must be true or false.")
    if draft.get("writing") is not None:
        text_of(draft["writing"], "writing", LONGEST_STEP)
    return int(seq or 0)


def _known(data: Mapping[str, Any], keys: set[str], place: str) -> None:
    unknown = sorted(set(data) - keys)
    if unknown:
        raise InvalidJudgement(f"{place}.{unknown[0]}" if place else unknown[0], "is not a known field.")


def _object(value: Any, keys: set[str], place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidJudgement(place, f"must be an object of {', '.join(sorted(keys))}.")
    _known(value, keys, place)
    return value


def _turn(value: Any, place: str) -> Given:
    turn = _object(value, TURN_KEYS, place)
    candidates = turn.get("candidates")
    if not isinstance(candidates, list) or len(candidates) > MOST_CANDIDATES:
        raise InvalidJudgement(f"{place}.candidates", f"must be a list of at most {MOST_CANDIDATES} entries.")
    given = Given(
        candidates=[_candidate(one, f"{place}.candidates[{at}]") for at, one in enumerate(candidates)],
        chosen=None if turn.get("chosen") is None else _id(turn["chosen"], f"{place}.chosen"),
        own=None if turn.get("own") is None else _own(turn["own"], f"{place}.own"),
    )
    if given.chosen is not None and given.own is not None:
        raise InvalidJudgement(f"{place}.own", "stands beside a chosen candidate: the run goes on from one of them.")
    return given


def _candidate(value: Any, place: str) -> tuple[int, int | None, bool]:
    one = _object(value, CANDIDATE_KEYS, place)
    rating, flagged = rating_and_flag({"rating": one.get("rating"), "flagged": one.get("flagged", False)}, place)
    return _id(one.get("id"), f"{place}.id"), rating, bool(flagged)


def _id(value: Any, place: str) -> int:
    if not whole_number(value, most=LARGEST_ID):
        raise InvalidJudgement(place, "must be a candidate's id.")
    return int(value)


def _own(value: Any, place: str) -> str:
    step = text_of(value, place, LONGEST_STEP)
    if not step:
        raise InvalidJudgement(place, "must hold a step.")
    return step


def _path_step(value: Any, place: str) -> int | str:
    step = _object(value, {"candidate", "own"}, place)
    if len(step) != 1:
        raise InvalidJudgement(place, "must be a candidate or an own step.")
    return _id(step["candidate"], f"{place}.candidate") if "candidate" in step else _own(step["own"], f"{place}.own")


def _judged(turn: Given, shown: Sequence[tuple[int, str]], place: str, *, unjudged: bool) -> Turn:
    """The turn with its candidates' texts, where it rates those that were shown and goes on from one that may."""
    # Who wrote a step before any candidate had come was shown none, even if some came later.
    is_unseen = not turn.candidates and turn.own is not None
    if not is_unseen and [one[0] for one in turn.candidates] != [one[0] for one in shown]:
        raise InvalidJudgement(f"{place}.candidates", "are not those that were shown for this step.")
    for at, (_, rating, flagged) in enumerate(turn.candidates):
        if rating is None and not flagged and not unjudged:
            raise InvalidJudgement(
                f"{place}.candidates[{at}].rating", "is missing: a candidate without a rating must be flagged."
            )
    ratings = {one[0]: one[1] for one in turn.candidates}
    if turn.chosen is not None:
        best = max((rating for rating in ratings.values() if rating is not None), default=-1)
        if turn.chosen not in ratings or best < 0 or ratings[turn.chosen] != best:
            raise InvalidJudgement(
                f"{place}.chosen", "must be a candidate rated 1, or, where there is none, one rated 0."
            )
    judged = [one for one in turn.candidates if one[1] is not None or one[2]]
    texts = dict(shown)
    candidates = [Candidate(texts[one], rating, flagged) for one, rating, flagged in judged]
    places = [one[0] for one in judged]
    return Turn(candidates, None if turn.chosen is None else places.index(turn.chosen), turn.own)


def _whole(judgement: Judgement) -> None:
    """Do the parts fit together?"""
    reason, last = judgement.finish_reason, judgement.turns[-1] if judgement.turns else None
    if reason == "solution" and (last is None or last.step is None):
        raise InvalidJudgement("finish_reason", "solution needs a last turn that goes on to a step.")
    if reason == "found_error" and (last is None or not last.has_failed):
        raise InvalidJudgement("finish_reason", "found_error needs a last turn without a step to go on from.")
    if reason in REASON_NEEDED and not judgement.reason:
        raise InvalidJudgement("reason", "is required here.")
