"""What changed between two texts, as people read it."""

from hypothesis import given
from hypothesis import strategies as st

from labelling.rating.guideline_diff import Passage, Piece, passages

OLD = (
    "# Rules\n\nJudge the step, not the style.\n\n- true\n- checkable in a minute\n\n## Where to stop\n\nAt the error."
)


def told(found: list[Passage]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(one.heading, [(piece.change, piece.text) for piece in one.pieces]) for one in found]


def test_the_same_text_has_no_differences() -> None:
    assert passages(OLD, OLD.replace("\n", "\r\n")) == []


def test_a_reworded_line_shows_the_words_under_its_heading() -> None:
    assert told(passages(OLD, OLD.replace("in a minute", "in half a minute"))) == [
        ("Rules", [("", "- checkable in "), ("added", "half "), ("", "a minute")])
    ]


def test_new_and_removed_paragraphs_stand_whole() -> None:
    new = OLD.replace("At the error.", "Stop where a step is negative.\n\nThen submit.").replace("- true\n", "")
    assert told(passages(OLD, new)) == [
        ("Rules", [("removed", "- true")]),
        ("Where to stop", [("removed", "At the error.")]),
        ("Where to stop", [("added", "Stop where a step is negative.")]),
        ("Where to stop", [("added", "Then submit.")]),
    ]


def test_a_removed_end_stands_under_the_last_heading() -> None:
    assert told(passages(OLD, OLD.removesuffix("\n\nAt the error."))) == [
        ("Where to stop", [("removed", "At the error.")])
    ]


def test_a_huge_paragraph_is_shown_as_replaced_at_once() -> None:
    old, new = ("word " * 5000).strip(), ("other " * 5000).strip()
    assert passages(old, new) == [Passage("", [Piece("removed", old)]), Passage("", [Piece("added", new)])]


@given(st.text(), st.text())
def test_what_is_not_removed_is_in_the_new_text_and_what_is_not_added_in_the_old(old: str, new: str) -> None:
    for passage in passages(old, new):
        for piece in passage.pieces:
            assert piece.change == "added" or piece.text.strip() in old.replace("\r\n", "\n")
            assert piece.change == "removed" or piece.text.strip() in new.replace("\r\n", "\n")
