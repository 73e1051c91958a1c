"""A scoring run: what waits is scored chunk by chunk, and stored as answers come. Killed, it goes on where it was."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final

from labelling.prm.backends import Backend, StepScores, backend_make
from labelling.prm.claims import Scope, Unscored, chunks_claimed
from labelling.prm.models import ModelVersion
from labelling.prm.selectors import Counts, scored_in_part, scoring_counts
from labelling.prm.services import scores_store

logger = logging.getLogger(__name__)

CHUNK: Final = 500  # solutions that a worker takes at once: the more, the better its batches
STORED: Final = 250  # answers that are stored together …
STORE_SECONDS: Final = 2.0  # … or sooner, where the model is slow: a kill loses no more than these, and what is in hand
COUNT_SECONDS: Final = 2.0  # between two counts in the database, of which others' scores come in, too
COUNT_SHARE: Final = 0.05  # of the time, at most, goes into counting

Report = Callable[[int, int, str], None]
NOTHING: Final = Counts(0, 0, 0)


@dataclass
class Tally:
    """How far a version is: ``counts`` of the database, and what was done here since they were read."""

    counts: Counts = NOTHING
    due: float = 0.0
    since: int = 0
    fresh: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        return self.counts.scored + self.since + self.refused

    @property
    def total(self) -> int:
        return self.counts.scored + self.counts.waiting


@dataclass
class Run:
    """One worker's part in scoring what waits. ``report`` takes (done, total, message), and may raise to end it."""

    version: ModelVersion
    campaign: str | None
    report: Report
    size: int = CHUNK
    backend: Backend = field(init=False)
    scope: Scope = field(init=False)
    tally: Tally = field(init=False, default_factory=Tally)

    def __post_init__(self) -> None:
        self.backend = backend_make(self.version.model.backend, self.version.config)
        self.scope = Scope(self.version, self.backend.recorded_scorer, self.campaign)

    def work(self, *, stay: bool) -> Tally:
        """``stay``: to the very end, also for what others have in hand; else as long as there is something to take."""
        began = time.monotonic()
        self._tell()
        with closing(chunks_claimed(self.scope, size=self.size, stay=stay)) as chunks:
            for chunk in chunks:
                if chunk:
                    self._score(chunk)
                else:
                    self._tell()
        self._tell(self._message() if stay else "")
        self._log(time.monotonic() - began)
        return self.tally

    def _score(self, chunk: Sequence[Unscored]) -> None:
        ready: list[tuple[Unscored, StepScores]] = []
        stored_at = time.monotonic()
        for at, steps in self.backend.stream([unscored.item for unscored in chunk]):
            if steps is None:
                self.tally.refused += 1
            else:
                ready.append((chunk[at], steps))
            if len(ready) >= STORED or time.monotonic() - stored_at >= STORE_SECONDS:
                self._store(ready)
                ready, stored_at = [], time.monotonic()
        self._store(ready)

    def _store(self, ready: Sequence[tuple[Unscored, StepScores]]) -> None:
        fresh = scores_store(version=self.version, scored=ready) if ready else 0
        self.tally.fresh += fresh
        self.tally.since += fresh
        self._tell()

    def _tell(self, message: str = "") -> None:
        if time.monotonic() >= self.tally.due:
            self._count()
        self.report(self.tally.done, self.tally.total, message)

    def _count(self) -> None:
        began = time.monotonic()
        counts = scoring_counts(self.scope)
        now = time.monotonic()
        due = now + max(COUNT_SECONDS, (now - began) / COUNT_SHARE)
        self.tally = replace(self.tally, counts=counts, due=due, since=0)

    def _message(self) -> str:
        """Of all that was done, by whomever: what waits still is what nobody could score."""
        self._count()
        counts = self.tally.counts
        self.tally.refused = counts.waiting
        told = f"{counts.scored:,} of {counts.scored + counts.unrecorded + counts.waiting:,} solutions"
        parts = [f"{told} scored by {self.version}"]
        if counts.unrecorded:
            parts.append(f"{counts.unrecorded:,} have no recorded score by '{self.scope.scorer}'")
        if counts.waiting:
            parts.append(f"{counts.waiting:,} the backend could not score")
        in_part = scored_in_part(self.scope)
        if in_part:
            parts.append(f"{in_part:,} only in part, as they are too long for the model")
        return "; ".join(parts)

    def _log(self, seconds: float) -> None:
        logger.info(
            "model=%s version=%s backend=%s precision=%s scored=%s unscorable=%s seconds=%.1f throughput=%.0f/s",
            self.version.model.name,
            self.version.number,
            self.backend.name,
            self.backend.precision,
            self.tally.fresh,
            self.tally.counts.unrecorded + self.tally.refused,
            seconds,
            self.tally.fresh / max(seconds, 1e-6),
        )


def solutions_score(*, version: ModelVersion, campaign: str | None, report: Report, size: int = CHUNK) -> Tally:
    """Score all that waits, beside whoever else does."""
    return Run(version, campaign, report, size).work(stay=True)
