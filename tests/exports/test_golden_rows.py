"""Each golden row is one line of an export; the table in docs/formats/README.md says by which choices."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from exports import export_dataset
from exports.formats import FORMATS
from labelling.rating.models import Annotation
from tests.exports.test_formats import DOCS
from tests.factories import AnnotationFactory, SampleFactory

pytestmark = pytest.mark.django_db
NOTE = {
    "step": 2,
    "type": "domain_inconsistency",
    "explanation": "2^5*10^4 = 320,000, not 200,000",
    "corrected": "",
}


@dataclass(frozen=True)
class Entry:
    """A line of the table."""

    key: str
    format: str
    choices: str
    rows: int


def entries() -> list[Entry]:
    lines = (DOCS / "README.md").read_text().split("## The golden rows")[1].splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("| `")]
    return [
        Entry(key.strip("`"), name.strip("`"), choices.strip("`"), int(rows)) for key, name, choices, _, rows in cells
    ]


ENTRIES = entries()


@pytest.fixture
def annotation(readme_row: dict[str, Any]) -> Annotation:
    """The README's annotated solution, with all that any format wants beside it."""
    question = readme_row["question"]
    made: Annotation = AnnotationFactory.create(
        document=json.dumps(readme_row, ensure_ascii=False),
        step_ratings=[0, 0, -1],
        score=question["pre_generated_verifier_score"],
        notes=[NOTE],
        assignment__item__solution__problem__text=question["problem"],
        assignment__item__solution__steps=question["pre_generated_steps"],
        assignment__item__solution__final_answer=question["pre_generated_answer"],
    )
    SampleFactory.create(solution=made.solution, generator="unknown")
    return made


@pytest.mark.usefixtures("annotation")
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.key for entry in ENTRIES])
def test_it_is_one_line_of_what_comes_of_the_readme_annotation(
    entry: Entry, golden_rows: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    output = tmp_path / "rows.jsonl"
    call_command("export_dataset", "--format", entry.format, "--output", str(output), *shlex.split(entry.choices))
    lines = output.read_text().splitlines()
    assert json.dumps(golden_rows[entry.key], ensure_ascii=False) in lines
    assert len(lines) == entry.rows


def test_the_table_has_every_golden_row_and_every_format(golden_rows: dict[str, Any]) -> None:
    assert {entry.key for entry in ENTRIES} == set(golden_rows)
    assert {entry.format for entry in ENTRIES} == set(FORMATS)


@pytest.mark.usefixtures("annotation")
def test_from_python_it_is_the_same(golden_rows: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    report = export_dataset(
        format="openrlhf", output=tmp_path / "x", neutral="positive", alternatives="drop", values="floats"
    )
    assert json.loads((tmp_path / "x").read_text()) == golden_rows["openrlhf_prm (soft)"]
    assert (report.lines, report.choices["values"]) == (1, "floats")


@pytest.mark.usefixtures("annotation")
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "prm800k"])
def test_no_rater_is_in_any_other_format(name: str, annotation: Annotation, tmp_path: Path) -> None:
    choices = next(entry.choices for entry in ENTRIES if entry.format == name)
    call_command("export_dataset", "--format", name, "--output", str(tmp_path / "x"), *shlex.split(choices))
    for path in tmp_path.iterdir():
        told = path.read_text()
        assert annotation.rater.pseudonym not in told
        assert annotation.rater.username not in told
        assert not re.search("340d89bc", told)  # the labeler of the published row
