"""Every importer through the registry, then each format's own fields, then the reader."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labelling.corpus.importers import (
    IMPORTERS,
    BadLine,
    ImportContext,
    SampleRecord,
    ScoreRecord,
    detect_format,
    read_lines,
)

ROOT = Path(__file__).resolve().parents[2]

NATIVE: dict[str, Any] = {
    "problem": "Mia has 3 boxes of 4 pens. How many pens?",
    "reference_answer": "12",
    "reference_solution": "3 * 4 = 12",
    "generator": "tiny-7b",
    "source": "trial",
    "sample_index": 1,
    "steps": ["There are 3 boxes of 4.", "3 + 4 = 7, so \\boxed{7}."],
    "text": "There are 3 boxes of 4.\n3 + 4 = 7, so \\boxed{7}.",
    "final_answer": "7",
    "truncated": False,
    "alternatives": {"1": ["3 * 4 = 12, so \\boxed{12}."]},
    "scores": {"some-prm": [0.9, 0.25]},
    "held_out": True,
    "id": 17,
    "meta": {"temperature": 0.8, "tags": ["a"]},
}
GSM8K: dict[str, Any] = {
    "question": "Mia has 3 boxes of 4 pens. How many pens?",
    "ground_truth": "3 * 4 = <<3*4=12>>12\nA: 12",
    "6b_finetuning": {"is_correct": True, "solution": "3 + 4 = <<3+4=7>>7\nA: 7"},
    "175b_verification": {"is_correct": False, "solution": "3 * 4 = <<3*4=12>>12\nA: 12"},
}
POOL: dict[str, Any] = {
    "problem_id": "p_01",
    "question": "Mia has 3 boxes of 4 pens. How many pens?",
    "ground_truth": "12",
    "domain": "arithmetic",
    "temperature": 0.8,
    "candidates": [
        {"text": "Intro.\n\n1. 3*4\n\nSo \\boxed{12}", "steps": ["3*4"], "is_correct": False, "final": None},
        {"text": "7", "steps": ["3+4", "7"], "is_correct": True, "final": "7"},
    ],
}
SCORE: dict[str, Any] = {
    "benchmark": "x",
    "prm_name": "some_prm",
    "problem_id": "p_01",
    "candidate_index": 1,
    "step_scores": [0.5, 1],
    "is_correct": True,
    "n_steps": 2,
}
MATH: dict[str, Any] = {
    "problem": "What is $3 \\cdot 4$?",
    "level": "Level 1",
    "type": "Prealgebra",
    "solution": "We have $3 \\cdot 4 = \\boxed{12}$.",
    "unique_id": "test/prealgebra/1.json",
    "samples": ["Four threes.\n\nSo \\boxed{12}.", {"text": "Seven.", "steps": ["3 + 4", "So \\boxed{7}."]}],
}
EXAMPLES = {"native": [NATIVE], "gsm8k": [GSM8K], "math": [MATH], "best-of-n": [POOL, SCORE]}


def parsed(
    name: str, line: Mapping[str, object], context: ImportContext | None = None
) -> list[SampleRecord | ScoreRecord]:
    return list(IMPORTERS[name].parse(line, context or ImportContext()))


def native(**changes: object) -> SampleRecord:
    (record,) = parsed("native", NATIVE | changes)
    assert isinstance(record, SampleRecord)
    return record


def refusal(name: str, line: Mapping[str, object]) -> str:
    with pytest.raises(BadLine) as caught:
        parsed(name, line)
    return str(caught.value)


# Every importer.


@pytest.mark.parametrize("name", IMPORTERS)
def test_each_importer_has_an_example_here_and_recognises_it(name: str) -> None:
    for line in EXAMPLES[name]:
        assert detect_format(line) == name
        assert parsed(name, line)


@pytest.mark.parametrize("name", IMPORTERS)
def test_each_importer_refuses_an_empty_line_by_naming_a_field(name: str) -> None:
    assert re.match(r"[\w.\[\]]+: expected ", refusal(name, {}))


@pytest.mark.parametrize("junk", [None, True, 3, 0.5, "", " ", "\x00", "\ud800", [], {}, [None], {"a": None}, [[]]])
@pytest.mark.parametrize("name", IMPORTERS)
def test_no_junk_in_any_field_gets_past_an_importer_as_another_error(name: str, junk: object) -> None:
    refused = 0
    for line in EXAMPLES[name]:
        for key in line:
            try:
                parsed(name, line | {key: junk})
            except BadLine:
                refused += 1
    assert refused


@pytest.mark.parametrize("name", IMPORTERS)
def test_each_importer_takes_source_and_held_out_from_the_command_line(name: str) -> None:
    line = {key: value for key, value in EXAMPLES[name][0].items() if key not in {"source", "held_out"}}
    for record in parsed(name, line, ImportContext(source="mine", held_out=True)):
        assert isinstance(record, SampleRecord)
        assert (record.source, record.held_out) == ("mine", True)
    first = parsed(name, line)[0]
    assert isinstance(first, SampleRecord)
    assert (first.source, first.held_out) == (name, False)


def test_an_unknown_line_has_no_format() -> None:
    assert detect_format({"prompt": "x", "completions": []}) is None
    assert detect_format({}) is None


# Native.


def test_native_reads_every_key() -> None:
    assert native() == SampleRecord(
        problem=NATIVE["problem"],
        reference_answer="12",
        reference_solution="3 * 4 = 12",
        generator="tiny-7b",
        source="trial",
        sample_index=1,
        text=NATIVE["text"],
        steps=tuple(NATIVE["steps"]),
        final_answer="7",
        truncated=False,
        alternatives={1: ("3 * 4 = 12, so \\boxed{12}.",)},
        scores={"some-prm": (0.9, 0.25)},
        held_out=True,
        external_id="17",
        meta={"temperature": 0.8, "tags": ["a"]},
    )


def test_native_needs_a_problem_a_generator_and_a_solution_only() -> None:
    (record,) = parsed("native", {"problem": "p", "generator": "g", "text": "one\n\n two\n"})
    assert record == SampleRecord("p", None, None, "g", "native", 0, "one\n\n two\n", ("one", "two"))
    assert parsed("native", {"problem": "p", "text": "one"}, ImportContext(generator="g"))
    assert native(text=None).text == "\n".join(NATIVE["steps"])


@pytest.mark.parametrize("key", [key for key in NATIVE if key not in {"problem", "generator", "text", "steps"}])
def test_native_takes_null_for_absent(key: str) -> None:
    without = {name: value for name, value in NATIVE.items() if name != key}
    assert parsed("native", without) == parsed("native", NATIVE | {key: None})


def test_native_gives_the_same_record_each_time_it_reads_a_line() -> None:
    line = {"problem": "p", "generator": "g", "steps": ["one"]}
    assert parsed("native", line) == parsed("native", line)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"problem": None}, "problem: expected a string, found nothing: this key is required"),
        ({"problem": 5}, "problem: expected a string, found a number"),
        ({"problem": " \n"}, "problem: expected a string that is not blank"),
        ({"problem": "a\x00"}, "problem: holds a NUL character (U+0000) at position 1: remove it"),
        ({"generator": "g" * 129}, "generator: expected at most 128 characters, found 129"),
        ({"generator": None}, "generator: expected a string, found nothing: this key is required"),
        ({"reference_answer": 12}, "reference_answer: expected a string, found a number"),
        ({"final_answer": "9" * 1_001}, "final_answer: expected at most 1,000 characters, found 1,001"),
        ({"sample_index": -1}, "sample_index: expected a whole number from 0 to 2,147,483,647"),
        ({"sample_index": 2**31}, "sample_index: expected a whole number from 0 to 2,147,483,647"),
        ({"sample_index": True}, "sample_index: expected a whole number, found true or false"),
        ({"sample_index": 1.0}, "sample_index: expected a whole number, found a number"),
        ({"text": None, "steps": None}, "steps: expected a list of strings (or text: a string), found neither"),
        ({"steps": []}, "steps: expected at least one entry, found an empty list"),
        ({"steps": ["a", " "]}, "steps[1]: expected a string that is not blank"),
        ({"steps": ["a", 2]}, "steps[1]: expected a string, found a number"),
        ({"steps": "a"}, "steps: expected a list of strings, found a string"),
        ({"steps": ["é\udc00"]}, "steps[0]: holds half a surrogate pair (U+DC00) at position 1"),
        ({"truncated": 1}, "truncated: expected true or false, found a number"),
        ({"held_out": "no"}, "held_out: expected true or false, found a string"),
        ({"alternatives": {"2": ["x"]}}, """alternatives: expected a step index from "0" to "1" as key, found '2'"""),
        ({"alternatives": {"-1": ["x"]}}, """alternatives: expected a step index from "0" to "1" as key, found '-1'"""),
        ({"alternatives": {"01": ["x"]}}, """alternatives: expected a step index from "0" to "1" as key, found '01'"""),
        ({"alternatives": {"1": []}}, "alternatives.1: expected at least one entry, found an empty list"),
        ({"alternatives": ["x"]}, "alternatives: expected an object, found a list"),
        ({"scores": {"prm": [0.5]}}, "scores.prm: expected 2 scores, one a step, found 1"),
        ({"scores": {"prm": [0.5, 1.5]}}, "scores.prm[1]: expected a number from 0 to 1"),
        ({"scores": {"prm": [-0.1, 1]}}, "scores.prm[0]: expected a number from 0 to 1"),
        ({"scores": {"prm": [0.5, float("nan")]}}, "scores.prm[1]: expected a number from 0 to 1"),
        ({"scores": {"prm": [True, 1]}}, "scores.prm[0]: expected a number, found true or false"),
        ({"scores": {"": [0.5, 1]}}, "scores: expected a string that is not blank"),
        ({"id": 1.5}, "id: expected a string, found a number"),
        ({"meta": {"a": ["\x00"]}}, "meta: holds a NUL character (U+0000) at position 0: remove it"),
        ({"meta": {"a": float("inf")}}, "meta: expected finite numbers"),
        ({"meta": []}, "meta: expected an object, found a list"),
        ({"step": ["a"]}, "step: unknown key; did you mean steps?"),
        ({"Zzz": 1}, "Zzz: unknown key"),
    ],
)
def test_native_refuses_a_bad_line_by_field_and_expectation(change: dict[str, object], reason: str) -> None:
    assert refusal("native", NATIVE | change) == reason


def test_native_refuses_a_step_index_that_two_keys_could_name() -> None:
    line = NATIVE | {"steps": ["a"] * 12, "scores": None, "alternatives": {"1": ["x"], "01": ["y"]}}
    assert refusal("native", line).endswith("found '01'")


def test_native_refuses_meta_that_is_nested_without_end() -> None:
    meta: dict[str, object] = {}
    for _ in range(50):
        meta = {"in": meta}
    assert refusal("native", NATIVE | {"meta": meta}) == "meta: expected at most 20 levels of nesting"


def test_the_example_of_the_native_documentation_is_imported_and_every_key_has_its_row() -> None:
    page = (ROOT / "docs" / "formats" / "native.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    line = json.loads(example)
    assert parsed("native", line)
    assert set(line) == set(NATIVE)
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(NATIVE)


# GSM8K.


def test_gsm8k_gives_one_sample_for_each_generator() -> None:
    records = parsed("gsm8k", GSM8K)
    assert [(r.generator, r.sample_index) for r in records if isinstance(r, SampleRecord)] == [
        ("6b_finetuning", 0),
        ("175b_verification", 0),
    ]
    first = records[0]
    assert isinstance(first, SampleRecord)
    assert (first.reference_answer, first.reference_solution) == ("12", GSM8K["ground_truth"])
    assert first.steps == ("3 + 4 = <<3+4=7>>7", "A: 7")
    assert first.final_answer is None


def test_gsm8k_does_not_read_is_correct() -> None:
    flipped = json.loads(json.dumps(GSM8K).replace("true", "false"))
    assert parsed("gsm8k", flipped) == parsed("gsm8k", GSM8K)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"question": 1}, "question: expected a string, found a number"),
        ({"ground_truth": "It is 12."}, "ground_truth: expected a last line `A: answer` or `#### answer`"),
        ({"6b_finetuning": "A: 7"}, '6b_finetuning: expected an object with the key "solution", found a string'),
        ({"6b_finetuning": {"solution": ""}}, "6b_finetuning.solution: expected a string that is not blank"),
    ],
)
def test_gsm8k_refuses_a_bad_line(change: dict[str, object], reason: str) -> None:
    assert refusal("gsm8k", GSM8K | change) == reason


# Best-of-N.


def test_a_pool_gives_its_candidates_in_their_order() -> None:
    first, second = parsed("best-of-n", POOL, ImportContext(generator="tiny-7b"))
    assert isinstance(first, SampleRecord)
    assert isinstance(second, SampleRecord)
    assert (first.sample_index, second.sample_index) == (0, 1)
    assert (first.text, first.steps) == (POOL["candidates"][0]["text"], ("3*4",))
    assert (first.final_answer, second.final_answer) == (None, "7")
    assert {(r.generator, r.source, r.external_id) for r in (first, second)} == {("tiny-7b", "best-of-n", "p_01")}
    assert first.meta == {"domain": "arithmetic", "temperature": 0.8}


def test_a_score_line_finds_its_sample_by_source_problem_id_and_index() -> None:
    assert parsed("best-of-n", SCORE) == [ScoreRecord("best-of-n", "p_01", 1, "some_prm", (0.5, 1.0))]
    assert parsed("best-of-n", SCORE | {"n_steps": None}) == parsed("best-of-n", SCORE)


def test_best_of_n_does_not_read_is_correct() -> None:
    for line in (POOL, SCORE):
        text = json.dumps(line).replace("true", '"?"').replace("false", '"?"')
        assert parsed("best-of-n", json.loads(text)) == parsed("best-of-n", line)


def test_one_bad_candidate_refuses_its_whole_pool() -> None:
    line = POOL | {"candidates": [*POOL["candidates"], {"text": "a", "steps": []}]}
    assert refusal("best-of-n", line) == "candidates[2].steps: expected at least one entry, found an empty list"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"step_scores": [0.5]}, "step_scores: expected 2 scores, one a step, found 1"),
        ({"step_scores": [0.5, 2]}, "step_scores[1]: expected a number from 0 to 1"),
        ({"candidate_index": "1"}, "candidate_index: expected a whole number, found a string"),
        ({"prm_name": None}, "prm_name: expected a string, found null"),
        ({"problem_id": None}, "problem_id: expected a string, found null"),
        ({"n_steps": None, "step_scores": []}, "step_scores: expected at least one score, found an empty list"),
    ],
)
def test_best_of_n_refuses_a_bad_score_line(change: dict[str, object], reason: str) -> None:
    assert refusal("best-of-n", SCORE | change) == reason


def test_every_score_of_the_three_real_prms_fits_its_sample(shared_data: Path) -> None:
    folder, steps = shared_data / "best_of_32", dict[tuple[str, int], int]()
    for record in _all(folder / "gsm8k_bon32.jsonl.gz"):
        assert isinstance(record, SampleRecord)
        steps[str(record.external_id), record.sample_index] = len(record.steps)
    for prm in ("math_shepherd", "qwen_prm", "rlhflow_prm"):
        scores = _all(folder / f"scores_{prm}_gsm8k.jsonl.gz")
        found = {
            (score.external_id, score.sample_index): len(score.step_scores)
            for score in scores
            if isinstance(score, ScoreRecord)
        }
        assert found == steps


def _all(path: Path) -> list[SampleRecord | ScoreRecord]:
    return [record for line in read_lines(str(path)) if line.obj for record in parsed("best-of-n", line.obj)]
