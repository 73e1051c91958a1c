"""Formats that mark the end of every step inside one text: whoever reads them finds the labels by counting marks."""

from collections.abc import Sequence
from typing import Final

from exports.formats.base import Unfit
from exports.formats.walk import Labelled
from exports.records import BadRecord

SHEPHERD: Final = "ки"
SIGNS: Final = {True: "+", False: "-"}
_FIRST: Final = "Step 1:"


def numbered(one: Labelled) -> list[str]:
    """Math-Shepherd's steps, each up to its mark, the problem in front of the first.

    A step that brings its own number keeps that one. Raises ``Unfit`` where the text holds the mark, or would hold
    "Step 1:" twice: readers split the problem off there.
    """
    heads = [f"Step {at}: {_bare(step, at)} " for at, step in enumerate(one.steps, 1)]
    heads[0] = f"{one.problem} {heads[0]}"
    text = "".join(heads)
    if SHEPHERD in text:
        raise Unfit(f"{_where(one, SHEPHERD)} holds {SHEPHERD!r}, which marks the end of a step in this format")
    if text.count(_FIRST) > 1:
        raise Unfit(f"its text holds {_FIRST!r}, where this format's solutions begin, more than once")
    return heads


def marked(heads: Sequence[str]) -> str:
    """The whole text, with the mark behind every step."""
    return f"{SHEPHERD}\n".join(heads) + SHEPHERD


def _bare(step: str, number: int) -> str:
    own = f"Step {number}:"
    return step[len(own) :].lstrip() if step.startswith(own) else step


def _where(one: Labelled, mark: str) -> str:
    if mark in one.problem:
        return "the problem"
    return f"step {next((at for at, step in enumerate(one.steps, 1) if mark in step), 1)}"


def refuse_mark(one: Labelled, mark: str) -> None:
    """Raise ``Unfit`` where the problem or a step holds the format's own mark."""
    if mark in one.problem or any(mark in step for step in one.steps):
        raise Unfit(f"{_where(one, mark)} holds {mark!r}, which marks the end of a step in this format")


def check_count(text: str, mark: str, count: int, field: str) -> None:
    """Of a row that was read: a label for each mark."""
    if text.count(mark) != count:
        raise BadRecord(field, f"are {count}, but the text marks {text.count(mark)} steps by {mark}")
