"""What the model is trained on and scores: steps in their places, cut into pieces of the size it has seen."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from labelling.prm.embedded.features import Step, context_after, context_of, step_of
from labelling.prm.embedded.reading import Context

_SENTENCE: Final = re.compile(r"(?<=[.!?;\n])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled step: the problem, the steps before it, its text. ``target``: in [0, 1], 1 for no error."""

    problem: str
    before: tuple[str, ...]
    text: str
    target: float


def merged(examples: Sequence[Example]) -> list[Example]:
    """The same step labelled more than once becomes one example with the mean target; by problem, in order."""
    targets: dict[tuple[str, tuple[str, ...], str], list[float]] = defaultdict(list)
    for one in examples:
        targets[one.problem, one.before, one.text].append(one.target)
    mean = [Example(*key, sum(values) / len(values)) for key, values in targets.items()]
    return sorted(mean, key=lambda one: one.problem)  # stable: within a problem as they came


def data_hash(examples: Sequence[Example]) -> str:
    """SHA-256 over the merged examples, whatever their order."""
    lines = sorted(repr((one.problem, one.before, one.text, one.target)) for one in examples)
    return hashlib.sha256("\n".join(lines).encode(errors="backslashreplace")).hexdigest()


def pieces(text: str, limit: int) -> list[str]:
    """Cut a step of more than ``limit`` words at the ends of its sentences into pieces that have no more, if it can be.

    A step is right when all of it is, so a long step's score is the product over its pieces: a model that learned from
    single sentences would otherwise be asked about what it has never seen.
    """
    if len(text.split()) <= limit:
        return [text]
    found: list[str] = []
    for sentence in _SENTENCE.split(text):
        if found and len(found[-1].split()) + len(sentence.split()) <= limit:
            found[-1] = f"{found[-1]} {sentence}"
        else:
            found.append(sentence)
    return found


class Places:
    """Contexts of one problem's prefixes, each worked out once."""

    def __init__(self, problem: str, limit: int) -> None:
        self._limit = limit
        self._contexts: dict[tuple[str, ...], Context] = {(): context_of(problem)}

    def after(self, steps: tuple[str, ...]) -> Context:
        """The context behind ``steps``."""
        size = len(steps)
        while steps[:size] not in self._contexts:
            size -= 1
        context = self._contexts[steps[:size]]
        for at in range(size, len(steps)):
            context = self.look(steps[at], context)[1]
            self._contexts[steps[: at + 1]] = context
        return context

    def look(self, text: str, context: Context) -> tuple[list[Step], Context]:
        """A step's pieces, and the context behind it."""
        looked = []
        for piece in pieces(text, self._limit):
            step = step_of(piece, context)
            context = context_after(context, step)
            looked.append(step)
        return looked, context


def examples_looked(examples: Sequence[Example]) -> Iterator[Step]:
    """Look at each of the merged examples, whole."""
    places, problem, limit = None, "", 10**9
    for one in examples:
        if places is None or one.problem != problem:
            places, problem = Places(one.problem, limit), one.problem
        yield step_of(one.text, places.after(one.before))
