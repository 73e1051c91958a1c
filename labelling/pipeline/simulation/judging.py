"""How a simulated rater judges one solution, step by step, given the truth about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final, Self

from labelling.pipeline.simulation.profiles import Profile

NO_ERROR: Final = -1  # among the acceptable answers: to find none
FINDS_NONE: Final = 0.6  # of those who overlook the error, so many then find none; the others blame a later step
SPREAD: Final = 4  # shape of the gamma distribution of a step's time: its deviation is half its mean
GIVE_UP_REASON: Final = "A simulated rater gave this one up."


@dataclass(frozen=True)
class Truth:
    """``acceptable``: 0-based steps that are right to call the first error, or ``NO_ERROR``; never empty.

    ``neutral``: the steps that are truly neutral. ``alternatives``: true ratings (1, -1) of other candidates, by text.
    """

    steps: int
    acceptable: frozenset[int]
    neutral: frozenset[int] = frozenset()
    alternatives: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of_ratings(cls, ratings: Sequence[int | None]) -> Self:
        """From true ratings, one a step, None after the first -1. Raises ``ValueError`` for what cannot be that."""
        last = ratings.index(-1) if -1 in ratings else len(ratings) - 1
        judged, rest = ratings[: last + 1], ratings[last + 1 :]
        if not ratings or any(one not in (-1, 0, 1) for one in judged) or any(one is not None for one in rest):
            raise ValueError(f"These are no true ratings of a solution: {list(ratings)}")
        return cls(
            steps=len(ratings),
            acceptable=frozenset({last if judged[-1] == -1 else NO_ERROR}),
            neutral=frozenset(step for step, rating in enumerate(judged) if rating == 0),
        )

    @classmethod
    def of_gold(cls, acceptable: Iterable[int], *, steps: int, neutral: frozenset[int] = frozenset()) -> Self:
        return cls(steps=steps, acceptable=frozenset(acceptable), neutral=neutral)

    def is_right(self, first_error: int | None) -> bool:
        return (NO_ERROR if first_error is None else first_error) in self.acceptable


@dataclass(frozen=True)
class Judgement:
    """``ratings``: one a judged step. ``alternatives``: those of the failing step's. ``total_time``: milliseconds."""

    ratings: tuple[int, ...]
    finish_reason: str
    total_time: int
    reason: str = ""
    alternatives: tuple[int, ...] = ()

    @property
    def first_error(self) -> int | None:
        return self.ratings.index(-1) if -1 in self.ratings else None


def judge(truth: Truth, *, profile: Profile, rng: Random, done: int = 0) -> Judgement:
    """Judge a solution as such a rater would who has ``done`` so many before.

    The answer is right with exactly the profile's accuracy after ``done``, whatever the solution; so the share of
    right answers on any gold set is the accuracy. On a solution where a mistake can go one way only, it goes that way.
    """
    if rng.random() < profile.gives_up:
        return Judgement((), "give_up", _time(1, profile, rng), GIVE_UP_REASON)
    right = rng.random() < profile.accuracy_after(done)
    error = rng.choice(sorted(truth.acceptable)) if right else _mistake(truth, profile, rng)
    if error == NO_ERROR:
        ratings = _unfaulted(truth.steps, truth, profile, rng)
        return Judgement(ratings, "solution", _time(len(ratings), profile, rng))
    ratings = (*_unfaulted(error, truth, profile, rng), -1)
    return Judgement(ratings, "found_error", _time(len(ratings), profile, rng))


def judge_every_step(truth: Truth, *, profile: Profile, rng: Random, done: int = 0) -> Judgement:
    """The same, and the steps behind the first error too: each by itself, so that no fault is found with them."""
    judged = judge(truth, profile=profile, rng=rng, done=done)
    left = truth.steps - len(judged.ratings)
    if judged.finish_reason != "found_error" or not left:
        return judged
    later = tuple(0 if rng.random() < profile.neutral else 1 for _ in range(left))
    time = judged.total_time + _time(left, profile, rng)
    return replace(judged, ratings=(*judged.ratings, *later), total_time=time)


def judge_alternatives(
    judged: Judgement, texts: Sequence[str], truth: Truth, *, profile: Profile, rng: Random, done: int = 0
) -> Judgement:
    """And the other candidates for the failing step: rightly with the profile's accuracy, by chance if not known."""
    right = profile.accuracy_after(done)
    known = [truth.alternatives.get(text) or rng.choice((-1, 1)) for text in texts]
    ratings = tuple(rating if rng.random() < right else -rating for rating in known)
    return replace(judged, alternatives=ratings, total_time=judged.total_time + _time(len(texts), profile, rng))


def _mistake(truth: Truth, profile: Profile, rng: Random) -> int:
    """A wrong answer: too strict blames a step before the first acceptable answer, too lenient goes past it."""
    answers: list[int] = [*range(truth.steps), NO_ERROR]
    wrong = [answer for answer in answers if answer not in truth.acceptable]
    true = min(_place(answer, truth) for answer in truth.acceptable)
    strict = [answer for answer in wrong if _place(answer, truth) < true]
    lenient = [answer for answer in wrong if _place(answer, truth) > true]
    if not wrong:  # every answer is acceptable
        return rng.choice(sorted(truth.acceptable))
    if strict and (not lenient or rng.random() < (1 + profile.bias) / 2):
        return rng.choice(strict)
    later = [answer for answer in lenient if answer != NO_ERROR]
    if later and (NO_ERROR not in lenient or rng.random() >= FINDS_NONE):
        return rng.choice(later)
    return NO_ERROR


def _place(answer: int, truth: Truth) -> int:
    """How far one reads before giving it: to find no error is to read to the end."""
    return truth.steps if answer == NO_ERROR else answer


def _unfaulted(count: int, truth: Truth, profile: Profile, rng: Random) -> tuple[int, ...]:
    """Ratings of the first ``count`` steps by a rater who finds no fault with them."""
    chances = (profile.notices_neutral if step in truth.neutral else profile.neutral for step in range(count))
    return tuple(0 if rng.random() < chance else 1 for chance in chances)


def _time(steps: int, profile: Profile, rng: Random) -> int:
    return round(sum(rng.gammavariate(SPREAD, 1000 * profile.seconds / SPREAD) for _ in range(steps)))
