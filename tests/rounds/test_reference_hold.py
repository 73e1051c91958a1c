"""Which problems are held to have their reference answers checked."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.rounds.strategies import Agreement, AnswerCount, reference_doubt


def wrong(answer: str, samples: int, why: str = "number") -> AnswerCount:
    return AnswerCount(answer, "wrong", why, samples)


def right(answer: str, samples: int) -> AnswerCount:
    return AnswerCount(answer, "right", "number", samples)


def test_a_problem_is_held_from_the_share_on() -> None:
    assert reference_doubt([wrong("9", 8), right("8", 2)], share=0.8) == Agreement("9", 0.8)
    assert reference_doubt([wrong("9", 79), right("8", 21)], share=0.8) is None


def test_agreement_on_the_right_answer_holds_nothing() -> None:
    assert reference_doubt([right("8", 10)], share=0.8) is None


def test_wrong_answers_that_disagree_hold_nothing() -> None:
    assert reference_doubt([wrong("9", 5), wrong("10", 5)], share=0.8) is None


def test_answers_that_differ_in_writing_only_agree_and_the_commonest_writing_is_shown() -> None:
    counts = [wrong("1,200", 3), wrong(r"\$1200.00", 2), wrong("1200", 4), right("8", 1)]

    assert reference_doubt(counts, share=0.8) == Agreement("1200", 0.9)


def test_numbers_agree_by_their_value() -> None:
    counts = [wrong(r"\frac{1}{4}", 4), wrong(r"\frac14", 1), wrong("0.25", 2), wrong(r"25\%", 1), right("1/2", 2)]

    assert reference_doubt(counts, share=0.8) == Agreement(r"\frac{1}{4}", 0.8)


def test_a_percentage_does_not_agree_with_the_number() -> None:
    assert reference_doubt([wrong("50%", 5), wrong("50", 5)], share=0.8) is None


@pytest.mark.parametrize(
    "other",
    [
        AnswerCount(None, "wrong", "no-answer", 3),
        AnswerCount("9", "wrong", "truncated", 3),
        AnswerCount("9", "undecided", "percent", 3),
        AnswerCount("9", None, "", 3),
    ],
    ids=["no answer", "truncated", "undecided", "ungraded"],
)
def test_a_sample_that_claims_no_wrong_answer_counts_but_agrees_with_nobody(other: AnswerCount) -> None:
    assert reference_doubt([wrong("9", 7), other], share=0.8) is None
    assert reference_doubt([wrong("9", 7), other], share=0.7) == Agreement("9", 0.7)


def test_an_answer_too_long_to_be_read_is_compared_as_it_stands() -> None:
    assert reference_doubt([wrong("9" * 5_000, 4)], share=0.8) == Agreement("9" * 5_000, 1.0)


def test_a_problem_without_samples_is_not_held() -> None:
    assert reference_doubt([], share=0.8) is None


counts = st.lists(
    st.builds(
        AnswerCount,
        answer=st.none() | st.sampled_from(["8", "9", "9.0", "10"]),
        verdict=st.sampled_from(["wrong", "right", "undecided"]),
        why=st.sampled_from(["number", "no-answer"]),
        samples=st.integers(1, 20),
    ),
    max_size=6,
)


@given(counts=counts, share=st.floats(0.05, 1), shuffle=st.randoms(use_true_random=False))
def test_what_is_held_has_the_share_and_does_not_depend_on_the_order(
    counts: list[AnswerCount], share: float, shuffle: random.Random
) -> None:
    found = reference_doubt(counts, share=share)
    shuffled = list(counts)
    shuffle.shuffle(shuffled)

    assert found is None or share <= found.share <= 1
    assert reference_doubt(shuffled, share=share) == found
