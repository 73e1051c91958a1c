"""The house's rules hold, and each of its import contracts really breaks on a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
ENDINGS = {".py", ".js", ".mjs", ".css", ".html"}


def own_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_of_our_own_is_longer_than_a_reader_s_patience() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in own_files()
        if path.suffix in ENDINGS and (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert long == {}


def test_no_page_holds_inline_script_or_style() -> None:
    pages = [path for path in own_files() if path.suffix == ".html"]
    assert len(pages) > 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "style=" not in text, page
        assert "onclick=" not in text, page
        assert "<script>" not in text, page


PLANTED = [
    ("The house", "labelling/corpus/services/importing.py", "import labelling.rounds.models"),
    ("The house", "labelling/rating/services.py", "import exports"),
    ("The house", "labelling/rating/voids.py", "import labelling.review.tasks"),
    ("The house", "labelling/review/services.py", "import exports"),
    ("Nobody imports the project", "labelling/jobs/models.py", "import annotator.env"),
    ("Plain packages", "labelling/corpus/grading/ladder.py", "import django.conf"),
    ("Plain packages", "labelling/rounds/strategies/convincing_wrong.py", "import celery"),
    ("Plain packages", "exports/formats/prm800k.py", "import labelling.rating.models"),  # through the models: indirect
    ("Plain packages", "labelling/review/agreement/first_error.py", "import labelling.rounds.models"),
    ("Services and selectors", "labelling/review/services.py", "import labelling.review.tasks"),
    ("Services and selectors", "labelling/prm/services.py", "import labelling.prm.tasks"),
    ("Services and selectors", "labelling/rating/tasks.py", "import labelling.rating.api"),
]


@pytest.fixture(scope="module")
def copy_of_the_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("house")
    for folder in ("annotator", "labelling", "exports"):
        shutil.copytree(ROOT / folder, there / folder, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / ".importlinter", there)
    return there


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_hold_as_the_code_stands(copy_of_the_house: Path) -> None:
    answer = lint(copy_of_the_house)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_each_contract_breaks_on_a_planted_violation(
    copy_of_the_house: Path, contract: str, file: str, line: str
) -> None:
    victim = copy_of_the_house / file
    before = victim.read_text(encoding="utf-8")
    victim.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        answer = lint(copy_of_the_house)
    finally:
        victim.write_text(before, encoding="utf-8")
    broken = [text for text in answer.stdout.splitlines() if text.endswith("BROKEN")]
    assert answer.returncode == 1, answer.stdout
    assert any(text.startswith(contract) for text in broken), answer.stdout
