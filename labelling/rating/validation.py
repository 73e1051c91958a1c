"""Is a submitted judgement one that this item can have? Plain: values in, a judgement or a named fault out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from labelling.rating.documents import Candidate, Judgement, Note

RATINGS: Final = (-1, 0, 1)
REASON_NEEDED: Final = ("give_up", "bad_problem")
FINISH_REASONS: Final = ("found_error", "solution", *REASON_NEEDED)
#: What kinds of error a note may name, in the order of the page's list.
ERROR_TYPES: Final = ("arithmetic", "logic", "misread", "unjustified", "formula", "incomplete", "other")
NOTE_LIMITS: Final = {"type": 16, "explanation": 2_000, "corrected": 5_000}  # characters
LONGEST_REASON: Final = 5_000
LONGEST_TIME: Final = 7 * 24 * 3_600_000  # a week, in milliseconds
DRAFT_KEYS: Final = {"seq", "steps", "total_time", "step_times", "current"}
LARGEST_SEQ: Final = 2**62
SUBMIT_KEYS: Final = {"uuid", "replaces", "steps", "finish_reason", "reason", "total_time", "step_times"}
STEP_KEYS: Final = {"rating", "flagged", "alternatives", "note"}
MOST_STEPS: Final = 1_000  # as imports allow
MOST_ALTERNATIVES: Final = 20  # offered for one step


class InvalidJudgement(Exception):
    """What is wrong and where: ``field`` as in ``steps[2].rating``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Offered(NamedTuple):
    """An alternative of a step. ``number`` orders them in the document; how they are shown is another order."""

    number: int
    text: str


def _none_offered(_step: int) -> Sequence[Offered]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the campaign asks of a judgement. ``stops``: first-error mode, where later steps carry no rating.

    ``offered``: a failing step's (0-based) alternatives as shown, which are all to be rated; asked for that step only.
    ``notes``: ``off``, ``optional`` or ``required``.
    """

    step_count: int
    stops: bool = True
    allow_give_up: bool = True
    notes: str = "off"
    offered: Callable[[int], Sequence[Offered]] = _none_offered


def judgement_of(data: Mapping[str, Any], rules: Rules) -> Judgement:
    """Check a submit of a finished solution's steps. Raises ``InvalidJudgement``."""
    unknown = sorted(set(data) - SUBMIT_KEYS)
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")
    finish_reason = finish_reason_of(data.get("finish_reason"))
    if finish_reason == "give_up" and not rules.allow_give_up:
        raise InvalidJudgement("finish_reason", "give_up is not allowed in this campaign.")
    steps = _steps(data.get("steps"), most=rules.step_count)
    # Who gives up may leave steps unjudged; else each step up to the end, or the first error, has its rating or flag.
    unjudged = finish_reason in REASON_NEEDED
    ratings, flags = _ratings(steps, stops=rules.stops, unjudged=unjudged)
    judgement = Judgement(
        ratings=ratings,
        flags=flags,
        finish_reason=finish_reason,
        reason=text_of(data.get("reason", ""), "reason", LONGEST_REASON),
        total_time=total_time_of(data.get("total_time")),
        step_times=step_times_of(data.get("step_times", []), most=len(steps)),
        alternatives=_alternatives(steps, ratings, rules, unjudged=unjudged),
        notes=_notes(steps, ratings, rules, unjudged=unjudged),
    )
    _whole(judgement, rules)
    return judgement


def draft_number(draft: Mapping[str, Any], *, step_count: int = MOST_STEPS) -> tuple[int, int]:
    """Check a draft (ratings may still be missing): its number, and how many steps the item must have for it.

    Raises ``InvalidJudgement``.
    """
    unknown = sorted(set(draft) - DRAFT_KEYS)
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")
    seq, current = draft.get("seq"), draft.get("current", 0)
    if not whole_number(seq, most=LARGEST_SEQ):
        raise InvalidJudgement("seq", "must be a whole number that grows with each draft.")
    steps = _steps(draft.get("steps"), most=step_count)
    for index, step in enumerate(steps):
        place = f"steps[{index}]"
        rating_and_flag(step, place)
        _list_of_ratings(step.get("alternatives"), f"{place}.alternatives")
        _note(step.get("note"), index)
    total_time_of(draft.get("total_time", 0))
    step_times_of(draft.get("step_times", []), most=len(steps))
    if not whole_number(current, most=step_count):
        raise InvalidJudgement("current", f"must be a step's index, at most {step_count}.")
    return int(seq or 0), max(len(steps), int(current))


