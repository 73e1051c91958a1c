"""What comes back to a round after it was closed: nothing stays locked in it, and nothing is asked for twice."""

import pytest

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment
from labelling.rating.services import annotation_submit, lease_skip
from labelling.rating.tasks import sweep_leases
from labelling.rating.voids import annotations_void, void_reverse
from labelling.rounds.models import Item, Round
from labelling.rounds.services import round_close
from labelling.rounds.withdrawals import items_withdraw_untouched
from tests.factories import ItemFactory, RoundFactory, UserFactory
from tests.rating.kit import SLUG, body, claimed, let_run_out
from tests.rating.work import counts_that_are_wrong, judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug=SLUG, campaign__skips_per_round=2)


def state_of(item: Item) -> tuple[str, int, int]:
    item.refresh_from_db()
    return item.state, item.held, item.completed


def test_an_item_whose_lease_runs_out_after_the_close_is_withdrawn(round_: Round, rater: User) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    round_close(campaign=round_.campaign)
    sweep_leases()
    assert state_of(item) == ("queued", 1, 0)  # held: it may still be submitted
    let_run_out(lease)
    assert sweep_leases() == 1
    assert state_of(item) == ("withdrawn", 0, 0)
    assert item.state_reason == "The round was closed."


def test_so_is_one_that_is_skipped_then(round_: Round, rater: User) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    round_close(campaign=round_.campaign)
    lease_skip(rater=rater, campaign=SLUG, lease=lease)
    assert items_withdraw_untouched() == 1
    assert state_of(item) == ("withdrawn", 0, 0)


def test_what_has_an_answer_stays_and_so_does_an_open_round(round_: Round, rater: User) -> None:
    ItemFactory.create(round=round_, overlap=2)
    answered = judge(rater, round_.campaign)
    round_close(campaign=round_.campaign)
    opened = ItemFactory.create(round=RoundFactory.create(campaign=round_.campaign))
    assert items_withdraw_untouched() == 0
    assert state_of(answered) == ("queued", 0, 1)
    assert state_of(opened) == ("queued", 0, 0)


def test_a_late_answer_to_a_withdrawn_item_is_kept_as_late(round_: Round, rater: User) -> None:
    """A later round has picked the solution again: two answers would count where one was asked for."""
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    let_run_out(lease)
    sweep_leases()
    round_close(campaign=round_.campaign)
    again = ItemFactory.create(round=RoundFactory.create(campaign=round_.campaign), solution=item.solution)
    judge(UserFactory.create(), round_.campaign)
    annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=body())
    assert (state_of(item), state_of(again)) == (("withdrawn", 0, 0), ("done", 0, 1))
    assert Assignment.objects.get(pk=lease).state == "late"
    assert Annotation.objects.get(assignment=lease).late
    assert not counts_that_are_wrong()


def test_a_void_put_back_after_the_close_keeps_later_rounds_from_asking_again(
    round_: Round, rater: User, lead: User
) -> None:
    ItemFactory.create(round=round_, overlap=3)
    item = judge(rater, round_.campaign)
    round_close(campaign=round_.campaign)
    void = annotations_void(campaign=round_.campaign, rater=rater, by=lead, reason="By mistake.")
    assert state_of(item) == ("withdrawn", 0, 0)
    void_reverse(void=void, by=lead)
    assert state_of(item) == ("done", 0, 1)
    assert item.state_reason == ""
