"""Labelled steps as few solutions to score: a step that stands in a longer one is scored along with it, in one pass."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labelling.prm.embedded.examples import Example


@dataclass(slots=True)
class Path:
    """A solution as far as it is known; ``labels``: the target of each labelled step, by its index."""

    problem: str
    steps: tuple[str, ...]
    labels: dict[int, float] = field(default_factory=dict)


def paths_of(examples: Iterable[Example], solutions: Iterable[tuple[str, Sequence[str]]] = ()) -> list[Path]:
    """Each merged example in exactly one path; each whole solution (problem, steps) is a path, labelled or not."""
    wanted: dict[str, dict[tuple[str, ...], dict[int, float]]] = defaultdict(dict)
    for problem, steps in solutions:
        wanted[problem].setdefault(tuple(steps), {})
    labelled = [(one, (*one.before, one.text)) for one in examples]
    for one, steps in sorted(labelled, key=lambda pair: -len(pair[1])):
        _place(wanted[one.problem], steps, one.target)
    return [Path(problem, steps, labels) for problem, by_steps in wanted.items() for steps, labels in by_steps.items()]


def _place(paths: dict[tuple[str, ...], dict[int, float]], steps: tuple[str, ...], target: float) -> None:
    """The longest come first, so a path that a step stands in is there already."""
    home = next((path for path in paths if path[: len(steps)] == steps), steps)
    paths.setdefault(home, {})[len(steps) - 1] = target
