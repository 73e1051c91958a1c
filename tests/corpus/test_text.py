"""Which texts are the same, which may be stored, and what raters see of them."""

from pathlib import Path

import pytest

from labelling.corpus.importers import IMPORTERS, ImportContext, SampleRecord, read_lines
from labelling.corpus.text import (
    BadText,
    check_text,
    hide_calculator_marks,
    normalise_problem,
    prefix_key,
    prefix_keys,
    problem_key,
    solution_key,
    split_lines,
    text_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many?", "  How\tmany?\r\n"),
        ("Find $x$.\n\nGive it in cm.", "Find $x$. Give it in cm."),
        ("caf\u00e9", "cafe\u0301"),
        ("\ufeffHow many?", "How\u200b many?"),
        ("a\u00a0b", "a b"),
    ],
)
def test_it_takes_problems_that_differ_in_white_space_or_composition_for_one(one: str, other: str) -> None:
    assert problem_key(one) == problem_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Find a.", "Find A."),
        ("x\u00b2 = 4", "x2 = 4"),
        ("3 < x", "3 > x"),
        ("a b", "ab"),
        ("$2^{10}$", "$2^10$"),
        ("10", "1 0"),
        ("What is 1.5?", "What is 15?"),
    ],
)
def test_it_keeps_case_and_mathematics_in_a_problems_identity(one: str, other: str) -> None:
    assert problem_key(one) != problem_key(other)


def test_its_normal_form_does_not_change_when_normalised_again() -> None:
    once = normalise_problem(" cafe\u0301 \u200b  x\u00b2 ")
    assert once == "caf\u00e9 x\u00b2"
    assert normalise_problem(once) == once


def test_its_keys_are_32_hexadecimal_digits_and_never_change() -> None:
    assert problem_key("How many?") == "09d97cac360fc0c108588ded0faf3c9d"
    assert len(prefix_key(())) == 32
    assert int(prefix_key(()), 16)


def test_it_tells_solutions_apart_by_text_steps_stated_answer_and_truncation() -> None:
    keys = {
        solution_key(text=text, steps=steps, final_answer=answer, truncated=truncated)
        for text in ("a\nb", "a\nb ")
        for steps in (("a", "b"), ("a\nb",), ("ab",), ("a", "", "b"))
        for answer in (None, "", "b")
        for truncated in (False, True)
    }
    assert len(keys) == 2 * 4 * 3 * 2


def test_it_gives_equal_solutions_one_key() -> None:
    one = solution_key(text="a\nb", steps=["a", "b"], final_answer=None, truncated=False)
    assert one == solution_key(text="a\nb", steps=("a", "b"), final_answer=None, truncated=False)


def test_no_two_prefixes_run_together() -> None:
    prefixes = [(), ("",), ("ab",), ("a", "b"), ("b", "a"), ("1:a",), ("a1:b",), ("a", "1:b")]
    assert len({prefix_key(prefix) for prefix in prefixes}) == len(prefixes)


def test_a_step_and_a_prefix_of_the_same_text_have_different_keys() -> None:
    assert text_key("a") != prefix_key(("a",)) != problem_key("a")


def test_it_splits_steps_at_lines_and_drops_blank_ones() -> None:
    assert split_lines("  one\r\n\r\ntwo \n \t\nthree\rfour\u2028still four\n") == [
        "one",
        "two",
        "three",
        "four\u2028still four",
    ]
    assert split_lines(" \n ") == []


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800", "\udfffé"])
def test_it_refuses_what_postgresql_cannot_hold(text: str) -> None:
    with pytest.raises(BadText, match=r"U\+(0000|D800|DFFF)"):
        check_text(text)
    with pytest.raises(BadText):
        problem_key(text)


def test_it_says_where_the_bad_character_stands() -> None:
    with pytest.raises(BadText, match="position 3"):
        check_text("abc\x00")


