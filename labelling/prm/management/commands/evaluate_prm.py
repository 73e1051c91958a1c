"""``manage.py evaluate_prm [FILE…] --model NAME``: how good reward models are, on labelled files and on samples."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from labelling.jobs.terminal import console_on, printable
from labelling.prm.backends import BadConfig
from labelling.prm.datasets import Dataset, NothingToRead, dataset_read
from labelling.prm.evaluating import CannotEvaluate, Found, Watch, evaluations_store, files_evaluate, samples_evaluate
from labelling.prm.evaluation.selection import NothingToChoose
from labelling.prm.models import ModelVersion
from labelling.prm.pictures import chart_of, svg_of
from labelling.prm.pools import PoolScope
from labelling.prm.rows.base import NEUTRAL
from labelling.prm.selectors import evaluations_known, version_named
from labelling.prm.services import ModelRefused, recorded_register
from labelling.prm.tables import tables_of

_SHOWN = 10  # bad lines
_FILE_WIDTH = 160  # characters of a table in a file or a pipe


class Command(BaseCommand):
    help = (
        "Evaluate reward models: on labelled files (PRM800K, TRL or ProcessBench rows) step AUC, Brier score, "
        "calibration and ProcessBench's F1; on the samples in the database (--best-of-n) how often the best of N is "
        "right. Figures are kept with each model version."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("files", nargs="*", metavar="FILE", help="labelled rows; .json, .jsonl, .parquet, packed too")
        add("--model", action="append", default=[], metavar="NAME[@N]", help="its newest version, or N; again for more")
        add("--best-of-n", action="store_true", help="choose among the samples in the database")
        add("--campaign", metavar="SLUG", help="only samples of this campaign's problems")
        add("--source", metavar="NAME", help="only samples of this source")
        add("--generator", metavar="NAME", help="only samples of this generator")
        add("--most", type=int, metavar="N", help="the largest N (default: what nine problems of ten have)")
        add("--neutral", choices=NEUTRAL, default="positive", help="what a neutral rating in a file counts as")
        add("--seed", type=int, default=0, help="of the intervals' bootstrap")
        add("--output", metavar="FOLDER", help="also write figures.json and the pictures (SVG) there")
        add("--json", action="store_true", help="print JSON instead of tables")
        add("--list", action="store_true", help="print the figures that are kept, side by side; measure nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._tell(_kept(options["model"]), options)
            return
        if not options["model"]:
            raise CommandError("Name a model: --model NAME (manage.py score_solutions --list names them).")
        if not options["files"] and not options["best_of_n"]:
            raise CommandError("Name labelled files, or say --best-of-n to choose among the samples in the database.")
        if options["seed"] < 0:
            raise CommandError(f"--seed must be 0 or more, not {options['seed']}.")
        if options["most"] is not None and options["most"] < 1:
            raise CommandError(f"--most must be 1 or more, not {options['most']}.")
        try:
            versions = list(dict.fromkeys(_version(name) for name in options["model"]))
            with self._watched() as watch:
                found = self._measured(versions, options, watch)
        except (BadConfig, CannotEvaluate, ModelRefused, NothingToChoose, NothingToRead) as error:
            raise CommandError(str(error)) from error
        for one in found:
            evaluations_store(versions=versions, found=one)
        self._tell(found, options)

    def _measured(self, versions: Sequence[ModelVersion], options: dict[str, Any], watch: Watch) -> list[Found]:
        found: list[Found] = []
        if options["files"]:
            dataset = dataset_read(options["files"], neutral=options["neutral"], for_training=False)
            self._bad_lines(dataset)
            name = ", ".join(printable(Path(file).name) for file in options["files"])
            found += files_evaluate(
                versions=versions,
                dataset=dataset,
                name=name,
                neutral=options["neutral"],
                seed=options["seed"],
                watch=watch,
            )
        if options["best_of_n"]:
            scope = PoolScope(options["campaign"], options["source"], options["generator"])
            most, seed = options["most"], options["seed"]
            found.append(samples_evaluate(versions=versions, scope=scope, most=most, seed=seed, watch=watch))
        return found

    def _bad_lines(self, dataset: Dataset) -> None:
        for name, number, reason in dataset.bad[:_SHOWN]:
            self.stderr.write(f"{name}, line {number}: {reason}")
        if len(dataset.bad) > _SHOWN:
            self.stderr.write(f"… and {len(dataset.bad) - _SHOWN:,} more bad lines.")
        for why, count in sorted(dataset.left_out.items()):
            self.stderr.write(f"{count:,} rows left out: {why}.", style_func=str)

    def _tell(self, found: Sequence[Found], options: dict[str, Any]) -> None:
        if options["output"]:
            try:
                self._write(found, Path(options["output"]))
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}; the figures are kept (--list).") from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found), ensure_ascii=False))
            return
        console = console_on(self.stdout)
        if not console.is_terminal:
            console.width = _FILE_WIDTH
        if not found:
            self.stdout.write("No figures are kept yet.")
        for one in found:
            for table in tables_of(one.kind, one.dataset, one.figures):
                console.print(table)
            for note in one.notes:
                self.stdout.write(f"{note}.")

    def _write(self, found: Sequence[Found], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        told = json.dumps(_as_json(found), ensure_ascii=False, indent=1)
        (folder / "figures.json").write_text(told + "\n", encoding="utf-8")
        for one in found:
            chart = chart_of(one.kind, one.figures)
            if chart is not None:
                svg = svg_of(chart, kind=one.kind, dataset=one.dataset, figures=one.figures)
                path = folder / f"{one.kind}.svg"
                path.write_text(svg, encoding="utf-8")
                self.stderr.write(f"Wrote {path}", style_func=str)

    @contextmanager
    def _watched(self) -> Iterator[Watch]:
        console = console_on(self.stderr)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        tasks: dict[str, TaskID] = {}
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:

            def watch(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what)
                bars.update(tasks[what], completed=done, total=total)

            yield watch


def _version(asked: str) -> ModelVersion:
    """The version of that name; a scorer whose scores were imported is registered as ``score_solutions`` does it."""
    known = version_named(asked)
    if known is not None:  # a name with an @ of its own
        return known
    name, _, number = asked.rpartition("@") if "@" in asked else (asked, "", "")
    if number and not (number.isdecimal() and number.isascii()):
        raise CommandError(f"--model {asked}: behind the @ stands a version's number.")
    version = version_named(name, int(number) if number else None)
    if version is None and not number:
        version = recorded_register(name)
    if version is None:
        raise CommandError(f"There is no model '{asked}': manage.py score_solutions --list names those that there are.")
    return version


def _kept(names: Sequence[str]) -> list[Found]:
    """What is kept, grouped by data: versions measured on the same come into one table."""
    groups: dict[tuple[str, str, str], Found] = {}
    for one in evaluations_known(names):
        key = one.kind, one.data_sha256, json.dumps(one.settings, sort_keys=True)
        found = groups.setdefault(key, Found(one.kind, one.dataset, one.data_sha256, one.settings, {}))
        found.figures[str(one.version)] = one.figures
    return list(groups.values())


def _as_json(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind,
            "dataset": one.dataset,
            "data_sha256": one.data_sha256,
            "settings": one.settings,
            "notes": one.notes,
            "versions": one.figures,
        }
        for one in found
    ]
