import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def golden_rows(shared_data: Path) -> dict[str, dict[str, Any]]:
    """One row a format, all made of the annotated solution that PRM800K's README prints."""
    rows: dict[str, dict[str, Any]] = json.loads((shared_data / "formats" / "golden_rows.json").read_text())
    return rows


@pytest.fixture(scope="session")
def readme_row(golden_rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The annotated solution itself."""
    return golden_rows["prm800k"]
