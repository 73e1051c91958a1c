"""Reading labelled files, for training and for evaluation: what is used, what is left out and why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from labelling.corpus.importers.reader import Line, ReadProblem, read_lines
from labelling.corpus.models import Problem
from labelling.corpus.text import BadText, problem_key
from labelling.prm.embedded.examples import Example
from labelling.prm.models import Objective
from labelling.prm.rows import BadRow, Labelled, row_read
from labelling.prm.rows.base import Verdict, path_examples

_BATCH = 1000  # rows between two questions to the database

Progress = Callable[[int, int], None]  # bytes read, of how many


class NothingToRead(ValueError):
    """A file can't be read at all; the message says which and why."""


@dataclass
class Dataset:
    """``bad``: (file, line number, reason). ``left_out``: rows by reason. ``held_out``: keys of problems refused.

    ``examples``: steps labelled by ``objective``. ``verdicts``: (problem, whole solution) where a row tells of one.
    ``kinds``: rows by kind.
    """

    objective: str = Objective.PROCESS
    examples: list[Example] = field(default_factory=list)
    verdicts: list[tuple[str, Verdict]] = field(default_factory=list)
    rows: int = 0
    bad: list[tuple[str, int, str]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    held_out: set[str] = field(default_factory=set)


def dataset_read(
    files: Sequence[str],
    *,
    neutral: str,
    progress: Progress = lambda _done, _total: None,
    objective: str = Objective.PROCESS,
    for_training: bool = True,
) -> Dataset:
    """Read labelled rows (``rows.KINDS``; .jsonl, .json, .parquet, packed too). Raises NothingToRead.

    ``for_training`` False keeps held-out problems: they are there to be evaluated on.
    """
    dataset = Dataset(objective)
    rows = _rows(files, dataset, neutral, progress)
    while batch := list(islice(rows, _BATCH)):
        _take(batch, dataset, for_training=for_training)
    return dataset


def _rows(files: Sequence[str], dataset: Dataset, neutral: str, progress: Progress) -> Iterator[Labelled]:
    sizes = [Path(name).stat().st_size if Path(name).is_file() else 0 for name in files]
    for at, name in enumerate(files):
        try:
            for line in read_lines(name):
                progress(sum(sizes[:at]) + line.bytes_read, sum(sizes))
                dataset.rows += 1
                try:
                    yield _row(line, neutral, dataset)
                except (BadRow, BadText) as error:
                    dataset.bad.append((name, line.number, str(error)))
        except ReadProblem as error:
            raise NothingToRead(str(error)) from error


def _row(line: Line, neutral: str, dataset: Dataset) -> Labelled:
    if line.obj is None:
        raise BadRow(line.error or "not an object")
    kind, row = row_read(line.obj, neutral=neutral)
    problem_key(row.problem)  # raises BadText
    dataset.kinds[kind] += 1
    return row


def _take(batch: Sequence[Labelled], dataset: Dataset, *, for_training: bool) -> None:
    keys = {row.problem: problem_key(row.problem) for row in batch}
    held = Problem.objects.filter(key__in=set(keys.values()), held_out=True).values_list("key", flat=True)
    refused = {key.hex for key in held} if for_training else set()
    for row in batch:
        if keys[row.problem] in refused:
            dataset.held_out.add(keys[row.problem])
            dataset.left_out["held-out problem"] += 1
        elif row.left_out:
            dataset.left_out[row.left_out] += 1
        else:
            _take_row(row, dataset)


def _take_row(row: Labelled, dataset: Dataset) -> None:
    if row.verdict is not None:
        dataset.verdicts.append((row.problem, row.verdict))
    examples = row.examples if dataset.objective == Objective.PROCESS else _by_outcome(row)
    if examples:
        dataset.examples += examples
    elif dataset.objective == Objective.OUTCOME:
        dataset.left_out["no verdict on the final answer"] += 1
    elif row.verdict is not None:
        dataset.left_out["no step is labelled"] += 1


def _by_outcome(row: Labelled) -> tuple[Example, ...]:
    """Each step of a solution is labelled by how the solution ends: Cobbe et al. 2021 (arXiv 2110.14168)."""
    verdict = row.verdict
    if verdict is None or verdict.is_right is None:
        return ()
    return path_examples(row.problem, verdict.steps, [verdict.is_right] * len(verdict.steps))