@pytest.mark.parametrize("text", ["", "plain", "émigré 😀 \U0001f9ee", "tab\tand\x1f"])
def test_it_lets_every_other_text_through_unchanged(text: str) -> None:
    assert check_text(text) == text


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("16 - 3 = <<16-3=13>>13 eggs", "16 - 3 = 13 eggs"),
        ("$<<13*2=26>>26 and $<<2/4=.5>>.50", "$26 and $.50"),
        ("it is <<350000*12/100=42000.0>>42 000.", "it is 42 000."),
        ("12%: <<12/100=0.12%>>0.12", "12%: 0.12"),
        ("<<100/4=25.0>>$25", "$25"),
        ("cut off at <<8192*2=163", "cut off at "),
    ],
)
def test_it_hides_calculator_marks(raw: str, seen: str) -> None:
    assert hide_calculator_marks(raw) == seen


@pytest.mark.parametrize(
    "text",
    [
        "Since $a << b$ and $c >> d$, $a = d$.",
        "$x<<y=2>>z$",
        "$1 << 3 = 8 >> 0$",
        "bits: 1 << 4",
        "<<Bonjour>> 5",
        "<<>>",
        "a << b = 5 >> 3",
        "see <<the note=5>>",
    ],
)
def test_it_leaves_every_other_double_bracket_alone(text: str) -> None:
    assert hide_calculator_marks(text) == text


def test_it_ends_fast_on_a_text_made_of_opening_marks() -> None:
    hostile = "<<1=" * 50_000
    assert hide_calculator_marks(hostile).startswith("<<1=")


def _samples(path: Path, name: str) -> list[SampleRecord]:
    parse, lines = IMPORTERS[name].parse, read_lines(str(path))
    records = [record for line in lines if line.obj for record in parse(line.obj, ImportContext())]
    return [record for record in records if isinstance(record, SampleRecord)]


def _twins(samples: list[SampleRecord]) -> int:
    keys = {
        (
            problem_key(sample.problem),
            solution_key(
                text=sample.text,
                steps=sample.steps,
                final_answer=sample.final_answer,
                truncated=sample.truncated,
            ),
        )
        for sample in samples
    }
    return len(samples) - len(keys)


def test_it_finds_the_8_twins_of_gsm8k_and_the_137_of_best_of_32(shared_data: Path) -> None:
    gsm8k = _samples(shared_data / "gsm8k" / "example_model_solutions.jsonl.gz", "gsm8k")
    pools = _samples(shared_data / "best_of_32" / "gsm8k_bon32.jsonl.gz", "best-of-n")
    assert (len(gsm8k), _twins(gsm8k)) == (5_276, 8)
    assert (len(pools), _twins(pools)) == (16_000, 137)


def test_the_two_sets_share_their_500_problems(shared_data: Path) -> None:
    gsm8k = _samples(shared_data / "gsm8k" / "example_model_solutions.jsonl.gz", "gsm8k")
    pools = _samples(shared_data / "best_of_32" / "gsm8k_bon32.jsonl.gz", "best-of-n")
    problems = {problem_key(sample.problem) for sample in gsm8k}
    assert len(problems) == 1_319
    assert len(problems & {problem_key(sample.problem) for sample in pools}) == 500


def test_no_calculator_mark_of_gsm8k_is_left_for_raters(shared_data: Path) -> None:
    samples = _samples(shared_data / "gsm8k" / "example_model_solutions.jsonl.gz", "gsm8k")
    left = [step for sample in samples for step in sample.steps if "<<" in hide_calculator_marks(step)]
    assert sum("<<" in sample.text for sample in samples) > 5_000
    assert len(left) <= 2, left


def test_the_keys_of_all_prefixes_at_once_are_those_of_each() -> None:
    steps = ["16 − 3 = 13", "13 eggs\n", "", "🥚" * 9]
    assert prefix_keys(steps) == [prefix_key(steps[:at]) for at in range(len(steps))]
    assert prefix_keys([]) == []
