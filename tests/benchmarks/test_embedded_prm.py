"""The embedded PRM on people's labels: the bars, in full (slow) and on a small part."""

from pathlib import Path

import pytest

from benchmarks.embedded_prm import cross_validated, prm800k
from labelling.prm.embedded.training import table_of
from tests.benchmarks.short import bench


def test_on_a_part_of_prm800k_it_tells_right_steps_from_wrong_ones(shared_data: Path) -> None:
    path = shared_data / "prm800k_phase1" / "phase1_train_plus.stepwise-critic.parquet"
    examples = prm800k(path, problems=60)

    scored, _, _ = cross_validated(table_of(examples), examples, folds=3)

    assert len(examples) > 2_000
    assert scored.auc() > 0.55
    assert scored.ece() < 0.1


def test_without_the_data_the_benchmark_says_what_it_needs(tmp_path: Path) -> None:
    result = bench("embedded_prm", STEPMARK_SHARED=str(tmp_path))

    assert "prm800k_phase1" in str(result["skipped"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_holds_the_bars(shared_data: Path) -> None:
    """Times are by the processor's clock: others may use the machine."""
    result = bench("embedded_prm")
    figures = {key: value for key, value in result.items() if isinstance(value, int | float)}

    assert figures["auc"] >= 0.65
    assert figures["ece"] <= 0.03
    assert figures["processbench_gsm8k_auc"] >= 0.64
    assert figures["train_processor_seconds"] < 120  # of two cores
    assert figures["steps_per_processor_second"] >= 1400
