"""Many raters at once, with real threads against PostgreSQL: the promises that hold whatever meets whatever."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment
from labelling.rating.services import (
    SubmitConflict,
    annotation_submit,
    annotation_submit_and_claim,
    draft_save,
    lease_claim,
    lease_skip,
    leases_expire,
)
from labelling.rating.standings import StandingRefused, rater_pause, rater_resume
from labelling.rounds.models import Item, Round
from tests.factories import ItemFactory, RoundFactory, UserFactory
from tests.rating.kit import SLUG, body, claimed, gold_item, let_run_out

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[Any], Any], over: Iterable[Any]) -> list[Any]:
    def closing(one: Any) -> Any:
        try:
            return work(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(closing, over))


def round_of(items: int, *, overlap: int, ahead: int = 3) -> Round:
    made: Round = RoundFactory.create(
        campaign__slug=SLUG, campaign__overlap=overlap, campaign__skips_per_round=50, campaign__lease_ahead=ahead
    )
    for position in range(items):
        ItemFactory.create(round=made, position=position, overlap=overlap)
    return made


def assert_counts_are_true() -> None:
    """``held`` and ``completed`` are what the leases say, within the overlap."""
    leases = Counter(Assignment.objects.filter(state="leased").values_list("item_id", flat=True))
    done = Counter(Assignment.objects.filter(state="completed").values_list("item_id", flat=True))
    for item in Item.objects.all():
        assert (item.held, item.completed) == (leases[item.pk], done[item.pk])
    assert not Item.objects.filter(overlap__lt=F("held") + F("completed")).exists()


def label_all(rater: User) -> int:
    lease, done = claimed(rater), 0
    while lease is not None:
        draft_save(rater=rater, campaign=SLUG, lease=lease, draft={"seq": 1, "steps": []})
        _, following = annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=lease, data=body())
        lease, done = following.lease, done + 1
    return done


@pytest.mark.parametrize(("overlap", "ahead"), [(1, 0), (1, 3), (3, 0), (3, 2)])
def test_raters_who_label_to_the_end_leave_nothing_and_double_nothing(overlap: int, ahead: int) -> None:
    made = round_of(10, overlap=overlap, ahead=ahead)
    for _ in range(3):
        gold_item(made)
    at_once(label_all, UserFactory.create_batch(6))
    normal = Annotation.objects.filter(item__kind="normal")
    assert set(Counter(normal.values_list("item_id", flat=True)).values()) == {overlap}
    assert normal.count() == 10 * overlap
    assert Item.objects.filter(kind="normal", state="done").count() == 10
    assert_counts_are_true()


@pytest.mark.parametrize("ahead", [0, 3])
def test_skips_expiries_and_submits_that_meet_keep_the_counts_true(ahead: int) -> None:
    round_of(8, overlap=2, ahead=ahead)
    raters = UserFactory.create_batch(6)

    def work(number: int) -> None:
        rater, dice = raters[number % 6], random.Random(number)
        lease = claimed(rater)
        if lease is None:
            return
        try:
            match dice.randrange(4):
                case 0:
                    lease_skip(rater=rater, campaign=SLUG, lease=lease)
                case 1:
                    let_run_out(lease)
                    leases_expire()
                case _:
                    annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=body())
        except SubmitConflict:
            pass  # the same rater's other tab was faster

    at_once(work, range(60))
    assert_counts_are_true()
    twice = Counter(Annotation.objects.values_list("rater", "solution"))
    assert max(twice.values()) == 1


def test_one_submit_sent_six_times_at_once_is_stored_once() -> None:
    round_of(3, overlap=1)
    rater = UserFactory.create()
    lease, sent = claimed(rater), body()
    nexts = at_once(
        lambda _: annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=lease, data=sent)[1].held, range(6)
    )
    assert len(set(nexts)) == 1
    assert Annotation.objects.count() == 1
    assert_counts_are_true()


def test_one_rater_s_held_items_submitted_all_at_once_are_each_stored_once_and_replaced() -> None:
    round_of(30, overlap=1)
    rater = UserFactory.create()
    for _ in range(4):
        leases = lease_claim(rater=rater, campaign=SLUG).held
        answers = at_once(
            lambda lease: annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=lease, data=body())[1], leases
        )
        assert len(leases) == 4
        assert max(len(answer.held) for answer in answers) == 4
    assert Annotation.objects.count() == Annotation.objects.values("solution").distinct().count() == 16
    assert Assignment.objects.filter(rater=rater, state="leased").count() == 4
    assert_counts_are_true()


def test_drafts_pauses_claims_and_sweeps_of_leases_ahead_meet_without_an_error() -> None:
    made = round_of(40, overlap=2)
    raters, lead = UserFactory.create_batch(3), UserFactory.create()

    def work(number: int) -> None:
        rater, dice = raters[number % 3], random.Random(number)
        held = lease_claim(rater=rater, campaign=SLUG).held
        chosen = dice.choice(held) if held else None
        with suppress(SubmitConflict, StandingRefused):
            match dice.randrange(6):
                case 0:
                    rater_pause(rater=rater, campaign=made.campaign, lead=lead, reason="A word.")
                case 1:
                    rater_resume(rater=rater, campaign=made.campaign, lead=lead, reason="All is well.")
                case 2 if chosen:
                    let_run_out(chosen)
                    leases_expire()
                case 3 if chosen:
                    draft_save(rater=rater, campaign=SLUG, lease=chosen, draft={"seq": number, "steps": []})
                case _ if chosen:
                    annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=chosen, data=body())

    at_once(work, range(120))
    assert_counts_are_true()
    leased = Assignment.objects.filter(state="leased")
    assert max(Counter(leased.values_list("rater", flat=True)).values(), default=0) <= 4


def test_of_six_corrections_at_once_one_is_taken() -> None:
    round_of(1, overlap=1)
    rater = UserFactory.create()
    lease, sent = claimed(rater), body()
    annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=sent)

    def correct(_: int) -> str:
        try:
            annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=body(replaces=sent["uuid"]))
        except SubmitConflict as conflict:
            return conflict.code
        return "taken"

    assert Counter(at_once(correct, range(6))) == {"taken": 1, "replaced": 5}
    assert Annotation.objects.count() == 2


def test_the_last_free_place_of_a_locked_item_is_waited_for() -> None:
    round_of(1, overlap=4, ahead=0)
    leases = at_once(lambda rater: lease_claim(rater=rater, campaign=SLUG).lease, UserFactory.create_batch(6))
    assert len([lease for lease in leases if lease is not None]) == 4
    assert_counts_are_true()
