"""What every format in the registry must do, and PRM800K's own traps."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.formats import FORMATS, PRM800K, DataRow, Format, LeftOut, Unfit, line_of, lines_of
from exports.formats.catalog import formats_told, options_by_name
from exports.formats.schema import arrow_schema, misfit
from exports.records import BadRecord, Record, as_row, record_from_row
from exports.requests import ExportRefused, choices_of
from tests.exports.labelled import ODD, ROWS, SAMPLE, case, choices
from tests.factories import annotation_row

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats"
GIVEN_UP = "given up"


def rows_of(writer: Format, kind: str) -> Sequence[DataRow]:
    """What a format makes of one kind of row; nothing where it has no place for it."""
    made = choices(writer)
    try:
        return writer.converter(made)(SAMPLE if writer.source == "samples" else case(kind))
    except (LeftOut, Unfit):
        return []


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("writer", FORMATS.values(), ids=FORMATS)
class TestEveryFormat:
    def test_it_reads_what_it_wrote(self, writer: Format, kind: str) -> None:
        for row in rows_of(writer, kind):
            line = line_of(row).decode()
            assert line_of(writer.read(line)).decode() == line == json.dumps(row, ensure_ascii=False)
            assert lines_of(writer.shape(choices(writer)))(row).decode() == line

    def test_it_writes_lines_without_line_breaks(self, writer: Format, kind: str) -> None:
        assert not any(set(line_of(row)) & set(b"\n\r") for row in rows_of(writer, kind))

    def test_it_writes_the_same_record_the_same(self, writer: Format, kind: str) -> None:
        assert [line_of(row) for row in rows_of(writer, kind)] == [line_of(row) for row in rows_of(writer, kind)]

    def test_its_rows_have_the_shape_that_it_states(self, writer: Format, kind: str) -> None:
        shape = writer.shape(choices(writer))
        for row in rows_of(writer, kind):
            assert misfit(writer.tabular(row), shape, nulls_absent=True) is None
            assert list(row) == arrow_schema(shape).names


@pytest.mark.parametrize("writer", FORMATS.values(), ids=FORMATS)
class TestEveryFormatOnce:
    def test_it_makes_something_of_some_row(self, writer: Format) -> None:
        assert any(rows_of(writer, kind) for kind in ROWS)

    def test_it_is_documented_with_its_choices(self, writer: Format) -> None:
        page = (DOCS / f"{writer.name}.md").read_text()
        assert f"`{writer.name}`" in page.splitlines()[0]
        assert f"]({writer.name}.md)" in (DOCS / "README.md").read_text()
        assert all(f"`--{option.name}`" in page for option in writer.options)
        assert all(f"`{key}`" in page or f'"{key}"' in page for key in arrow_schema(writer.shapes[0]).names)

    def test_the_help_tells_it(self, writer: Format) -> None:
        assert f"  {writer.name}: {writer.description}" in formats_told().splitlines()

    def test_forced_choices_are_refused_when_they_are_not_made(self, writer: Format) -> None:
        made = {name: value for name, value in choices(writer).items() if value is not None}
        assert set(choices_of(writer, made)) == set(made)
        for option in writer.options:
            rest = {name: value for name, value in made.items() if name != option.name}
            if option.forced:
                with pytest.raises(ExportRefused, match=f"{writer.name} needs --{option.name}: "):
                    choices_of(writer, rest)
            else:
                assert choices_of(writer, rest)[option.name] == option.default

    def test_it_refuses_values_that_a_choice_does_not_have(self, writer: Format) -> None:
        for option in writer.options:
            if option.values:
                with pytest.raises(ExportRefused, match=f"--{option.name} is .* for {writer.name}, not 'sideways'"):
                    choices_of(writer, {**choices(writer), option.name: "sideways"})

    def test_it_refuses_choices_of_other_formats(self, writer: Format) -> None:
        others = set(options_by_name()) - {option.name for option in writer.options}
        with pytest.raises(ExportRefused, match=rf"{writer.name} takes no --{min(others)} \(it takes: "):
            choices_of(writer, {min(others): "x"})

    def test_it_refuses_lines_of_another_kind(self, writer: Format) -> None:
        for line in ("", "[1]", "{}", '{"prompt": 1}', "[" * 100_000):
            with pytest.raises(BadRecord):
                writer.read(line)

    def test_it_refuses_keys_that_it_does_not_write_or_keeps_them(self, writer: Format) -> None:
        (row, *_) = next(rows for kind in ROWS if (rows := rows_of(writer, kind)))
        line = json.dumps({**row, "rater": "ada"})
        if writer is PRM800K:  # the published rows have such
            assert writer.read(line)["rater"] == "ada"
        else:
            with pytest.raises(BadRecord, match="unknown field `rater`"):
                writer.read(line)


RECORDS = {kind: record_from_row(row) for kind, row in ROWS.items()}


@pytest.mark.parametrize("labelled", RECORDS.values(), ids=RECORDS)
def test_prm800k_loses_nothing_of_a_record(labelled: Record) -> None:
    assert PRM800K.record(line_of(as_row(labelled)).decode()) == labelled


def test_prm800k_writes_the_readme_annotation_as_published(readme_row: dict[str, Any]) -> None:
    line = json.dumps(readme_row, ensure_ascii=False)
    assert line_of(as_row(record_from_row(readme_row))).decode() == line
    assert line_of(PRM800K.read(line)).decode() == line


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
        PRM800K.record(line)


def test_a_table_of_prm800k_rows_refuses_what_it_would_lose() -> None:
    kept = json.loads(json.dumps(ROWS["own text"]))
    kept["label"]["steps"][0]["human_completion"] = "mine, as plain text"
    table = PRM800K.tabular(kept)
    assert table["label"]["steps"][0]["human_completion"] == {"text": "mine, as plain text"}
    with pytest.raises(Unfit, match="unknown field `tool`"):
        PRM800K.tabular({**kept, "tool": 1})


def test_odd_characters_survive_every_format() -> None:
    for writer in FORMATS.values():
        for row in rows_of(writer, "odd characters"):
            assert json.dumps(ODD, ensure_ascii=False)[1:-1] in line_of(row).decode()


@given(st.text(st.characters(codec="utf-8")), st.booleans(), st.integers(-(2**60), 2**60))
def test_the_fast_line_is_the_same_line(text: str, flag: bool, number: int) -> None:
    row = {"prompt": text, "completions": [text, ""], "labels": [flag], "number": number, "none": None, "empty": []}
    assert lines_of(FORMATS["trl"].shapes[0])(row) == line_of(row)


def test_numbers_that_can_be_spelt_in_two_ways_are_spelt_as_json_does() -> None:
    row = {**rows_of(FORMATS["best-of-n"], "plain")[0], "prm_score": 1e-05}
    assert b'"prm_score": 1e-05' in lines_of(FORMATS["best-of-n"].shapes[0])(row)
