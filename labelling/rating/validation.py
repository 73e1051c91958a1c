"""Is a submitted judgement one that this item can have? Plain: values in, a judgement or a named fault out."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.rating.documents import Judgement

RATINGS: Final = (-1, 0, 1)
REASON_NEEDED: Final = ("give_up", "bad_problem")
FINISH_REASONS: Final = ("found_error", "solution", *REASON_NEEDED)
LONGEST_REASON: Final = 5_000
LONGEST_TIME: Final = 7 * 24 * 3_600_000  # a week, in milliseconds
DRAFT_KEYS: Final = {"seq", "steps", "total_time", "current"}
LARGEST_SEQ: Final = 2**62
SUBMIT_KEYS: Final = {"uuid", "replaces", "steps", "finish_reason", "reason", "total_time"}
MOST_STEPS: Final = 1_000  # as imports allow


class InvalidJudgement(Exception):
    """What is wrong and where: ``field`` as in ``steps[2].rating``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def first_error_judgement(data: Mapping[str, Any], *, step_count: int, allow_give_up: bool = True) -> Judgement:
    """Check a submit in first-error mode against an item of ``step_count`` steps. Raises ``InvalidJudgement``."""
    unknown = sorted(set(data) - SUBMIT_KEYS)
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")
    finish_reason = _finish_reason(data.get("finish_reason"))
    if finish_reason == "give_up" and not allow_give_up:
        raise InvalidJudgement("finish_reason", "give_up is not allowed in this campaign.")
    # Who gives up may leave steps unjudged; else each step up to the end, or the first error, has its rating or flag.
    ratings, flags = _steps(data.get("steps"), step_count=step_count, unjudged=finish_reason in REASON_NEEDED)
    judgement = Judgement(
        ratings=ratings,
        flags=flags,
        finish_reason=finish_reason,
        reason=_reason(data.get("reason", "")),
        total_time=_total_time(data.get("total_time")),
    )
    _whole(judgement, step_count=step_count)
    return judgement


def draft_number(draft: Mapping[str, Any], *, step_count: int = MOST_STEPS) -> tuple[int, int]:
    """Check a draft (ratings may still be missing): its number, and how many steps the item must have for it.

    Raises ``InvalidJudgement``.
    """
    unknown = sorted(set(draft) - DRAFT_KEYS)
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")
    seq, steps, current = draft.get("seq"), draft.get("steps"), draft.get("current", 0)
    if not _whole_number(seq, most=LARGEST_SEQ):
        raise InvalidJudgement("seq", "must be a whole number that grows with each draft.")
    if not isinstance(steps, list) or len(steps) > step_count:
        raise InvalidJudgement("steps", f"must be a list of at most {step_count} entries.")
    for index, step in enumerate(steps):
        _rating_and_flag(step, f"steps[{index}]")
    _total_time(draft.get("total_time", 0))
    if not _whole_number(current, most=step_count):
        raise InvalidJudgement("current", f"must be a step's index, at most {step_count}.")
    return int(seq or 0), max(len(steps), int(current))


def _steps(steps: Any, *, step_count: int, unjudged: bool) -> tuple[list[int | None], list[bool]]:
    if not isinstance(steps, list):
        raise InvalidJudgement("steps", "must be a list, one entry for each judged step.")
    if len(steps) > step_count:
        raise InvalidJudgement("steps", f"has {len(steps)} entries, but the solution has {step_count} steps.")
    ratings: list[int | None] = []
    flags: list[bool] = []
    for index, step in enumerate(steps):
        if -1 in ratings:
            raise InvalidJudgement(f"steps[{index}]", "comes after the first error: later steps carry no rating.")
        rating, flagged = _rating_and_flag(step, f"steps[{index}]")
        if rating is None and not flagged and not unjudged:
            raise InvalidJudgement(f"steps[{index}].rating", "is missing: a step without a rating must be flagged.")
        ratings.append(rating)
        flags.append(flagged)
    while ratings and ratings[-1] is None and not flags[-1]:  # never looked at: absent, as in PRM800K
        del ratings[-1], flags[-1]
    return ratings, flags


def _rating_and_flag(step: Any, place: str) -> tuple[int | None, bool]:
    if not isinstance(step, dict) or set(step) - {"rating", "flagged"}:
        raise InvalidJudgement(place, "must be an object with rating and flagged, nothing else.")
    rating, flagged = step.get("rating"), step.get("flagged", False)
    if rating is not None and (isinstance(rating, bool) or rating not in RATINGS or not isinstance(rating, int)):
        raise InvalidJudgement(f"{place}.rating", "must be -1, 0, 1 or null.")
    if not isinstance(flagged, bool):
        raise InvalidJudgement(f"{place}.flagged", "must be true or false.")
    return rating, flagged


def _finish_reason(value: Any) -> str:
    if value not in FINISH_REASONS:
        raise InvalidJudgement("finish_reason", f"must be one of {', '.join(FINISH_REASONS)}.")
    return str(value)


def _reason(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidJudgement("reason", "must be a text.")
    if len(value) > LONGEST_REASON:
        raise InvalidJudgement("reason", f"is longer than {LONGEST_REASON} characters.")
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
        raise InvalidJudgement("reason", "holds a character that cannot be stored.")
    return value.strip()


def _total_time(value: Any) -> int:
    if not _whole_number(value, most=LONGEST_TIME):
        raise InvalidJudgement("total_time", "must be the active time in milliseconds, a whole number up to a week.")
    return int(value)


def _whole_number(value: Any, *, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _whole(judgement: Judgement, *, step_count: int) -> None:
    """Do the parts fit together?"""
    found = judgement.first_error is not None
    if judgement.finish_reason == "found_error" and not found:
        raise InvalidJudgement("finish_reason", "found_error needs a last step rated -1.")
    if judgement.finish_reason == "solution" and found:
        raise InvalidJudgement("finish_reason", "solution means no error, but a step is rated -1.")
    if judgement.finish_reason == "solution" and len(judgement.ratings) < step_count:
        raise InvalidJudgement("steps", f"only {len(judgement.ratings)} of {step_count} steps are judged.")
    if judgement.finish_reason in REASON_NEEDED and not judgement.reason:
        raise InvalidJudgement("reason", "is required here.")
