"""Datasets in and out at PRM800K's size: rows a second beside raw COPY of the same rows, memory, and Parquet."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import psycopg

from annotator import embedded
from benchmarks.kit import run, say
from labelling.corpus.world import WorldSample, make_world, to_prm800k_row
from labelling.pipeline.simulation import PROFILES, Truth, judge

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = 300
PER_PROBLEM = 6
STEPS = 12  # of a solution; its error is the last but one, so that some eleven of them are judged
ERROR = STEPS - 2
TABLES = (
    "people_user",
    "corpus_problem",
    "corpus_solution",
    "rounds_item",
    "rating_assignment",
    "rating_annotation",
)
CALL = """
import sys, time, django
from django.core.management import ManagementUtility
django.setup()
begun = time.monotonic()
ManagementUtility(["manage.py", *sys.argv[1:]]).execute()
print(time.monotonic() - begun)
print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")])
"""
GROWN = 4  # times as many rows for the memory


@dataclass(frozen=True)
class Spent:
    """Of one command: seconds without Python's and Django's start, and the most memory that it held, in bytes."""

    seconds: float
    memory: int


class Database:
    """A context: an embedded PostgreSQL of its own in a temporary folder, and the product's commands on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stepmark-bench-"))
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        } | {"STEPMARK_VAR": str(self.folder), "DJANGO_SETTINGS_MODULE": "annotator.settings"}

    def __enter__(self) -> Self:
        embedded.ensure(self.folder)
        self.command("migrate", "--verbosity", "0")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        embedded.release_and_stop(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(embedded.postgres_url(self.folder), autocommit=True)

    def command(self, *arguments: str) -> Spent:
        """Run one of the product's commands in a process of its own."""
        process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-c", CALL, *arguments], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE
        )
        assert process.stdout is not None  # noqa: S101  it was asked for
        told = process.stdout.read().splitlines()
        if process.wait():
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
        # Not by getrusage: a process inherits there what the one that started it held.
        return Spent(float(told[-2]), int(told[-1]) * 1024)


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    rows: int = options.rows
    with Database() as database:
        lines, labels = _written(database.folder / "small.jsonl", rows)
        import_raw, import_ours, one = _imports(database, lines, rows, options.times)
        export_raw, export_ours, out = _exports(database, options.times)
        parquet = _parquet(database)
        say(f"memory: the same with {GROWN * rows:,} rows …")
        grown, _ = _written(database.folder / "large.jsonl", GROWN * rows)
        import_growth = _imported(database, grown, "large").memory / one.memory
        export_growth = _exported(database, "large").memory / out.memory
    return {
        "rows": rows,
        "step_labels": labels,
        "bytes_a_row": round(lines.size / rows),
        "import_rows_per_second": round(rows / import_ours),
        "export_rows_per_second": round(rows / export_ours),
        "import_ratio": round(import_raw / import_ours, 3),
        "export_ratio": round(export_raw / export_ours, 3),
        "copy_in_rows_per_second": round(rows / import_raw),
        "copy_out_rows_per_second": round(rows / export_raw),
        "peak_memory_growth": round(max(import_growth, export_growth), 3),
        "import_memory_growth": round(import_growth, 3),
        "export_memory_growth": round(export_growth, 3),
        "import_memory_mb": round(one.memory / 2**20),
        "parquet_seconds": round(parquet, 2),
    }


@dataclass(frozen=True)
class Lines:
    path: Path
    size: int


def _written(path: Path, rows: int) -> tuple[Lines, int]:
    """A file of so many labelled solutions, and how many step labels it holds."""
    say(f"writing {rows:,} rows …")
    labels = 0
    with path.open("wb") as file:
        for row, count in _rows(rows):
            labels += count
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return Lines(path, path.stat().st_size), labels


