"""What every format in the registry must do, and PRM800K's own traps."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports.formats import FORMATS, Format
from exports.records import BadRecord, Record, record_from_row
from tests.factories import annotation_row

ODD = 'Say "$\\frac{1}{2}$" </script><!-- \u2028\u2029 \u0085 \x0b 🧮 é e\u0301 日本語 \x7f \t \\n\r\n'
DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats"


def record(**changes: Any) -> Record:
    return record_from_row(annotation_row(labeler="r-1", **changes))


RECORDS = {
    "plain": record(),
    "right": record(ratings=(1, 1, 1), finish_reason="solution"),
    "flagged only": record(ratings=(1, None, -1)),
    "given up": record(ratings=(), finish_reason="give_up"),
    "odd characters": record(problem=ODD, steps=[ODD, "b", "c"]),
    "imported": replace(record(), generation=-1, is_initial_screening_question=True),
}


@pytest.mark.parametrize("labelled", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("writer", FORMATS.values(), ids=FORMATS)
class TestEveryFormat:
    def test_it_reads_what_it_wrote(self, writer: Format, labelled: Record) -> None:
        lines = list(writer.write(labelled))
        assert lines
        assert [line for one in lines for line in writer.write(writer.read(one))] == lines

    def test_it_writes_lines_without_line_breaks(self, writer: Format, labelled: Record) -> None:
        assert all("\n" not in line and "\r" not in line for line in writer.write(labelled))

    def test_it_writes_the_same_record_the_same(self, writer: Format, labelled: Record) -> None:
        assert list(writer.write(labelled)) == list(writer.write(labelled))


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_registered_under_its_name_and_documented(name: str) -> None:
    assert FORMATS[name].name == name
    assert FORMATS[name].description
    assert f"`{name}`" in (DOCS / f"{name}.md").read_text().splitlines()[0]


@pytest.mark.parametrize("labelled", RECORDS.values(), ids=RECORDS)
def test_prm800k_loses_nothing_of_a_record(labelled: Record) -> None:
    [line] = FORMATS["prm800k"].write(labelled)
    assert FORMATS["prm800k"].read(line) == labelled


def test_prm800k_writes_the_readme_annotation_as_published(readme_row: dict[str, Any]) -> None:
    line = json.dumps(readme_row, ensure_ascii=False)
    assert list(FORMATS["prm800k"].write(record_from_row(readme_row))) == [line]
    assert list(FORMATS["prm800k"].write(FORMATS["prm800k"].read(line))) == [line]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "is not JSON"),
        ("[1]", "must be an object, not list"),
        ("[" * 100_000, "is not JSON"),
        ('{"labeler": 1e400}', "no finite number"),
        ('{"labeler": NaN}', "no finite number"),
        ('{"labeler": "a", "labeler": "b"}', "labeler: stands twice"),
        (json.dumps(annotation_row(labeler="half a pair \ud835")), "half a surrogate pair"),
    ],
)
def test_prm800k_refuses_what_it_could_not_give_back(line: str, message: str) -> None:
    with pytest.raises(BadRecord, match=message):
        FORMATS["prm800k"].read(line)
