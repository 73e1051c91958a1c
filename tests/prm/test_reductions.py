from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.models import Reduction
from labelling.prm.reductions import REDUCTIONS

scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_each_reduction_of_the_table_has_its_rule() -> None:
    assert set(REDUCTIONS) == set(Reduction.values)


@pytest.mark.parametrize("name", sorted(REDUCTIONS))
@given(steps=scores)
def test_a_solution_score_is_a_probability(name: str, steps: list[float]) -> None:
    assert 0 <= REDUCTIONS[name](steps) <= 1


@given(steps=scores)
def test_product_and_minimum_are_no_more_than_the_weakest_step(steps: list[float]) -> None:
    assert REDUCTIONS["product"](steps) <= REDUCTIONS["min"](steps) == min(steps)


@given(steps=scores)
def test_product_is_the_exact_product_but_for_rounding(steps: list[float]) -> None:
    exact = Fraction(1)
    for step in steps:
        exact *= Fraction(step)

    assert REDUCTIONS["product"](steps) == pytest.approx(float(exact), rel=1e-12, abs=1e-300)


def test_minimum_last_and_mean_are_what_they_are_called() -> None:
    steps = [0.9, 0.2, 0.7]

    assert [REDUCTIONS[name](steps) for name in ("min", "last", "mean")] == [0.2, 0.7, pytest.approx(0.6)]
