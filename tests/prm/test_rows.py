"""Labelled rows of every kind that training and evaluation read."""

import json
from typing import Any

import pytest

from labelling.prm.rows import KINDS, BadRow, row_read
from labelling.prm.rows.base import Verdict

STEPS = ["a", "b", "c"]
ROWS: dict[str, dict[str, Any]] = {
    "prm800k": {
        "question": {"problem": "p"},
        "label": {"steps": [{"completions": [{"text": "a", "rating": 1}], "chosen_completion": 0}]},
    },
    "trl": {"prompt": "p", "completions": STEPS, "labels": [True, True, False]},
    "processbench": {"problem": "p", "steps": STEPS, "label": 1, "final_answer_correct": False},
    "best-of-n": {"problem": "p", "steps": STEPS, "answer": "4", "is_correct": True, "prm_score": 0.5},
    "orm": {"prompt": "p", "completion": "a\n\nb", "label": False},
}


def test_every_kind_has_a_row_here() -> None:
    assert ROWS.keys() == {kind.name for kind in KINDS}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_is_told_by_its_keys_and_survives_json(name: str) -> None:
    kind, row = row_read(json.loads(json.dumps(ROWS[name])), neutral="positive")

    assert (kind, row.problem) == (name, "p")


def test_trl_rows_label_each_step_behind_those_before() -> None:
    _, row = row_read(ROWS["trl"], neutral="negative")

    assert [(one.before, one.text, one.target) for one in row.examples] == [
        ((), "a", 1.0),
        (("a",), "b", 1.0),
        (("a", "b"), "c", 0.0),
    ]


def test_processbench_rows_label_no_step_behind_the_error() -> None:
    _, row = row_read(ROWS["processbench"], neutral="positive")

    assert [(one.text, one.target) for one in row.examples] == [("a", 1.0), ("b", 0.0)]
    assert row.verdict == Verdict(("a", "b", "c"), first_error=1, is_searched=True, is_right=False)
    assert len(row_read({**ROWS["processbench"], "label": -1}, neutral="positive")[1].examples) == 3


@pytest.mark.parametrize(("name", "steps", "right"), [("best-of-n", ("a", "b", "c"), True), ("orm", ("a", "b"), False)])
def test_outcome_rows_tell_of_the_whole_solution(name: str, steps: tuple[str, ...], right: bool) -> None:
    _, row = row_read(ROWS[name], neutral="positive")

    assert (row.examples, row.verdict) == ((), Verdict(steps, is_right=right))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "p"}, "no kind of row that is known here"),
        ({**ROWS["trl"], "labels": [True]}, "labels: are 1, but there are 3 completions"),
        ({**ROWS["trl"], "labels": [1, 0, 1]}, "labels: must be a list of true or false"),
        ({**ROWS["trl"], "completions": "a"}, "completions: must be a list of texts"),
        ({**ROWS["trl"], "prompt": None}, "prompt: must be a text"),
        ({**ROWS["processbench"], "label": 3}, "label: must be the index of a step, or -1, not 3"),
        ({**ROWS["processbench"], "label": True}, "label: must be the index of a step"),
        ({**ROWS["best-of-n"], "is_correct": "yes"}, "is_correct: must be true or false"),
        ({**ROWS["processbench"], "steps": [], "label": -1}, "steps: must be one at least"),
        ({**ROWS["trl"], "completions": ["a", "\ud800", "c"]}, r"completions\[1\]: holds half a surrogate pair"),
        ({**ROWS["trl"], "prompt": "a\0"}, "prompt: holds a NUL character"),
        (
            {"question": {"problem": "p"}, "label": {"steps": [{"human_completion": {"text": "\udcff"}}]}},
            r"label\.steps\[0\]\.human_completion\.text: holds half a surrogate pair",
        ),
        ({**ROWS["orm"], "completion": " \n"}, "completion: must have a line that is not blank"),
    ],
)
def test_a_row_that_is_wrong_says_where(row: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRow, match=message):
        row_read(row, neutral="positive")
