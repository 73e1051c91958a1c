"""What every backend is: values in, values out, batch first. Nothing here knows of Django, Celery or a GPU."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from labelling.corpus.text import BadText, check_text

Recorded = tuple[float, ...]
StepScores = tuple[float | None, ...]  # None: that step was not scored


class BadConfig(ValueError):
    """A configuration that a backend can't be made from; the message names the key and the mend."""


class NotHere(BadConfig):
    """This machine lacks what the configuration needs (a package, a folder); another one may have it."""


@dataclass(frozen=True, slots=True)
class ScoringItem:
    """One solution to score. ``recorded``: the step scores imported with it, where the backend asks for them."""

    problem: str
    steps: tuple[str, ...]
    recorded: Recorded | None = None


class Backend(Protocol):
    """Made once from a model version's configuration, then asked for batch after batch.

    ``recorded_scorer``: whose recorded scores the items must carry, or None.
    ``precision``: of its arithmetic, for the worker's log.
    ``form``: what it judges, ``process`` or ``outcome``; None where that isn't known here.
    """

    name: ClassVar[str]

    @property
    def recorded_scorer(self) -> str | None: ...

    @property
    def precision(self) -> str: ...

    @property
    def form(self) -> str | None: ...

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """Raises BadConfig for an unknown key, a missing one, or a value that isn't fit."""

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        """An entry an item, in order: P(step is not an error), in [0, 1], for each step; None: can't score it.

        A step's own None: not scored. Of a solution that is too long, the steps that did not fit; of an outcome model,
        which judges whole solutions, every step but the last. At least one step of an entry has a number.
        """

    def stream(self, items: Sequence[ScoringItem]) -> Iterator[tuple[int, StepScores | None]]:
        """The same, each entry with its item's index, as soon as it is there, in any order: it is stored at once."""


class AtOnce:
    """For a backend that is too fast for parts of its answer to matter."""

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        raise NotImplementedError

    def stream(self, items: Sequence[ScoringItem]) -> Iterator[tuple[int, StepScores | None]]:
        yield from enumerate(self.score(items))


class AsReady:
    """For a backend whose answers come batch by batch."""

    def stream(self, items: Sequence[ScoringItem]) -> Iterator[tuple[int, StepScores | None]]:
        raise NotImplementedError

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        answers = dict(self.stream(items))
        return [answers[at] for at in range(len(items))]


def check_keys(config: Mapping[str, object], *, backend: str, known: Sequence[str]) -> None:
    """Raise BadConfig where ``config`` holds a key that the backend doesn't know, or a text that can't be stored."""
    unknown = sorted(set(config) - set(known))
    if unknown:
        raise BadConfig(
            f"The backend '{backend}' does not know {', '.join(map(repr, unknown))} in its configuration; "
            f"it knows: {', '.join(map(repr, known))}."
        )
    for key, value in config.items():
        if isinstance(value, str):
            try:
                check_text(value)
            except BadText as error:
                raise BadConfig(f"The backend '{backend}': {key}: {error}") from error
