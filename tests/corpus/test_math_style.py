"""Rows in the manner of MATH, with models' samples beside or without."""

import pytest

from labelling.corpus.importers import ImportContext, SampleRecord, detect_format
from labelling.corpus.importers.math_style import split_steps
from tests.corpus.test_importers import MATH, parsed, refusal


def math_records(context: ImportContext | None = None, **changes: object) -> list[SampleRecord]:
    line = {key: value for key, value in (MATH | changes).items() if value is not None}
    return [record for record in parsed("math", line, context) if isinstance(record, SampleRecord)]


def test_a_row_of_math_gives_its_samples_in_their_order() -> None:
    first, second = math_records(ImportContext(generator="tiny-7b"))
    assert (first.text, first.steps) == (MATH["samples"][0], ("Four threes.", "So \\boxed{12}."))
    assert (second.text, second.steps) == ("Seven.", ("3 + 4", "So \\boxed{7}."))
    assert (first.sample_index, second.sample_index) == (0, 1)
    for record in (first, second):
        assert (record.reference_answer, record.reference_solution) == ("12", MATH["solution"])
        assert (record.generator, record.source, record.external_id) == ("tiny-7b", "math", "test/prealgebra/1.json")
        assert record.meta == {"level": "Level 1", "type": "Prealgebra"}


def test_a_row_of_the_data_set_itself_gives_its_written_solution() -> None:
    (record,) = math_records(samples=None)
    assert (record.generator, record.text, record.steps) == ("reference", MATH["solution"], (MATH["solution"],))
    assert math_records(ImportContext(generator="people"), samples=None)[0].generator == "people"


def test_the_stated_answer_goes_before_the_boxed_one() -> None:
    assert math_records(answer="12.0")[0].reference_answer == "12.0"
    assert math_records(answer=12, solution=None)[0].reference_answer == "12"


@pytest.mark.parametrize("name", ["samples", "completions", "generations", "responses", "outputs", "code"])
def test_samples_go_by_the_names_that_scripts_give_them(name: str) -> None:
    line = {"problem": "p", "answer": "1", "score": [True, False], name: ["a", "b"]}
    assert detect_format(line) == "math"
    assert [record.text for record in parsed("math", line) if isinstance(record, SampleRecord)] == ["a", "b"]


def test_one_sample_a_row() -> None:
    assert [record.text for record in math_records(samples=None, completion="a\nb")] == ["a\nb"]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("one\ntwo", ["one", "two"]),
        ("one\n\ntwo\nstill two\n \n\nthree\n", ["one", "two\nstill two", "three"]),
        ("\r\n one \r\n\r\n", ["one"]),
        ("so\n\\[\nx = 1\n\\]\nand", ["so", "\\[\nx = 1\n\\]", "and"]),
        ("so\n\\begin{align*}\n\nx &= 1 \\\\[2pt]\ny\n\\end{align*}\n\nand", None),
        ("so $$\nx\n$$ then\nand", ["so $$\nx\n$$ then", "and"]),
        ("[asy]\ndraw();\n[/asy]\nand", ["[asy]\ndraw();\n[/asy]", "and"]),
        ("cut \\begin{align}\nx\ny", ["cut \\begin{align}", "x", "y"]),
    ],
)
def test_steps_are_paragraphs_or_lines_and_no_formula_is_cut(text: str, steps: list[str] | None) -> None:
    found = split_steps(text)
    assert found == (steps or ["so\n\\begin{align*}\n\nx &= 1 \\\\[2pt]\ny\n\\end{align*}", "and"])


def test_a_text_that_opens_formulas_without_end_is_lines_like_another() -> None:
    assert split_steps("\\[\n" * 50_000) == ["\\["] * 50_000
    refused = refusal("math", MATH | {"samples": ["\\[\n" * 100_000]})
    assert refused == "samples[0]: expected at most 200,000 characters, found 300,000"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"solution": "It is 12."}, "answer: expected a string, or a boxed answer in solution"),
        ({"samples": []}, "samples: expected at least one entry, found an empty list"),
        ({"samples": "a"}, "samples: expected a list of texts, found a string"),
        ({"samples": ["a", 3]}, "samples[1]: expected a string, found a number"),
        ({"samples": [{"steps": []}]}, "samples[0].steps: expected at least one entry, found an empty list"),
        ({"samples": [{"text": " "}]}, "samples[0].text: expected a string that is not blank"),
        ({"answer": 1.5}, "answer: expected a string, found a number"),
        ({"unique_id": []}, "id: expected a string, found a list"),
    ],
)
def test_math_refuses_a_bad_row(change: dict[str, object], reason: str) -> None:
    assert refusal("math", MATH | change) == reason


def test_math_needs_a_sample_or_a_solution() -> None:
    expected = "samples: expected a list of at least one text (or solution: a string), found neither"
    assert refusal("math", {"problem": "p", "answer": "1"}) == expected
