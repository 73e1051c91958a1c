"""Adaptive overlap: what the outbox tells is acted on once, however often it is drained and by however many."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from labelling.people.models import User
from labelling.rating.models import Annotation, Outbox, Standing
from labelling.rating.services import lease_claim
from labelling.rating.voids import annotations_void
from labelling.review import services
from labelling.review.tasks import drain
from labelling.rounds.models import Campaign, Item, ItemState, Round
from labelling.rounds.services import round_close
from tests.factories import AnnotationFactory, GoldFactory, ItemFactory, RoundFactory, UserFactory
from tests.rating.work import judge

pytestmark = pytest.mark.django_db
Raters = Callable[[int], list[User]]


def fill(campaign: Campaign, raters: list[User], answers: list[Any]) -> Item:
    """One answer of each rater: a first error (None: none), or how they abstained. Drains after each, as happens."""
    for rater, answer in zip(raters, answers, strict=True):
        abstains = isinstance(answer, str)
        item = judge(rater, campaign, None if abstains else answer, finish_reason=answer if abstains else "")
        tell(item)
        drain()
    return Item.objects.get(campaign=campaign)


def tell(item: Item) -> None:
    """Stands for the submit's own word that the item's overlap is filled."""
    Outbox.objects.create(kind="filled", item=item)


class TestRatersAreAddedUntilTheyAgree:
    def test_three_who_agree_are_enough(self, campaign: Campaign, raters: Raters) -> None:
        item = fill(campaign, raters(3), [1, 1, 1])
        assert (item.state, item.overlap, item.completed) == ("done", 3, 3)
        assert lease_claim(rater=UserFactory.create(), campaign="maths").lease is None

    def test_a_fourth_is_asked_where_two_of_three_agree(self, campaign: Campaign, raters: Raters) -> None:
        item = fill(campaign, raters(3), [1, 1, 2])
        assert (item.state, item.overlap) == ("queued", 4)
        item = fill(campaign, raters(1), [1])
        assert (item.state, item.overlap, item.completed) == ("done", 4, 4)

    def test_as_many_as_were_asked_first_are_enough_again_once_one_of_them_is_voided(
        self, campaign: Campaign, raters: Raters
    ) -> None:
        Campaign.objects.filter(pk=campaign.pk).update(agree=2)
        crew = raters(4)
        item = fill(campaign, crew[:3], [0, 1, 2])
        assert item.overlap == 4
        annotations_void(campaign=campaign, rater=crew[0], by=UserFactory.create(), reason="Looked odd.")
        drain()
        judge(crew[3], campaign, 1)  # the submit's own word
        drain()

        item.refresh_from_db()
        assert (item.state, item.overlap, item.completed) == ("done", 4, 3)

    def test_one_that_became_a_gold_is_left_alone(self, campaign: Campaign, raters: Raters) -> None:
        item = fill(campaign, raters(1), [1])
        GoldFactory.create(campaign=campaign, solution=item.solution)
        Item.objects.filter(pk=item.pk).update(state=ItemState.DONE)
        tell(item)
        drain()
        assert Item.objects.get(pk=item.pk).state == "done"

    def test_all_that_find_no_error_agree_too(self, campaign: Campaign, raters: Raters) -> None:
        assert fill(campaign, raters(4), [None, 0, None, None]).state == "done"

    def test_it_is_dropped_with_what_was_said_once_no_more_may_be_asked(
        self, campaign: Campaign, raters: Raters
    ) -> None:
        item = fill(campaign, raters(5), [0, 1, 0, "give_up", None])
        assert (item.state, item.overlap, item.completed) == ("dropped", 5, 5)
        assert item.state_reason == (
            "Of 5 raters fewer than 3 agreed: 2 × step 1, 1 × gave up, 1 × no error, 1 × step 2 (first-error 1)."
        )
        assert lease_claim(rater=UserFactory.create(), campaign="maths").lease is None

    def test_who_gives_up_or_calls_the_problem_bad_agrees_with_nobody(self, campaign: Campaign, raters: Raters) -> None:
        assert fill(campaign, raters(5), ["bad_problem"] * 5).state == "dropped"

    def test_fewer_than_asked_for_are_not_enough_even_where_they_agree(
        self, adaptive: Round, campaign: Campaign, raters: Raters
    ) -> None:
        Campaign.objects.filter(pk=campaign.pk).update(agree=2)
        item = fill(campaign, raters(2), [1, 1])
        assert (item.state, item.overlap, item.completed) == ("queued", 3, 2)

    def test_the_round_s_own_overlap_is_what_was_asked_for(self, adaptive: Round, raters: Raters) -> None:
        Campaign.objects.filter(pk=adaptive.campaign_id).update(agree=2)
        Round.objects.filter(pk=adaptive.pk).update(params={"overlap": 2})
        Item.objects.update(overlap=2)
        assert fill(adaptive.campaign, raters(2), [1, 1]).state == "done"


class TestWhatItLeavesAlone:
    def test_a_campaign_of_fixed_overlap(self, raters: Raters) -> None:
        item = ItemFactory.create(round=RoundFactory.create(campaign__slug="fixed"), overlap=2)
        for rater, answer in zip(raters(2), [0, 1], strict=True):
            judge(rater, item.campaign, answer)
        tell(item)
        assert drain() == 1
        item.refresh_from_db()
        assert (item.state, item.overlap) == ("done", 2)

    def test_an_item_that_was_withdrawn(self, adaptive: Round) -> None:
        Item.objects.update(state=ItemState.WITHDRAWN, state_reason="Its verdict was corrected.")
        tell(Item.objects.get())
        drain()
        assert Item.objects.get().state_reason == "Its verdict was corrected."

    def test_an_answer_that_came_late(self, campaign: Campaign, raters: Raters) -> None:
        item = fill(campaign, raters(3), [1, 1, 2])
        AnnotationFactory.create(
            assignment__item=item, assignment__state="late", late=True, step_ratings=[1, -1], round=item.round
        )
        tell(item)
        drain()
        item.refresh_from_db()
        assert (item.state, item.overlap) == ("queued", 4)

    def test_a_pause_is_marked_and_nothing_else(self, campaign: Campaign, rater: User) -> None:
        standing = Standing.objects.create(rater=rater, campaign=campaign)
        Outbox.objects.create(kind="paused", standing=standing)
        assert drain() == 1
        assert not Outbox.objects.filter(drained_at=None).exists()


class TestARoundThatIsClosed:
    def test_nobody_is_added_and_the_item_is_dropped_with_that_reason(self, campaign: Campaign, raters: Raters) -> None:
        for rater, answer in zip(raters(3), [0, 1, 2], strict=True):
            judge(rater, campaign, answer)
        round_close(campaign=campaign)
        tell(Item.objects.get())
        drain()
        item = Item.objects.get()
        assert (item.state, item.overlap) == ("dropped", 3)
        assert item.state_reason.startswith("Of 3 raters fewer than 3 agreed when the round closed: 1 × step 1")

    def test_what_was_never_filled_stays_as_it_is(self, campaign: Campaign, raters: Raters) -> None:
        item = judge(raters(1)[0], campaign, 1)
        round_close(campaign=campaign)
        Outbox.objects.create(kind="changed", item=item)
        drain()
        assert Item.objects.get().state == "queued"


class TestDrainingAgain:
    def test_a_row_that_comes_twice_adds_one_rater(self, campaign: Campaign, raters: Raters) -> None:
        item = fill(campaign, raters(3), [0, 1, 2])
        for _ in range(3):
            tell(item)
        assert drain() == 3
        assert drain() == 0
        item.refresh_from_db()
        assert (item.state, item.overlap) == ("queued", 4)

    def test_a_row_that_fails_is_logged_and_keeps_none_back(
        self, adaptive: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken, whole = Item.objects.get(), ItemFactory.create(round=adaptive)
        tell(broken)
        tell(whole)
        settle = services.item_settle

        def fails(*, item_id: int) -> None:
            if item_id == broken.pk:
                raise ValueError("no such thing")
            settle(item_id=item_id)

        with monkeypatch.context() as patched:
            patched.setattr(services, "item_settle", fails)
            assert drain() == 1
        assert "could not be acted on" in caplog.text
        assert Outbox.objects.get(drained_at=None).item == broken
        assert drain() == 1


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    @pytest.fixture
    def items(self, adaptive: Round) -> list[Item]:
        """Filled, without agreement."""
        ItemFactory.create_batch(7, round=adaptive, overlap=3)
        items = list(Item.objects.order_by("pk"))
        for item in items:
            for step in range(3):
                ratings = [*([1] * step), -1]
                AnnotationFactory.create(
                    assignment__item=item,
                    round=adaptive,
                    item=item,
                    step_ratings=ratings,
                    assignment__state="completed",
                )
            Item.objects.filter(pk=item.pk).update(completed=3, state="done")
            for _ in range(4):
                tell(item)
        return items

    def test_four_at_once_act_on_each_row_once_and_add_one_rater(self, items: list[Item]) -> None:
        gate = threading.Barrier(4)

        def work(_: int) -> int:
            gate.wait(10)
            try:
                return drain()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            acted = list(pool.map(work, range(4)))
        drain()  # rows of an item that another worker held are left for the next drain
        assert sum(acted) <= 4 * len(items)
        assert not Outbox.objects.filter(drained_at=None).exists()
        assert set(Item.objects.values_list("state", "overlap", "completed")) == {("queued", 4, 3)}
        assert Annotation.objects.count() == 3 * len(items)

    def test_a_row_that_another_worker_holds_is_passed_over(self, items: list[Item]) -> None:
        held, free = items[0], items[1:]
        answers: list[int] = []

        def elsewhere() -> None:
            try:
                answers.append(drain())
            finally:
                connection.close()

        with transaction.atomic():
            list(Outbox.objects.select_for_update().filter(item=held))
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join(20)
        assert answers == [4 * len(free)]
