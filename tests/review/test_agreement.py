"""When raters agree: every method keeps the same promises, and the first error is what it is asked about."""

from itertools import permutations

import pytest

from labelling.review.agreement import METHODS, Answer, Method

NONE = Answer("solution", None)
GAVE_UP = Answer("give_up", None)
BAD = Answer("bad_problem", None)


def at(step: int) -> Answer:
    return Answer("found_error", step)


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
class TestEveryMethod:
    def test_it_is_registered_under_its_name_and_has_a_version(self, method: Method) -> None:
        assert METHODS[method.name] is method
        assert method.version >= 1

    def test_nobody_has_agreed_before_anybody_has_answered(self, method: Method) -> None:
        assert not method.outcome([], agree=2).agreed

    def test_all_saying_the_same_agree_once_they_are_enough(self, method: Method) -> None:
        assert not method.outcome([at(1)] * 2, agree=3).agreed
        assert method.outcome([at(1)] * 3, agree=3).agreed

    def test_the_order_of_answers_makes_no_difference(self, method: Method) -> None:
        outcomes = {method.outcome(order, agree=2) for order in permutations([at(0), at(3), at(0), NONE, GAVE_UP])}
        assert len(outcomes) == 1


class TestFirstError:
    @pytest.mark.parametrize(
        ("answers", "agree", "agreed"),
        [
            ([at(1), at(1), at(2)], 2, True),
            ([at(1), at(1), at(2)], 3, False),
            ([NONE, NONE, NONE, at(0)], 3, True),
            ([at(0), NONE, at(0), NONE], 3, False),
            ([GAVE_UP, GAVE_UP, GAVE_UP], 2, False),
            ([BAD, BAD, BAD], 2, False),
            ([BAD, at(1), GAVE_UP, at(1)], 2, True),
            ([NONE, GAVE_UP], 2, False),  # to give up is not to find no error
        ],
    )
    def test_as_many_as_are_asked_for_name_the_same_step_or_none(
        self, answers: list[Answer], agree: int, agreed: bool
    ) -> None:
        assert METHODS["first-error"].outcome(answers, agree=agree).agreed is agreed

    def test_a_step_that_a_rater_marked_before_giving_up_is_no_vote(self) -> None:
        marked = Answer("give_up", 1)
        assert not METHODS["first-error"].outcome([marked, at(1)], agree=2).agreed

    def test_the_tally_counts_steps_as_people_do_with_the_most_frequent_first(self) -> None:
        tally = METHODS["first-error"].outcome([at(3), NONE, at(0), GAVE_UP, at(3), BAD], agree=3).tally
        assert tally == "2 × step 4, 1 × bad problem, 1 × gave up, 1 × no error, 1 × step 1"
