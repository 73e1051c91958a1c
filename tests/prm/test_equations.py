"""Equations in running text: found, worked out exactly, judged; and no text, however hostile, breaks or stalls it."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.embedded.equations import Findings, Known, check
from labelling.prm.embedded.expressions import parse, value_of
from labelling.prm.embedded.tokens import tokenise


def judged(*steps: str) -> Findings:
    """What is found in the last step, after the others."""
    known = Known()
    return [check(tokenise(step), known) for step in steps][-1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("$\\frac{12}{4} - \\frac12$", Fraction(5, 2)),
        ("2(3 + 4)^2", 98),
        ("-3^2", -9),
        ("1,250 \\div 5", 250),
        ("20\\% \\times 45", 9),
        ("\\sqrt{49} \\cdot 5!", 840),
        ("\\binom{5}{2}", 10),
        ("1{,}000 + .5", Fraction(2001, 2)),
        ("\\gcd(14, 18) \\cdot 2", 4),
        ("\\text{lcm}(4, 6)", 12),
        ("(13 \\cdot 13 + 22) \\bmod 19", 1),
        ("\\left\\lfloor \\frac{2160}{126} \\right\\rfloor", 17),
        ("\\lceil 2.1 \\rceil", 3),
    ],
)
def test_an_expression_has_its_exact_value(text: str, value: Fraction) -> None:
    node = parse(tokenise(text))

    assert node is not None
    assert value_of(node) == value


@pytest.mark.parametrize(
    "text",
    [
        "2^{3^{20}}",
        "99!",
        "1/0",
        "(1 + 2",
        "0^{-1}",
        "9^{64}^{64}^{64}",
        "f(3)",
        "3 4",
        "7 mod 0",
        "gcd(1.5, 2)",
        "gcd 4",
    ],
)
def test_what_is_beyond_the_limits_or_no_expression_has_no_value(text: str) -> None:
    node = parse(tokenise(text))

    assert node is None or value_of(node) is None


@pytest.mark.parametrize(
    "text",
    [
        "He has 5 * 3 = <<5*3=15>>15 apples.",
        "12 eggs / 4 people = 3 eggs per person",
        "So $1,000 + 5 = 1{,}005$.",
        "20% of 50 = 10",
        "10/3 = 3.33",
        "$\\frac{22}{7} \\approx 3.14$",
        "5 < 6",
    ],
)
def test_a_true_statement_about_numbers_is_found_true(text: str) -> None:
    assert (judged(text).true, judged(text).false) == (1, 0)


@pytest.mark.parametrize(
    "text", ["5 * 3 = 16 apples", "12 eggs / 4 people = 4 eggs", "10/3 = 3.4", "7 > 8", "4 = 5", "8 mod 3 = 1"]
)
def test_a_false_statement_about_numbers_is_found_false(text: str) -> None:
    assert (judged(text).true, judged(text).false) == (0, 1)


def test_each_link_of_a_chain_counts() -> None:
    assert judged("$2 + 3 = 5 = 10/2 = 6$").true == 2
    assert judged("$2 + 3 = 5 = 10/2 = 6$").false == 1


def test_roots_are_compared_with_those_of_earlier_equations() -> None:
    assert judged("$2f + f - 2 = 25$", "So $3f = 27$").agree == 1
    assert judged("$2f + f - 2 = 25$", "So $3f = 27$. Then $f = 9$.").agree == 2
    assert judged("$2f + f - 2 = 25$", "Then $f = 8$").differ == 1
    assert judged("$x^2 - 5x + 6 = 0$", "so $x = 3$").agree == 1
    assert judged("$x^2 - 5x + 6 = 0$", "so $x = 4$").differ == 1


def test_values_found_earlier_are_put_in() -> None:
    assert judged("$a = 2$, $b = 3$", "$a * b = 6$").fits == 1
    assert judged("$a = 2$, $b = 3$", "$a * b = 7$").breaks == 1


def test_an_identity_and_an_equation_written_again_are_known_for_what_they_are() -> None:
    assert judged("$(x + 1)^2 = x^2 + 2x + 1$").identities == 1
    assert judged("$x + y = 4$", "$2x + 2y = 8$").restated == 1
    assert judged("$x + y = 4$", "$2x + 2y = 9$").restated == 0


@given(st.text(alphabet="0123456789xy+-*/^(){}=<>.,$\\!% frac sqrt of", max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    judged(text, text)


@pytest.mark.parametrize(
    "text",
    ["(" * 50_000, "9" * 100_000, "2^" * 5_000 + "2 = 1", "1=" * 20_000, "x^9=" * 3_000, "{" * 500 + "1=2", "9!!!!!=1"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    judged(text, text)

    assert time.process_time() - began < 1