def _steps(steps: Any, *, most: int) -> list[dict[str, Any]]:
    if not isinstance(steps, list):
        raise InvalidJudgement("steps", "must be a list, one entry for each judged step.")
    if len(steps) > most:
        raise InvalidJudgement("steps", f"has {len(steps)} entries, but there are at most {most} steps.")
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            raise InvalidJudgement(f"steps[{index}]", "must be an object with rating and flagged.")
        unknown = sorted(set(step) - STEP_KEYS)
        if unknown:
            raise InvalidJudgement(f"steps[{index}].{unknown[0]}", "is not a known field.")
    return steps


def _ratings(
    steps: Sequence[Mapping[str, Any]], *, stops: bool, unjudged: bool
) -> tuple[list[int | None], list[bool | None]]:
    ratings: list[int | None] = []
    flags: list[bool | None] = []
    for index, step in enumerate(steps):
        if stops and -1 in ratings:
            raise InvalidJudgement(f"steps[{index}]", "comes after the first error: later steps carry no rating.")
        rating, flagged = _judged(step, f"steps[{index}]", unjudged=unjudged)
        ratings.append(rating)
        flags.append(flagged)
    while ratings and ratings[-1] is None and not flags[-1]:  # never looked at: absent, as in PRM800K
        del ratings[-1], flags[-1]
    return ratings, flags


def _judged(step: Any, place: str, *, unjudged: bool) -> tuple[int | None, bool | None]:
    rating, flagged = rating_and_flag(step, place)
    if rating is None and not flagged and not unjudged:
        raise InvalidJudgement(f"{place}.rating", "is missing: what has no rating must be flagged.")
    return rating, flagged


def rating_and_flag(step: Mapping[str, Any], place: str) -> tuple[int | None, bool | None]:
    rating, flagged = step.get("rating"), step.get("flagged", False)
    if rating is not None and (isinstance(rating, bool) or rating not in RATINGS or not isinstance(rating, int)):
        raise InvalidJudgement(f"{place}.rating", "must be -1, 0, 1 or null.")
    if flagged is not None and not isinstance(flagged, bool):
        raise InvalidJudgement(f"{place}.flagged", "must be true or false, or null where nobody was asked.")
    return rating, flagged


def _alternatives(
    steps: Sequence[Mapping[str, Any]], ratings: Sequence[int | None], rules: Rules, *, unjudged: bool
) -> dict[int, list[Candidate]]:
    """The judged alternatives of the failing step; it alone is offered some, and they are rated all or, by who gives
    up, as far as that rater got.
    """
    failing = len(ratings) - 1 if rules.stops and ratings and ratings[-1] == -1 else None
    offered = () if failing is None else rules.offered(failing)
    found: dict[int, list[Candidate]] = {}
    for index, step in enumerate(steps):
        place = f"steps[{index}].alternatives"
        given = _list_of_ratings(step.get("alternatives"), place)
        wanted = offered if index == failing else ()
        if len(given) != len(wanted) and (given or not unjudged):
            raise InvalidJudgement(place, f"has {len(given)} ratings, but {len(wanted)} alternatives are offered here.")
        judged = [_judged(one, f"{place}[{at}]", unjudged=unjudged) for at, one in enumerate(given)]
        pairs = sorted(zip(wanted, judged, strict=False))
        candidates = [Candidate(one.text, rating, flag) for one, (rating, flag) in pairs if rating is not None or flag]
        if candidates:
            found[index] = candidates
    return found


