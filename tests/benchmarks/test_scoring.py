"""The scoring benchmark in short: its figures are there, and padding keeps to its bar."""

import argparse
from pathlib import Path

import pytest

from benchmarks.prm.solutions import solutions
from tests.benchmarks.short import bench


def test_where_the_pool_is_not_at_hand_solutions_are_made_up_the_same_each_time(tmp_path: Path) -> None:
    made, source = solutions(5, 4, pool=tmp_path / "no pool")

    assert source == "generated"
    assert len(made) == 20
    assert len({problem for problem, _ in made}) == 5
    assert all(steps and all(steps) for _, steps in made)
    assert solutions(5, 4, pool=tmp_path / "no pool") == (made, source)


@pytest.mark.ml
@pytest.mark.filterwarnings("ignore")
class TestWithTorch:
    def test_in_short_it_prints_every_figure_and_little_padding(self) -> None:
        result = bench("scoring", "--problems", "2", "--samples", "4")

        assert result["solutions"] == 8
        assert result["tokens_computed_over_needed"] <= 1.02
        for figure in (
            "steps_per_second",
            "tokens_per_second",
            "speedup_over_naive",
            "speedup_over_random_batches",
            "peak_memory_mb",
        ):
            assert result[figure] > 0

    def test_the_large_models_figures_on_a_small_shape(self) -> None:
        """What runs on a GPU only, but for the size."""
        scoring = pytest.importorskip("benchmarks.scoring")
        pytest.importorskip("torch")
        shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
        options = argparse.Namespace(problems=2, samples=2, matrix=64)
        figures = scoring._large(options, shape | {"num_key_value_heads": 2}, "bfloat16")

        assert figures["large_tokens_per_second"] > 0
        assert figures["large_share_of_matrix_peak"] > 0
        assert figures["large_parameters"] > 1_000
