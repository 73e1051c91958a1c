"""Runs of alternatives mode, as a lead reads them: out of the stored document, as it was when it was made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunCandidate:
    """``rating``: positive, neutral or negative; empty where there is none. ``is_chosen``: the run went on from it."""

    text: str
    rating: str
    flagged: bool
    is_chosen: bool


@dataclass(frozen=True)
class RunTurn:
    """``own``: the rater's own step, empty where there is none."""

    number: int
    candidates: Sequence[RunCandidate]
    own: str


WORDS = {1: "positive", 0: "neutral", -1: "negative", None: ""}


def run_of(document: str) -> list[RunTurn]:
    """The turns of a PRM800K row of phase 1."""
    return [_turn(number, step) for number, step in enumerate(json.loads(document)["label"]["steps"], start=1)]


def _turn(number: int, step: dict[str, Any]) -> RunTurn:
    own, chosen = step["human_completion"], step["chosen_completion"]
    candidates = [
        RunCandidate(one["text"], WORDS[one["rating"]], bool(one["flagged"]), at == chosen)
        for at, one in enumerate(step["completions"])
    ]
    return RunTurn(number, candidates, "" if own is None else own["text"])
