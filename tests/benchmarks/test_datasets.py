"""The benchmark of datasets in short, so that it can't rot."""

import pytest

from tests.benchmarks.short import bench


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_runs_and_tells_every_figure() -> None:
    figures = bench("datasets", "--rows", "300", "--times", "1")
    assert figures["rows"] == 300
    assert figures["step_labels"] > 2_000
    wanted = {"import_rows_per_second", "export_rows_per_second", "import_ratio", "export_ratio"}
    assert all(figures[name] > 0 for name in wanted | {"peak_memory_growth", "parquet_seconds"})
