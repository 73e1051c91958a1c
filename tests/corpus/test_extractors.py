"""The rules for where a final answer stands, by name."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from labelling.corpus.grading import DEFAULT_EXTRACTOR, EXTRACTORS, asks_for_percent, grade
from labelling.corpus.grading.normalise import normalise_answer

LAST = EXTRACTORS["last-number"]


@pytest.mark.parametrize("name", sorted(EXTRACTORS))
def test_every_rule_reads_a_box_finds_nothing_in_nothing_and_ends_on_hostile_text(name: str) -> None:
    extract = EXTRACTORS[name]
    assert extract(r"So $\boxed{\frac{1}{2}}$.").text == r"\frac{1}{2}"
    assert extract("").text is None
    assert extract("No idea.").text is None
    for hostile in ("9" * 200_000, "-" * 100_000, "\\boxed{" * 20_000, "1," * 100_000):
        found = extract(hostile)
        assert found.text is None or len(found.text) <= 1_000


def test_the_default_is_the_stricter_rule() -> None:
    assert DEFAULT_EXTRACTOR == "closing-sentence"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("She has 12 eggs and sells 5, so 7.", "7"),
        ("That costs $1,234.50.", "1,234.50"),
        ("So it is -4.", "-4"),
        ("It took 5-3 days", "3"),
        ("8 pieces of wire, each 6 inches long", "6"),
        (r"\boxed{18} and then 3 more words", "18"),
    ],
)
def test_the_last_number_is_the_box_or_else_the_last_number(text: str, answer: str) -> None:
    assert LAST(text).text == answer


def test_the_steps_stand_in_for_a_text_without_an_answer() -> None:
    assert LAST("", ["First 3.", "Then 4."]).text == "4"


def test_the_last_number_gives_the_published_figures_of_best_of_32(shared_data: Path) -> None:
    """pass@1 .871, majority .888, oracle .974 (each within .002), and some 458 flags of the file differ."""
    right = majority = oracle = differ = 0
    with gzip.open(shared_data / "best_of_32" / "gsm8k_bon32.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            votes, known = Counter[str](), dict[str, bool]()
            for sample in row["candidates"]:
                found = LAST(sample["text"], sample["steps"], problem=row["question"]).text
                percent = asks_for_percent(row["question"])
                given = grade(reference=row["ground_truth"], answer=found, truncated=False, in_percent=percent)
                correct = given.verdict == "right"
                right += correct
                differ += correct != bool(sample["is_correct"])
                if found is not None:
                    form = normalise_answer(found).text
                    votes[form] += 1
                    known.setdefault(form, correct)
            majority += known[votes.most_common(1)[0][0]]  # of equals, the one met first: the earliest sample's
            oracle += any(known.values())
    assert right / 16_000 == pytest.approx(0.870625, abs=0.002)
    assert majority / 500 == pytest.approx(0.888, abs=0.002)
    assert oracle / 500 == pytest.approx(0.974, abs=0.002)
    assert abs(differ - 458) <= 15


@pytest.mark.parametrize("name", sorted(EXTRACTORS))
def test_every_rule_has_its_heading_in_the_docs(name: str) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "grading.md"
    assert f"### `{name}`" in guide.read_text(encoding="utf-8")
