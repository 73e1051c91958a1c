"""Lines out of files: their numbers, their errors, and flat memory."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelling.corpus.importers import Line, ReadProblem, read_lines
from tests.corpus.test_importers import NATIVE, parsed


def written(path: Path, content: bytes) -> str:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return str(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.JSONL", "a.ndjson", "a.jsonl.gz"])
def test_it_reads_lines_with_their_numbers_and_skips_blank_ones(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, b'\xef\xbb\xbf{"a": 1}\r\n\n   \n{"a": "\xc3\xa9"}')
    lines = list(read_lines(path))
    assert [(line.number, line.obj) for line in lines] == [(1, {"a": 1}), (4, {"a": "é"})]
    assert lines[0].raw == b'{"a": 1}'
    assert lines[-1].bytes_read == Path(path).stat().st_size


def test_it_reads_standard_input() -> None:
    (line,) = read_lines("-", stdin=io.BytesIO(b'{"a": 1}\n'))
    assert (line.obj, line.bytes_read) == ({"a": 1}, 9)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"a": "\xff"}', "not UTF-8: byte 8 is 0xff"),
        (b'{"a": 1', "not JSON: Expecting ',' delimiter at character 8"),
        (b"[1]", "expected a JSON object on the line"),
        (b'{"a": NaN}', "not usable JSON: NaN is not a JSON number"),
        (b'{"a": 1} {"a": 2}', "not JSON: Extra data at character 10"),
    ],
)
def test_a_bad_line_is_its_own_error_and_the_next_line_is_read(tmp_path: Path, bad: bytes, reason: str) -> None:
    first, second = read_lines(written(tmp_path / "a.jsonl", bad + b'\n{"a": 1}\n'))
    assert (first.number, first.obj, first.error, first.as_reject()) == (1, None, reason, bad)
    assert (second.number, second.obj, second.error) == (2, {"a": 1}, None)


@pytest.mark.parametrize("bad", [b'{"a": ' + b"9" * 5_000 + b"}", b"[" * 200_000])
def test_numbers_and_nesting_beyond_pythons_limits_are_line_errors(tmp_path: Path, bad: bytes) -> None:
    first, second = read_lines(written(tmp_path / "a.jsonl", bad + b'\n{"a": 1}\n'))
    assert str(first.error).startswith("not usable JSON")
    assert second.obj == {"a": 1}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_over_the_limit_is_skipped_and_its_head_kept(tmp_path: Path, end: bytes) -> None:
    exact = b'{"a": "' + b"x" * 4_087 + b'"}'  # 4,096 bytes
    path = written(tmp_path / "a.jsonl", exact + end + exact + b" " * 5_000 + end + b'{"a": 1}')
    good, longer, last = read_lines(path, line_limit=4_096)
    assert (good.error, last.obj, last.number) == (None, {"a": 1}, 3)
    assert str(longer.error).startswith("longer than 4,096 bytes (9,09")
    assert longer.as_reject() == exact[:1_024]
    assert last.bytes_read == Path(path).stat().st_size


def test_a_damaged_gzip_file_ends_with_an_error_line(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"a": %d}\n' % n for n in range(50_000)))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    lines = list(read_lines(str(path)))
    assert len(lines) > 1_000
    assert str(lines[-1].error).startswith("the compressed file is damaged from here on")
    assert all(line.obj for line in lines[:-1])


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_it_reads_a_json_array_and_a_single_object(tmp_path: Path, name: str) -> None:
    lines = list(read_lines(written(tmp_path / name, b'[{"a": 1}, 5, {"a": "\xc3\xa9"}]')))
    assert [(line.number, line.obj, line.error) for line in lines] == [
        (1, {"a": 1}, None),
        (2, None, "expected a JSON object as entry"),
        (3, {"a": "é"}, None),
    ]
    assert [line.as_reject() for line in lines] == [b'{"a": 1}', b"5", '{"a": "é"}'.encode()]
    assert lines[-1].bytes_read == (tmp_path / name).stat().st_size
    assert [line.obj for line in read_lines(written(tmp_path / name, b'{"a": 1}'))] == [{"a": 1}]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b"[1", "not JSON"),
        ("a.json", b"[" + b"1," * 100 + b"1]", "larger than 100 bytes; use .jsonl"),
        ("a.csv", b"a,b", "unknown kind of file"),
        ("a.parquet", b"PAR1 nothing", "not a readable Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(ReadProblem, match=reason):
        list(read_lines(written(tmp_path / name, content), array_limit=100))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ReadProblem, match=r"nowhere\.jsonl: no such file"):
        read_lines("nowhere.jsonl")


def test_it_reads_parquet_rows_as_the_same_records(tmp_path: Path) -> None:
    lines = [NATIVE | {"sample_index": n, "id": str(n)} for n in range(700)]
    lines[5] = {**lines[5], "scores": None, "alternatives": None}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(lines), path)
    read = list(read_lines(str(path)))
    assert [line.number for line in read] == list(range(1, 701))
    assert [parsed("native", line.obj or {}) for line in read] == [parsed("native", line) for line in lines]
    assert read[-1].bytes_read == path.stat().st_size
    assert json.loads(read[0].as_reject())["problem"] == NATIVE["problem"]


def test_lines_are_read_in_flat_memory(tmp_path: Path, peak_of: Callable[[Callable[[], object]], int]) -> None:
    line = json.dumps(NATIVE | {"text": "x" * 1_000}).encode() + b"\n"
    small, large = (written(tmp_path / f"{n}.jsonl", line * n) for n in (100, 5_000))
    consume = [lambda path=path: sum(1 for _ in read_lines(path)) for path in (small, large)]
    assert peak_of(consume[1]) < peak_of(consume[0]) + 200_000


def test_a_line_over_the_limit_is_never_held_whole(
    tmp_path: Path, peak_of: Callable[[Callable[[], object]], int]
) -> None:
    path = written(tmp_path / "a.jsonl.gz", b"x" * 40_000_000 + b"\n")
    assert peak_of(lambda: list(read_lines(path, line_limit=65_536))) < 8_000_000


@pytest.fixture
def peak_of() -> Callable[[Callable[[], object]], int]:
    def measure(work: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            work()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measure


def test_a_line_knows_how_to_be_set_aside() -> None:
    assert Line(1, None, 0, ({"a": "\ud800"}, None)).as_reject() == b'{"a": "\\ud800"}'
