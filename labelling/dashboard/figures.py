"""What the lead's pages show, as plain values: counts, shares, and where a drawing puts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise

Words = str | Promise
WIDTH: Final = 1000  # a bar's length in the units of its drawing
LAST_BIN: Final = 12  # first errors at this step or later share one column


@dataclass(frozen=True)
class Part:
    """One part of a mix. ``tone`` names the colour: positive, negative, neutral, accent, warn or open."""

    label: Words
    count: int
    tone: str


@dataclass(frozen=True)
class Slice:
    """A part as drawn: from ``start``, ``width`` long, in units of ``WIDTH``. ``percent`` of the whole, rounded."""

    part: Part
    start: int
    width: int
    percent: int


@dataclass(frozen=True)
class Mix:
    """Parts of one whole, in the order in which they are drawn."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def slices(self) -> list[Slice]:
        """Every part, the empty ones too; neighbours meet exactly, and together they fill the bar."""
        total, before, made = self.total or 1, 0, []
        for part in self.parts:
            start, end = (WIDTH * edge // total for edge in (before, before + part.count))
            made.append(Slice(part, start, end - start, round(100 * part.count / total)))
            before += part.count
        return made


@dataclass(frozen=True)
class Column:
    """One column of a histogram, ``height`` in percent of the highest. ``label``: "3", or "12+" for the last bin."""

    label: str
    count: int
    height: int


def columns_of(counts: Mapping[int, int]) -> list[Column]:
    """Counts by 0-based step as columns by 1-based step, without gaps, up to the last that has any."""
    if not any(counts.values()):
        return []
    last = min(max(step for step, count in counts.items() if count) + 1, LAST_BIN)
    bins = [0] * last
    for step, count in counts.items():
        if count:
            bins[min(step, last - 1)] += count
    open_ended = any(count and step >= LAST_BIN for step, count in counts.items())
    labels = [str(step) for step in range(1, last + 1)]
    if open_ended:
        labels[-1] += "+"
    return [Column(label, count, _height(count, max(bins))) for label, count in zip(labels, bins, strict=True)]


def _height(count: int, highest: int) -> int:
    """At least one percent where there is anything: one case in a thousand must not look like none."""
    return max(1, round(100 * count / highest)) if count else 0


@dataclass(frozen=True)
class RoundFigures:
    """A round and its queue. ``items``: done, leased, waiting or dropped; ``depth``: judgements still to be claimed."""

    number: int
    open: bool
    strategy: str
    model: str
    items: int
    done: int
    leased: int
    waiting: int
    withdrawn: int
    dropped: int
    holds: int
    depth: int
    opened_at: datetime
    closed_at: datetime | None
    simulated: bool = False  # some of its labels are by simulated raters


@dataclass(frozen=True)
class RaterFigures:
    """One rater's work in the campaign. ``seconds``: median active time of an annotation."""

    name: str
    pseudonym: str
    simulated: bool
    today: int
    total: int
    seconds: float | None
    last_seen: datetime | None


@dataclass(frozen=True)
class DropFigures:
    """How many items were dropped for one reason."""

    reason: str
    items: int


@dataclass(frozen=True)
class HoldFigures:
    """A problem kept out until somebody checks its reference answer. ``percent`` of its samples give ``answer``."""

    problem: str
    reference: str | None
    answer: str
    percent: int


@dataclass(frozen=True)
class JobFigures:
    """A job that runs, waits, or ended of late. ``rate``: per second since it began; ``left``: time to its end.

    ``stoppable``: by this campaign's lead. ``error``: why it failed. ``in_per_cent``: its stages are no like pieces.
    """

    pk: int
    kind: str
    state: str
    state_label: Words
    done: int
    total: int | None
    message: Words
    progress: Mix | None
    rate: float | None
    left: timedelta | None
    stoppable: bool = False
    error: str = ""
    in_per_cent: bool = False


def job_pace(
    *, done: int, total: int | None, started_at: datetime | None, now: datetime
) -> tuple[float | None, timedelta | None]:
    """(rate a second, time left) of a running job; None where it cannot be told yet."""
    if started_at is None or not done or now <= started_at:
        return None, None
    rate = done / (now - started_at).total_seconds()
    left = None if total is None else timedelta(seconds=round((total - done) / rate))
    return rate, left


@dataclass(frozen=True)
class Pool:
    """What the campaign may draw from."""

    problems: int
    held_out: int
    verdicts: Mix


@dataclass(frozen=True)
class Paused:
    """A rater who gets no items: since when and why; ``by``: the lead, empty where the gold's mark did it."""

    name: str
    since: datetime
    reason: str
    by: str


@dataclass(frozen=True)
class Overview:
    """All of one campaign's page. ``round``: the open one, else the newest; the labels count what stands.

    ``to_check``: held and reported references and undecided answers that wait for a person, of all rounds;
    ``questions``: those of raters that wait for an answer.
    """

    round: RoundFigures | None
    progress: Mix
    rounds: Sequence[RoundFigures]
    annotations: int
    late: int
    simulated: int
    labels: Mix
    finish_reasons: Mix
    first_errors: Sequence[Column]
    raters: Sequence[RaterFigures]
    drops: Sequence[DropFigures]
    holds: Sequence[HoldFigures]
    to_check: int
    questions: int
    jobs: Sequence[JobFigures]
    pool: Pool
    paused: Sequence[Paused]


@dataclass(frozen=True)
class CampaignLine:
    """One campaign in the list. ``round`` is the number of the open round, None between rounds."""

    slug: str
    name: str
    round: int | None
    progress: Mix
    annotations: int
    today: int
