"""A rater at the labelling page, by what the page sends: claim, draft, submit-with-next; and its retries."""

import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from benchmarks.load.browser import Answer, Browser, Unreachable

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 30.0
RETRYABLE = {408, 425, 429, 500, 502, 503, 504}
SHARE_WITHOUT_ERROR = 0.3

Lease = dict[str, Any]


class Refused(Exception):
    """An answer that trying again would not mend; the page would tell the rater."""

    def __init__(self, what: str, status: int, text: str) -> None:
        super().__init__(f"{what} was answered {status}: {text}")
        self.status = status


class GaveUp(Exception):
    """The run was over before an answer came."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One answered request: ``at``, by the monotonic clock, is when the answer was whole."""

    kind: str
    at: float
    seconds: float


class Rater:
    """``timings``: of each answered request. ``leases``: the ids of all items given, each once, in order.

    ``line``: the leases held, the one to work on first. ``empty``: answers without an item. ``again``: how often an
    item came back that had been submitted.
    """

    def __init__(self, browser: Browser, *, campaign: str, seed: int) -> None:
        self.browser = browser
        self.chance = random.Random(seed)  # noqa: S311  made-up judgements
        self.claim_path = f"/api/campaigns/{campaign}/claim/"
        self.timings: list[Timing] = []
        self.leases: dict[str, bool] = {}  # whether it has been submitted
        self.line: list[Lease] = []
        self.empty = self.again = 0

    def claim(self) -> Lease | None:
        answer = self._asked("claim", "POST", self.claim_path, b"{}", HTTPStatus.OK)
        return self._given(json.loads(answer.body))

    def save_draft(self, lease: Lease, judgement: Lease) -> None:
        count = len(lease["steps"])
        steps = [*judgement["steps"], *({"rating": None, "flagged": False},) * count][:count]
        draft = {"seq": 1, "steps": steps, "total_time": 4200, "current": len(judgement["steps"]) - 1}
        self._asked("draft", "PUT", lease["draft_url"], json.dumps(draft).encode(), HTTPStatus.NO_CONTENT)

    def submit(self, lease: Lease, judgement: Lease) -> Lease | None:
        """Returns the next lease, None where the queue had none."""
        answer = self._asked("submit", "POST", lease["submit_url"], json.dumps(judgement).encode(), HTTPStatus.OK)
        stored = json.loads(answer.body)
        if stored["annotation"] != judgement["uuid"]:
            raise Refused("submit", answer.status, "it names another annotation")
        self.leases[lease["id"]] = True
        return self._given(stored)

    def judge(self, lease: Lease) -> Lease:
        """A judgement that the item can have: an error at some step, else none."""
        count = len(lease["steps"])
        found = self.chance.random() > SHARE_WITHOUT_ERROR
        ratings = [1] * self.chance.randrange(count) + [-1] if found else [1] * count
        return {
            "uuid": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            "steps": [{"rating": rating, "flagged": False} for rating in ratings],
            "finish_reason": "found_error" if found else "solution",
            "total_time": 9000,
        }

    def _asked(self, kind: str, method: str, path: str, body: bytes, wanted: int) -> Answer:
        answer = self.browser.send_json(method, path, body)
        self.timings.append(Timing(kind, time.monotonic(), answer.seconds))
        if answer.status != wanted:
            raise Refused(kind, answer.status, answer.body[:200].decode(errors="replace"))
        return answer

    def _given(self, offer: dict[str, Any]) -> Lease | None:
        """The lease to work on now. The page asks again where it lacks one that it holds; here that is a fault."""
        known = {lease["id"]: lease for lease in [*self.line, *offer["leases"]]}
        self.line = [known[key] for key in offer["held"]]
        self.again += sum(self.leases.setdefault(key, False) for key in offer["held"])
        if not self.line:
            self.empty += 1
        return self.line[0] if self.line else None


class Retries:
    """Until stored or refused, as the page does it: the same body again, waiting 1, 2, 4 … 30 s, a little spread."""

    def __init__(self, chance: random.Random, over: Callable[[], bool]) -> None:
        self.chance = chance
        self.over = over
        self.failures = 0

    def run(self, work: Callable[[], Lease | None]) -> Lease | None:
        """Raises ``Refused``, or ``GaveUp`` where the run was over first."""
        tries = 0
        while True:
            try:
                return work()
            except Unreachable:
                self.failures += 1
            except Refused as refusal:
                if refusal.status not in RETRYABLE:
                    raise
                self.failures += 1
            self._wait(tries)
            tries += 1

    def _wait(self, tries: int) -> None:
        seconds = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**tries) * (0.75 + self.chance.random() / 4)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.over():
                raise GaveUp
            time.sleep(min(0.2, seconds))
