"""The page benchmark in short; the figures that depend on the machine only have to be there."""

from typing import Any

import pytest

from benchmarks import page
from benchmarks.screen.measures import UNTOLD_MS, per_cent
from benchmarks.screen.texts import LONG, TEN, mathlike
from tests.benchmarks.short import bench

TIMES = {"first_step_cold_ms", "first_step_warm_ms", "key_to_paint_ms", "next_problem_ms"}
COUNTS = {"transferred_bytes", "own_bytes", "requests", "keys_for_ten_steps"}


@pytest.mark.browser
def test_a_short_run_keeps_every_promise_that_no_machine_excuses() -> None:
    result = bench("page", "--times", "1", "--keys", "20", "--steps", "30")
    assert page.broken(result) == []
    assert all(result[name] > 0 for name in TIMES | COUNTS)
    assert result["key_to_paint_p50_ms"] >= UNTOLD_MS
    assert (result["keys_for_ten_steps"], result["keys_for_ten_steps_with_enter"]) == (10, 11)
    assert result["long_keys"] > 30
    assert result["own_bytes"] > 20_000  # counted at all


def test_a_page_that_grew_is_told() -> None:
    small: dict[str, Any] = {"transferred_bytes": 500_000, "own_bytes": 80_000, "requests": 30}
    assert page.broken(small) == []
    assert page.broken({**small, "requests": 31}) == ["requests"]


def test_the_texts_differ_and_have_their_lengths() -> None:
    made = [mathlike(number) for number in range(80)]
    assert len({text.problem for text in made}) == 80
    assert {len(text.steps) for text in made} == {TEN}
    assert len(set(mathlike(3, steps=LONG).steps)) == LONG


def test_shares_are_taken_from_above() -> None:
    assert (per_cent([1.0, 2.0, 3.0, 4.0], 50), per_cent(range(100), 95), per_cent([7.0], 95)) == (3.0, 95, 7.0)
