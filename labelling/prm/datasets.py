"""Reading labelled files for training: what is used, what is left out and why. Held-out problems are refused."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from labelling.corpus.importers.reader import Line, ReadProblem, read_lines
from labelling.corpus.models import Problem
from labelling.corpus.text import BadText, problem_key
from labelling.prm.embedded.examples import Example
from labelling.prm.embedded.rows import BadRow, Labelled, labelled

_BATCH = 1000  # rows between two questions to the database

Progress = Callable[[int, int], None]  # bytes read, of how many


class NothingToRead(ValueError):
    """A file can't be read at all; the message says which and why."""


@dataclass
class Dataset:
    """``bad``: (file, line number, reason). ``left_out``: rows by reason. ``held_out``: problems refused."""

    examples: list[Example] = field(default_factory=list)
    rows: int = 0
    bad: list[tuple[str, int, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    held_out: set[str] = field(default_factory=set)


def dataset_read(files: Sequence[str], *, neutral: str, progress: Progress) -> Dataset:
    """Read PRM800K rows (.jsonl, .jsonl.gz). Raises NothingToRead for a file that can't be opened."""
    dataset = Dataset()
    rows = _rows(files, dataset, neutral, progress)
    while batch := list(islice(rows, _BATCH)):
        _take(batch, dataset)
    return dataset


def _rows(files: Sequence[str], dataset: Dataset, neutral: str, progress: Progress) -> Iterator[Labelled]:
    sizes = [Path(name).stat().st_size if Path(name).is_file() else 0 for name in files]
    for at, name in enumerate(files):
        try:
            for line in read_lines(name):
                progress(sum(sizes[:at]) + line.bytes_read, sum(sizes))
                dataset.rows += 1
                try:
                    yield _row(line, neutral)
                except (BadRow, BadText) as error:
                    dataset.bad.append((name, line.number, str(error)))
        except ReadProblem as error:
            raise NothingToRead(str(error)) from error


def _row(line: Line, neutral: str) -> Labelled:
    if line.obj is None:
        raise BadRow(line.error or "not an object")
    row = labelled(line.obj, neutral=neutral)
    problem_key(row.problem)  # raises BadText
    return row


def _take(batch: Sequence[Labelled], dataset: Dataset) -> None:
    keys = {row.problem: problem_key(row.problem) for row in batch}
    held = Problem.objects.filter(key__in=set(keys.values()), held_out=True).values_list("key", flat=True)
    refused = {key.hex for key in held}
    for row in batch:
        if keys[row.problem] in refused:
            dataset.held_out.add(keys[row.problem])
            dataset.left_out["held-out problem"] += 1
        elif row.left_out:
            dataset.left_out[row.left_out] += 1
        else:
            dataset.examples += row.examples
