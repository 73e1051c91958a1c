"""One simulated rater's session: claim, judge, save a draft, submit and get the next, as the labelling page does."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any, Protocol

from labelling.pipeline.simulation.judging import Judgement, Truth, judge, judge_alternatives, judge_every_step
from labelling.pipeline.simulation.profiles import Profile

Offer = Mapping[str, Any]  # what a claim or a submit brings, as the API gives it: ``held``, ``leases``, ``reason``
Lease = Mapping[str, Any]  # as the API gives it


NOTE = {"type": "other", "explanation": "A simulated rater's note.", "corrected": ""}


class SimulationFault(Exception):
    """The session cannot go on; the message says why."""


class Desk(Protocol):
    """Where a rater works."""

    def claim(self) -> Offer: ...
    def read_guidelines(self) -> None: ...
    def draft(self, lease: Lease, document: Mapping[str, Any]) -> None: ...
    def submit(self, lease: Lease, document: Mapping[str, Any]) -> Offer: ...


class Line:
    """The leases that a rater holds, in their order: an answer brings those that are new, and says which are held."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}

    def first(self, offer: Offer) -> Lease | None:
        """The lease to work on after this answer. Raises ``SimulationFault`` where it was never brought."""
        self._leases |= {lease["id"]: lease for lease in offer["leases"]}
        held = offer["held"]
        self._leases = {key: lease for key, lease in self._leases.items() if key in held}
        if held and held[0] not in self._leases:
            raise SimulationFault(f"The lease {held[0]} is held, but no answer has brought it.")
        return self._leases[held[0]] if held else None


@dataclass(frozen=True)
class Done:
    """One solution that was judged. ``right`` is None where the rater gave up."""

    right: bool | None
    total_time: int


@dataclass
class Session:
    """``most``: solutions to judge at most. ``before``: how many this rater has judged earlier: fatigue goes on.

    A judgement depends on the seed, the rater and the solution, not on the order in which others work. ``pace``: how
    much of the simulated time really passes. ``every_step`` and ``notes``: the campaign's mode, and whether it asks for
    error notes. ``ended``: why there was nothing more, as a claim's reason.
    """

    name: str
    profile: Profile
    desk: Desk
    truths: Mapping[str, Truth]
    seed: int
    most: int | None = None
    before: int = 0
    pace: float = 0.0
    every_step: bool = False
    notes: bool = False
    sleep: Callable[[float], None] = time.sleep
    done: list[Done] = field(default_factory=list)
    ended: str = ""

    def work(self) -> Iterator[Done]:
        """Judge one solution after the other; each is stored when it is yielded."""
        offer, line = self._first(), Line()
        while (lease := line.first(offer)) is not None and (self.most is None or len(self.done) < self.most):
            key = question_key(lease["problem"]["text"], [step["text"] for step in lease["steps"]])
            truth = self.truths.get(key)
            if truth is None:
                raise SimulationFault(f"{self.name} was given a solution whose truth is not known.")
            judgement = self._judged(truth, key, lease["steps"])
            offer = self._handed_in(lease, judgement)
            right = None if judgement.finish_reason == "give_up" else truth.is_right(judgement.first_error)
            self.done.append(Done(right, judgement.total_time))
            yield self.done[-1]
        self.ended = "share done" if lease is not None else str(offer["reason"])

    def _first(self) -> Offer:
        offer = self.desk.claim()
        if offer["reason"] == "guidelines":
            self.desk.read_guidelines()
            offer = self.desk.claim()
        return offer

    def _judged(self, truth: Truth, key: str, steps: Sequence[Mapping[str, Any]]) -> Judgement:
        rng = Random(f"stepmark simulation {self.seed} {self.name} {key}")  # noqa: S311  no secret
        done = self.before + len(self.done)
        judges = judge_every_step if self.every_step else judge
        judged = judges(truth, profile=self.profile, rng=rng, done=done)
        others = [] if judged.first_error is None else steps[judged.first_error].get("alternatives", [])
        if not others:
            return judged
        texts = [one["text"] for one in others]
        return judge_alternatives(judged, texts, truth, profile=self.profile, rng=rng, done=done)

    def _step(self, judgement: Judgement, index: int) -> dict[str, Any]:
        step: dict[str, Any] = {"rating": judgement.ratings[index], "flagged": False}
        if index == judgement.first_error and judgement.alternatives:
            step["alternatives"] = [{"rating": rating, "flagged": False} for rating in judgement.alternatives]
        if step["rating"] == -1 and self.notes:
            step["note"] = NOTE
        return step

    def _handed_in(self, lease: Lease, judgement: Judgement) -> Offer:
        steps = [self._step(judgement, index) for index in range(len(judgement.ratings))]
        same = {"steps": steps, "total_time": judgement.total_time}
        seq = 1 + (lease["draft"]["seq"] if lease["draft"] else 0)
        self.desk.draft(lease, {**same, "seq": seq, "current": max(0, len(steps) - 1)})
        if self.pace:
            self.sleep(self.pace * judgement.total_time / 1000)
        finish = {"finish_reason": judgement.finish_reason, "reason": judgement.reason}
        return self.desk.submit(lease, {**same, **finish, "uuid": str(uuid.uuid4())})


def question_key(problem: str, steps: Sequence[str]) -> str:
    """What a rater reads, as a short key: all that a simulated one can know a solution by."""
    return sha256("\0".join([problem, *steps]).encode(errors="surrogatepass")).hexdigest()
