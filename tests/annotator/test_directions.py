"""Right to left: styles name starts and ends, not left and right; texts from outside bring their own direction."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STYLES = sorted(
    path for room in ("annotator", "labelling") for path in (ROOT / room).rglob("*.css") if "vendor" not in path.parts
)
PHYSICAL = re.compile(
    r"(?:^|[\s{;])((?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[a-z-]*|left|right"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
FOUR = re.compile(r"(?:^|[\s{;])(?:margin|padding|inset|border-width)\s*:\s*([^;{}]+)")
IMPORTED = ("problemText", "answerText", "solutionText")  # parts of the labelling page that show what was imported


def values_of(shorthand: str) -> list[str]:
    """The values of a shorthand, a function's counted as one."""
    found, depth, word = list[str](), 0, ""
    for sign in f"{shorthand.strip()} ":
        depth += (sign == "(") - (sign == ")")
        if sign.isspace() and not depth:
            found += [word] * bool(word)
            word = ""
        else:
            word += sign
    return found


def test_the_styles_are_found() -> None:
    assert {"base.css", "label.css", "rater.css", "dashboard.css"} <= {path.name for path in STYLES}


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_name_no_left_or_right(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [found[0] for found in PHYSICAL.finditer(css)] == []
    for shorthand in FOUR.findall(css):
        values = values_of(shorthand)
        assert len(values) < 4 or values[1] == values[3], f"{shorthand}: use …-inline-start and …-inline-end"


def test_such_a_style_would_be_seen() -> None:
    for css in ("a { margin-left: 0 }", "a {left: 1px}", "a { text-align: right; }", "a { border-left-color: red }"):
        assert PHYSICAL.search(css)
    assert not PHYSICAL.search("a { margin-inline-start: 0; border-inline-end: 0; --left: 1px }")
    assert values_of("calc(1px + 2px) 0 0 var(--x, 1px)") == ["calc(1px + 2px)", "0", "0", "var(--x, 1px)"]


def test_what_was_imported_brings_its_own_direction_to_the_labelling_page() -> None:
    page = (ROOT / "labelling/rating/templates/rating/label.html").read_text(encoding="utf-8")
    for part in IMPORTED:
        tag = re.search(rf'<[^>]*data-part="{part}"[^>]*>', page)
        assert tag is not None
        assert 'dir="auto"' in tag[0] or tag[0].startswith("<bdi")
    for script in ("rows.js", "turns_view.js"):
        source = (ROOT / "labelling/rating/static/rating" / script).read_text(encoding="utf-8")
        assert re.search(r'class: "step-text", dir: "auto"', source)
