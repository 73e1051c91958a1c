"""The grading ladder: right, wrong or undecided, and why."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelling.corpus.grading import GRADER_VERSION, STAGES, asks_for_percent, extract_answer, grade, reference_answer
from labelling.corpus.grading.normalise import normalise_answer
from labelling.corpus.grading.numbers import read_number


def verdict(reference: str, answer: str | None) -> tuple[str, str]:
    given = grade(reference=reference, answer=answer, truncated=False)
    assert given.version == GRADER_VERSION
    return given.verdict, given.why


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("18", "18"),
        ("1000", r"\$1{,}000.00"),
        ("1,450,000", "1450000"),
        ("2125", r"2\,125"),
        ("3", r"$3$"),
        ("3", r"\(3\)."),
        ("-10", "−10"),
        ("15", r"15 \text{ liters}"),
        ("10", r"10 \text{ miles per hour}"),
        ("72", r"72\text{ cm}^2"),
        ("5", "5 apples"),
        ("90", r"90^\circ"),
        ("168000", r"168,000 \, \text{\$}"),
        (r"\frac{1}{2}", r"\dfrac12"),
        (r"\left( 3, \frac{\pi}{2} \right)", r"(3,\frac{\pi}{2})"),
        ("x=5", "5"),
        (r"\text{(C)}", "(C)"),
        ("50%", r"50\%"),
        ("4210_5", "4210_{5}"),
        ("2 million", "$2 million"),
    ],
)
def test_it_takes_writings_of_one_answer_for_the_same_string(reference: str, answer: str) -> None:
    assert verdict(reference, answer) == ("right", "string")


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("0.5", r"\frac{1}{2}"),
        ("1/2", "7/14"),
        ("7/2", r"3\frac{1}{2}"),
        ("3.5", "3 1/2"),
        ("-7/2", r"-3\frac12"),
        ("1800000", "1.8 million"),
        ("0.25", r"25\%"),
        ("100000", "1e5"),
        ("24", "2 dozen"),
        (r"-\frac{1}{2}", r"\frac{-1}{2}"),
    ],
)
def test_it_compares_plain_numbers_exactly(reference: str, answer: str) -> None:
    assert verdict(reference, answer) == ("right", "number")


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("18", "81"),
        ("5", "7.5"),
        ("0.3", "0.30000000000000004"),
        ("1/3", "0.333333333333"),
        ("10", "-10"),
        ("2", "-1.8 billion"),
        ("25", "30%"),
        ("1000", "1.000"),
        ("12", "1 2/3"),
        ("260", r"250 \text{ pounds}"),
    ],
)
def test_it_calls_other_numbers_wrong(reference: str, answer: str) -> None:
    assert verdict(reference, answer) == ("wrong", "number")


@pytest.mark.parametrize(
    ("reference", "answer", "why"),
    [
        ("4210", "4210_5", "base"),
        ("4210_5", "4210", "base"),
        ("50", r"50\%", "percent"),
        ("50%", "50", "percent"),
        ("x", "x%", "percent"),
        ("2", "2 billion", "unit"),
        ("5 apples", "5 pears", "unit"),
        ("180000", r"180 \text{ kilometers}", "unit"),
        (r"\sqrt{2}", r"2^{1/2}", "unsettled"),
        ("0", "x+y=0", "unsettled"),
        ("12", "(1,2)", "unsettled"),
        ("12", "{1 2}", "unsettled"),
        ("5", "1/0", "unsettled"),
        ("(1,000)", "(1000)", "unsettled"),
        ("5", "5 or 6", "unsettled"),
        ("5", "5x", "unsettled"),
        ("ab", "AB", "unsettled"),
        (r"\pi r", r"\pir", "unsettled"),
    ],
)
def test_it_leaves_undecided_what_it_cannot_be_sure_of(reference: str, answer: str, why: str) -> None:
    assert verdict(reference, answer) == ("undecided", why)


def test_an_answer_that_still_counts_with_a_thing_is_no_value() -> None:
    assert verdict("50", "10+John's age") == ("wrong", "not-a-value")
    assert verdict("x", "10+John's age") == ("undecided", "unsettled")
    assert verdict("50", "10*sqrt(25)") == ("undecided", "unsettled")


@pytest.mark.parametrize("answer", [None, "", "  "])
def test_no_answer_is_wrong_with_its_own_reason(answer: str | None) -> None:
    assert verdict("18", answer) == ("wrong", "no-answer")


def test_a_truncated_solution_is_wrong_even_with_the_right_answer() -> None:
    given = grade(reference="18", answer="18", truncated=True)
    assert (given.verdict, given.why) == ("wrong", "truncated")


def test_without_a_reference_nothing_is_decided() -> None:
    assert verdict(" ", "18") == ("undecided", "no-reference")


def test_in_percent_both_sides_are_read_as_percentages() -> None:
    for reference, answer in (("60", "60%"), ("60%", "60"), ("60", "60")):
        assert grade(reference=reference, answer=answer, truncated=False, in_percent=True).verdict == "right"
    assert grade(reference="60", answer="61%", truncated=False, in_percent=True).verdict == "wrong"


@pytest.mark.parametrize(
    ("problem", "asks"),
    [
        ("12 of 20 dance. What percentage of them dance?", True),
        ("What's the percentage chance of it?", True),
        ("How much more likely is it (expressed as a percentage) to win?", True),
        ("By what percent did it rise?", True),
        ("20% are unripe. How many oranges are good?", False),
        ("What percent is it? It was 5 before. How many now?", False),
        ("", False),
    ],
)
def test_it_knows_whether_a_problem_asks_for_a_percentage(problem: str, asks: bool) -> None:
    assert asks_for_percent(problem) is asks


@pytest.mark.parametrize(
    "hostile",
    [
        "1e999999999",
        "9" * 100_000,
        "9" * 900,
        "1," * 50_000,
        "1 " * 499,
        r"\frac" * 199,
        "{" * 999,
        "$" * 999,
        "1/" * 499,
        "2^{3^{20}}",
        "=" * 1_000,
        "-" * 999,
        "aa " * 333,
        r"\text{" * 160,
        "." * 999,
        "\ud800",
        "\x00",
    ],
)
def test_hostile_answers_end_fast_and_undecided(hostile: str) -> None:
    began = time.perf_counter()
    assert grade(reference="5", answer=hostile, truncated=False).verdict == "undecided"
    assert grade(reference=hostile, answer="5", truncated=False).verdict == "undecided"
    assert time.perf_counter() - began < 1


def test_an_answer_of_thousands_of_characters_is_not_parsed() -> None:
    assert verdict("5", "9" * 1_001) == ("undecided", "too-long")
    assert verdict("9" * 1_001, "5") == ("undecided", "too-long")


@pytest.mark.parametrize("text", ["1e999", "1" * 300, "", "1 2", "--1", "1/0", "1//2", "e5", "%", "½"])
def test_it_reads_no_number_out_of_what_is_none(text: str) -> None:
    assert read_number(text) is None


def test_normalising_twice_changes_nothing() -> None:
    for raw in (r"\$1{,}000.00", r"\dfrac12", r"3 \frac{1}{2}", r"\pi r", "1 000 000", "x = 5", r"50\%", "4210_{5}"):
        once = normalise_answer(raw).text
        assert normalise_answer(once).text == once


def test_only_one_variable_is_taken_off_an_equation() -> None:
    assert normalise_answer("x = 5").text == "5"
    assert normalise_answer("x = y = 5").text == "x=y=5"


def test_each_stage_is_one_function_and_decides_alone() -> None:
    reference, answer = normalise_answer("0.5"), normalise_answer("1/2")
    decisions = [stage(reference, answer) for stage in STAGES]
    assert [decision and decision.why for decision in decisions] == [None, "number", None, None]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_all_5276_verdicts_on_gsm8k_agree_with_the_file(shared_data: Path) -> None:
    agreed: Counter[tuple[str, str]] = Counter()
    for row in _rows(shared_data / "gsm8k" / "example_model_solutions.jsonl.gz"):
        reference = reference_answer(row["ground_truth"])
        assert reference is not None
        for sample in (value for value in row.values() if isinstance(value, dict)):
            found = extract_answer(sample["solution"], problem=row["question"])
            given = grade(reference=reference, answer=found.text, truncated=False)
            assert given.verdict == ("right" if sample["is_correct"] else "wrong"), (reference, found)
            agreed[found.how, given.why] += 1
    assert agreed.total() == 5_276
    assert {key: n for key, n in agreed.items() if key[1] == "no-answer"} == {
        ("none", "no-answer"): 10,
        ("ambiguous", "no-answer"): 1,
    }


def test_it_finds_and_grades_the_answers_of_best_of_32(shared_data: Path) -> None:
    """Most of them stand in a closing sentence; the last number of the text alone would give .871, .888 and .974."""
    right, majority, oracle, verdicts = 0, 0, 0, Counter[str]()
    for row in _rows(shared_data / "best_of_32" / "gsm8k_bon32.jsonl.gz"):
        in_percent, votes = asks_for_percent(row["question"]), Counter[str]()
        known: dict[str, str] = {}
        for sample in row["candidates"]:
            found = extract_answer(sample["text"], sample["steps"], problem=row["question"])
            given = grade(
                reference=row["ground_truth"],
                answer=found.text,
                truncated=False,
                in_percent=in_percent,
            )
            verdicts["no-answer" if given.why == "no-answer" else given.verdict] += 1
            if found.text is not None:
                form = normalise_answer(found.text).text
                votes[form] += 1
                known[form] = given.verdict
        right += sum(n for form, n in votes.items() if known[form] == "right")
        majority += known[votes.most_common(1)[0][0]] == "right"
        oracle += "right" in known.values()
    assert verdicts.total() == 16_000
    assert verdicts["undecided"] <= 5
    assert verdicts["no-answer"] <= 110
    assert right / 16_000 == pytest.approx(0.921, abs=0.001)
    assert majority / 500 == pytest.approx(0.948, abs=0.004)
    assert oracle / 500 == pytest.approx(0.980, abs=0.002)
