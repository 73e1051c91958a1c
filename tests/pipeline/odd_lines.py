"""PRM800K lines with every oddity of the real files, generated; the same ones each time."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import annotation_row

MOMENTS = ["2022-07-01T00:00:00", "2023-01-22T04:34:27.052924", "0001-01-01T00:00:00", "2022-12-31 23:59:59"]
ODD = ["", " ", "\u2028\u2029\x85", "a\r\nb", "\t\x01", "é e\u0301 🧮", "</script>", "=1+1", "\\u0000", "\ufeff", "{}"]

NUMBERS = ["0.50", "5E-1", "1.0e+0", "0.30000000000000004441"]  # as they are spelt

_texts = st.one_of(st.sampled_from(ODD), st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
_ratings = st.sampled_from([-1, 0, 1, None])
_flags = st.sampled_from([True, False, None])
_candidates = st.fixed_dictionaries({"text": _texts}, optional={"rating": _ratings, "flagged": _flags, "by": _texts})
_own = st.one_of(
    st.none(),
    _texts,
    st.fixed_dictionaries(
        {"text": _texts, "rating": st.sampled_from([None, 1]), "source": st.just("human")},
        optional={"flagged": _flags, "corrected_rating": _ratings},
    ),
)
_steps = st.one_of(
    st.just({"completions": None, "human_completion": None, "chosen_completion": None}),
    st.fixed_dictionaries(
        {"completions": st.lists(_candidates, max_size=4)},
        optional={"human_completion": _own, "chosen_completion": st.sampled_from([None, 0, 1, 7])},
    ),
)
_question = st.fixed_dictionaries(
    {"problem": _texts, "pre_generated_steps": st.one_of(st.none(), st.lists(_texts, max_size=4))},
    optional={
        "ground_truth_answer": st.one_of(st.none(), _texts),
        "ground_truth_solution": st.one_of(st.none(), _texts),
        "pre_generated_answer": st.one_of(st.none(), _texts),
        "pre_generated_verifier_score": st.sampled_from([None, 1, 0.1, *(f"@{number}@" for number in NUMBERS)]),
    },
)
_label = st.fixed_dictionaries(
    {
        "steps": st.lists(_steps, max_size=4),
        "total_time": st.sampled_from([None, 0, -5, 4200, 10**12, 2**70]),
        "finish_reason": st.sampled_from(["found_error", "solution", "bad_problem", "give_up"]),
    }
)
_rows = st.fixed_dictionaries(
    {
        "labeler": st.one_of(st.sampled_from(["ann", "ben", "r-0123456789ab", "sim-0123456789ab"]), _texts),
        "timestamp": st.sampled_from(MOMENTS),
        "question": _question,
        "label": _label,
    },
    optional={
        "generation": st.sampled_from([None, -1, 0, 1, 9]),
        "is_quality_control_question": st.booleans(),
        "is_initial_screening_question": st.booleans(),
        "tool": st.dictionaries(_texts, st.one_of(_texts, st.integers(), st.none()), max_size=2),
    },
)


@st.composite
def _lines(draw: st.DrawFn) -> bytes:
    """A row spelt in one of the ways that JSON leaves open."""
    row: dict[str, Any] = draw(_rows)
    if draw(st.booleans()):
        row = dict(reversed(row.items()))
    separators = draw(st.sampled_from([None, (",", ":"), (" , ", "\t: ")]))
    text = json.dumps(row, ensure_ascii=draw(st.booleans()), separators=separators)
    around = draw(st.sampled_from(["", " ", "\t"]))
    for number in NUMBERS:
        text = text.replace(f'"@{number}@"', number)
    return (around + text + around).encode()


def odd_lines(count: int) -> list[bytes]:
    found: list[bytes] = []

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(_lines())
    def collect(line: bytes) -> None:
        found.append(line)

    collect()
    return found


HUGE = json.dumps(annotation_row(labeler="ann", steps=["x" * 2**20, "y"], ratings=(1, -1))).encode()