def _list_of_ratings(value: Any, place: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_ALTERNATIVES:
        raise InvalidJudgement(place, f"must be a list of at most {MOST_ALTERNATIVES} entries.")
    for at, one in enumerate(value):
        if not isinstance(one, dict) or set(one) - {"rating", "flagged"}:
            raise InvalidJudgement(f"{place}[{at}]", "must be an object with rating and flagged, nothing else.")
        rating_and_flag(one, f"{place}[{at}]")
    return value


def _notes(
    steps: Sequence[Mapping[str, Any]], ratings: Sequence[int | None], rules: Rules, *, unjudged: bool
) -> list[Note]:
    notes = []
    for index, step in enumerate(steps):
        note, place = _note(step.get("note"), index), f"steps[{index}].note"
        negative = index < len(ratings) and ratings[index] == -1
        if note is not None and rules.notes == "off":
            raise InvalidJudgement(place, "is not asked for in this campaign.")
        if note is not None and not negative:
            raise InvalidJudgement(place, "belongs to a step rated -1.")
        if negative and rules.notes == "required" and not unjudged:
            _complete(note, place)
        if note is not None:
            notes.append(note)
    return notes


def _complete(note: Note | None, place: str) -> None:
    if note is None:
        raise InvalidJudgement(place, "is missing: a step rated -1 needs its type of error and an explanation.")
    for name in ("type", "explanation"):
        if not getattr(note, name):
            raise InvalidJudgement(f"{place}.{name}", "is required here.")


def _note(value: Any, step: int) -> Note | None:
    """None where nothing is in it."""
    place = f"steps[{step}].note"
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - set(NOTE_LIMITS):
        raise InvalidJudgement(place, f"must be an object of {', '.join(NOTE_LIMITS)}, nothing else.")
    texts = {name: text_of(value.get(name, ""), f"{place}.{name}", most) for name, most in NOTE_LIMITS.items()}
    if texts["type"] and texts["type"] not in ERROR_TYPES:
        raise InvalidJudgement(f"{place}.type", f"must be one of {', '.join(ERROR_TYPES)}, or empty.")
    return Note(step=step, **texts) if any(texts.values()) else None


def finish_reason_of(value: Any) -> str:
    if value not in FINISH_REASONS:
        raise InvalidJudgement("finish_reason", f"must be one of {', '.join(FINISH_REASONS)}.")
    return str(value)


def text_of(value: Any, place: str, most: int) -> str:
    if not isinstance(value, str):
        raise InvalidJudgement(place, "must be a text.")
    if len(value) > most:
        raise InvalidJudgement(place, f"is longer than {most} characters.")
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
        raise InvalidJudgement(place, "holds a character that cannot be stored.")
    return value.strip()


def step_times_of(value: Any, *, most: int) -> list[int]:
    """Milliseconds that each step was being judged for, as many as ``most``."""
    if not isinstance(value, list) or len(value) > most:
        raise InvalidJudgement("step_times", f"must be a list of at most {most} times, one for each step.")
    for index, one in enumerate(value):
        if not whole_number(one, most=LONGEST_TIME):
            raise InvalidJudgement(f"step_times[{index}]", "must be a whole number of milliseconds, up to a week.")
    return [int(one) for one in value]


def total_time_of(value: Any) -> int:
    if not whole_number(value, most=LONGEST_TIME):
        raise InvalidJudgement("total_time", "must be the active time in milliseconds, a whole number up to a week.")
    return int(value)


def whole_number(value: Any, *, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _whole(judgement: Judgement, rules: Rules) -> None:
    """Do the parts fit together?"""
    found, reason = judgement.first_error is not None, judgement.finish_reason
    if reason == "found_error" and not found:
        raise InvalidJudgement("finish_reason", "found_error needs a step rated -1.")
    if reason == "solution" and found:
        raise InvalidJudgement("finish_reason", "solution means no error, but a step is rated -1.")
    to_the_end = reason == "solution" or (reason == "found_error" and not rules.stops)
    if to_the_end and len(judgement.ratings) < rules.step_count:
        raise InvalidJudgement("steps", f"only {len(judgement.ratings)} of {rules.step_count} steps are judged.")
    if reason in REASON_NEEDED and not judgement.reason:
        raise InvalidJudgement("reason", "is required here.")