def _rows(count: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Solutions of the demo world, made longer, each judged by one of the simulated raters."""
    samples = list(make_world(seed=6, problems=TEMPLATES, samples=1))
    profiles, rng = list(PROFILES.values()), Random(6)  # noqa: S311  the same rows each time
    truth = Truth.of_gold([ERROR], steps=STEPS)
    for number in range(count):
        profile = profiles[number % len(profiles)]
        judged = judge(truth, profile=replace(profile, gives_up=0, fatigue=0), rng=rng)
        row: dict[str, Any] = to_prm800k_row(_longer(samples[number % TEMPLATES], number))
        row["labeler"], row["generation"] = f"rater-{number % 80}", 1 + number % 10
        row["label"] = {
            "steps": [
                {
                    "completions": [{"text": text, "rating": rating, "flagged": False}],
                    "human_completion": None,
                    "chosen_completion": None if rating == -1 else 0,
                }
                for text, rating in zip(row["question"]["pre_generated_steps"], judged.ratings, strict=False)
            ],
            "total_time": judged.total_time,
            "finish_reason": judged.finish_reason,
        }
        yield row, len(judged.ratings)


def _longer(sample: WorldSample, number: int) -> WorldSample:
    steps = tuple(f"{sample.steps[at % len(sample.steps)]} ({number}.{at})" for at in range(STEPS))
    problem = f"{sample.problem} (Variant {number // PER_PROBLEM}.)"
    return replace(sample, problem=problem, steps=steps, step_ratings=(1,) * STEPS, first_error=None)


def _imported(database: Database, lines: Lines, campaign: str) -> Spent:
    return database.command("import_dataset", str(lines.path), "--campaign", campaign, "--no-grade")


def _exported(database: Database, campaign: str, *options: str) -> Spent:
    output = str(database.folder / "out.jsonl")
    given = options or ("--format", "prm800k", "--output", output, "--raters", "original", "--no-card")
    return database.command("export_dataset", "--campaign", campaign, "--force", *given)


def _imports(database: Database, lines: Lines, rows: int, times: int) -> tuple[float, float, Spent]:
    """Seconds of a raw COPY of all rows that an import writes, into tables with the same indexes; of ours; and ours."""
    say("importing …")
    ours = _imported(database, lines, "small")
    say("raw COPY of the same rows …")
    raw = []
    with database.connect() as connection:
        stored = connection.execute("SELECT count(*) FROM rating_annotation").fetchone()
        if stored != (rows,):
            raise RuntimeError(f"{rows} rows were written, and {stored} imported")
        packed = {table: _copied_out(connection, table) for table in TABLES}
        for table in TABLES:
            connection.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)")
        for _ in range(times):
            begun = time.monotonic()
            with connection.transaction():
                for table in TABLES:
                    with connection.cursor().copy(f"COPY raw_{table} FROM STDIN (FORMAT BINARY)") as copy:
                        for part in packed[table]:
                            copy.write(part)
            raw.append(time.monotonic() - begun)
            for table in TABLES:
                connection.execute(f"TRUNCATE raw_{table}")
        for table in TABLES:
            connection.execute(f"DROP TABLE raw_{table}")
    return min(raw), ours.seconds, ours


def _copied_out(connection: psycopg.Connection[Any], table: str) -> list[bytes]:
    statement = f"COPY {table} TO STDOUT (FORMAT BINARY)"
    with connection.cursor().copy(statement) as copy:
        return [bytes(part) for part in copy]


def _exports(database: Database, times: int) -> tuple[float, float, Spent]:
    """Seconds of a raw COPY of the documents into a file; of ours; and ours."""
    say("exporting …")
    ours = min((_exported(database, "small") for _ in range(times)), key=lambda one: one.seconds)
    raw = []
    with database.connect() as connection:
        for _ in range(times):
            begun = time.monotonic()
            with (
                (database.folder / "raw").open("wb") as file,
                connection.cursor().copy(
                    "COPY (SELECT document FROM rating_annotation ORDER BY id) TO STDOUT (FORMAT BINARY)"
                ) as copy,
            ):
                for part in copy:
                    file.write(part)
            raw.append(time.monotonic() - begun)
    return min(raw), ours.seconds, ours


def _parquet(database: Database) -> float:
    say("Parquet …")
    folder = str(database.folder / "parquet")
    choices = ("--neutral", "positive", "--resolve", "all", "--truncate", "yes")
    return _exported(
        database, "small", "--format", "trl", "--container", "parquet", "--output", folder, *choices
    ).seconds


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=75_000, help="annotations (PRM800K has 75,000)")
    parser.add_argument("--times", type=int, default=3, help="runs of export and of raw COPY; the fastest counts")


if __name__ == "__main__":
    run("datasets", measure, options=_options)
