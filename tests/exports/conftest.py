import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def readme_row(shared_data: Path) -> dict[str, Any]:
    """The annotated solution that PRM800K's README prints."""
    row: dict[str, Any] = json.loads((shared_data / "formats" / "golden_rows.json").read_text())["prm800k"]
    return row
