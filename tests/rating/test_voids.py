"""Voids: what is taken out, what happens to the queue, and how it comes back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labelling.corpus.models import Solution, VerdictValue
from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, Outbox, Standing, Void, VoidedAnnotation
from labelling.rating.promotion import annotation_promote
from labelling.rating.selectors import annotations_current
from labelling.rating.services import lease_claim
from labelling.rating.voids import Preview, Span, VoidRefused, annotations_void, void_preview, void_reverse
from labelling.rounds.models import UNLIMITED, Campaign, Gold, Item, ItemKind, Round
from labelling.rounds.services import round_close
from tests.factories import (
    AnnotationFactory,
    ItemFactory,
    RoundFactory,
    UserFactory,
)
from tests.rating.work import counts_that_are_wrong, judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug="maths", campaign__lease_ahead=0)


@pytest.fixture
def campaign(round_: Round) -> Campaign:
    return round_.campaign


@pytest.fixture
def void(campaign: Campaign, rater: User, lead: User) -> Callable[..., Void]:
    def make(**span: Any) -> Void:
        named: dict[str, Any] = {"campaign": campaign, "rater": rater, "by": lead, "reason": "Clicked through."}
        return annotations_void(**(named | span))

    return make


def state_of(item: Item) -> tuple[str, int, int]:
    item.refresh_from_db()
    return item.state, item.held, item.completed


class TestWhatItTakesOut:
    def test_all_of_a_rater_s_in_the_campaign_and_nobody_else_s(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        ItemFactory.create_batch(2, round=round_, overlap=2)
        mine = [judge(rater, campaign).pk, judge(rater, campaign).pk]
        other = judge(UserFactory.create(), campaign)
        elsewhere = ItemFactory.create(round=RoundFactory.create())
        judge(rater, elsewhere.campaign)
        made = void()
        assert set(made.annotations.values_list("annotation__item", flat=True)) == set(mine)
        assert set(annotations_current().values_list("item", flat=True)) == {other.pk, elsewhere.pk}
        assert Annotation.objects.count() == 4

    def test_an_item_that_became_a_gold_is_not_queued_again(
        self, round_: Round, campaign: Campaign, rater: User, lead: User, void: Callable[..., Void]
    ) -> None:
        ItemFactory.create(round=round_, overlap=2)
        item = judge(rater, campaign)
        annotation_promote(annotation=Annotation.objects.get(), person=lead)
        closed = state_of(item)[0]
        assert void_preview(Span(campaign=campaign, rater=rater)) == Preview(1, back=0, closed=0, late=0, control=0)
        void()
        assert state_of(item) == (closed, 0, 0)
        assert closed != "queued"

    def test_a_round_s(self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]) -> None:
        ItemFactory.create(round=round_)
        first = judge(rater, campaign)
        round_close(campaign=campaign)
        ItemFactory.create(round=RoundFactory.create(campaign=campaign))
        judge(rater, campaign)
        assert void(round=round_).annotations.get().annotation.item == first

    def test_a_time_span_with_its_beginning_and_without_its_end(
        self, round_: Round, rater: User, void: Callable[..., Void]
    ) -> None:
        noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
        stored = [
            AnnotationFactory.create(
                assignment__rater=rater, assignment__item__round=round_, created_at=noon + timedelta(minutes=minutes)
            )
            for minutes in (-1, 0, 59, 60)
        ]
        made = void(since=noon, until=noon + timedelta(hours=1))
        assert set(made.annotations.values_list("annotation", flat=True)) == {stored[1].pk, stored[2].pk}

    def test_a_correction_counts_at_the_time_of_the_correction(
        self, round_: Round, rater: User, void: Callable[..., Void]
    ) -> None:
        now = timezone.now()
        first = AnnotationFactory.create(
            assignment__rater=rater, assignment__item__round=round_, created_at=now - timedelta(days=2)
        )
        second = AnnotationFactory.create(assignment=first.assignment, version=2, replaces=first, created_at=now)
        with pytest.raises(VoidRefused, match="nothing to void"):
            void(until=now - timedelta(days=1))
        assert void().annotations.get().annotation == second
        assert not annotations_current().exists()

    def test_what_the_rater_holds_stays_with_them(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        ItemFactory.create_batch(2, round=round_)
        judge(rater, campaign)
        held = lease_claim(rater=rater, campaign="maths").lease
        void()
        assert Assignment.objects.get(rater=rater, pk__in=[held]).state == "leased"
        assert counts_that_are_wrong() == []

    @pytest.mark.parametrize("reason", ["", "  \n", "x" * 2_001])
    def test_it_needs_a_reason(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void], reason: str
    ) -> None:
        ItemFactory.create(round=round_)
        judge(rater, campaign)
        with pytest.raises(VoidRefused, match="needs its reason"):
            void(reason=reason)
        assert not Void.objects.exists()

    def test_an_annotation_is_voided_once(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        ItemFactory.create(round=round_)
        judge(rater, campaign)
        taken = void().annotations.get()
        with pytest.raises(VoidRefused, match="nothing to void"):
            void()
        with pytest.raises(IntegrityError, match="annotation_void_once"), transaction.atomic():
            VoidedAnnotation.objects.create(void=taken.void, annotation=taken.annotation)


class TestTheQueue:
    def test_the_item_goes_back_to_it_but_never_to_that_rater(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item, other = ItemFactory.create(round=round_), UserFactory.create()
        judge(rater, campaign)
        void()
        assert state_of(item) == ("queued", 0, 0)
        assert lease_claim(rater=rater, campaign="maths").lease is None
        assert judge(other, campaign) == item

    def test_it_is_served_to_a_rater_who_had_got_past_it_with_nothing_ahead(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        first, last = (ItemFactory.create(round=round_, position=place) for place in range(2))
        other = UserFactory.create()
        assert [judge(rater, campaign), judge(other, campaign)] == [first, last]
        void()
        assert judge(other, campaign) == first

    def test_a_closed_round_s_item_is_freed_for_a_later_round_once_nobody_has_judged_it(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        alone = ItemFactory.create(round=round_)
        shared = ItemFactory.create(round=round_, overlap=2)
        judge(rater, campaign)
        judge(rater, campaign)
        judge(UserFactory.create(), campaign)
        round_close(campaign=campaign)
        void()
        assert state_of(alone) == ("withdrawn", 0, 0)
        assert alone.state_reason == "Its annotations were voided after the round had closed."
        assert state_of(shared) == ("done", 0, 1)

    def test_an_item_that_is_not_wrong_any_more_is_withdrawn_instead(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item = ItemFactory.create(round=round_)
        judge(rater, campaign)
        Solution.objects.filter(pk=item.solution_id).update(verdict=VerdictValue.RIGHT)
        void()
        assert state_of(item)[0] == "withdrawn"
        assert "not graded wrong any more" in item.state_reason

    def test_a_late_annotation_leaves_no_place(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item = ItemFactory.create(round=round_)
        judge(UserFactory.create(), campaign)
        late = AnnotationFactory.create(
            assignment__item=item, assignment__rater=rater, assignment__state="late", late=True
        )
        made = void()
        assert state_of(item) == ("done", 0, 1)
        void_reverse(void=made, by=made.made_by)
        assert state_of(item) == ("done", 0, 1)
        assert Assignment.objects.get(pk=late.assignment_id).state == "late"

    def test_higher_apps_are_told_of_items_of_adaptive_campaigns_alone(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item = ItemFactory.create(round=round_)
        judge(rater, campaign)
        made = void()
        assert not Outbox.objects.exists()
        Campaign.objects.update(overlap_most=5)
        void_reverse(void=made, by=made.made_by)
        assert Outbox.objects.get(kind="changed").item == item


class TestReversing:
    def test_everything_is_as_it_was(
        self, round_: Round, campaign: Campaign, rater: User, lead: User, void: Callable[..., Void]
    ) -> None:
        items = ItemFactory.create_batch(2, round=round_)
        for _ in items:
            judge(rater, campaign)
        back = void_reverse(void=void(), by=lead)
        assert [state_of(item) for item in items] == [("done", 0, 1)] * 2
        assert set(Assignment.objects.values_list("state", flat=True)) == {"completed"}
        assert annotations_current().count() == 2
        assert back.reversed_by == lead
        assert back.reversed_at is not None

    def test_where_others_have_the_place_it_is_kept_as_late(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        taken, held, free = (ItemFactory.create(round=round_, position=place) for place in range(3))
        for _ in range(3):
            judge(rater, campaign)
        made = void()
        other = UserFactory.create()
        judge(other, campaign)
        lease_claim(rater=other, campaign="maths")
        void_reverse(void=made, by=made.made_by)
        mine = dict(Assignment.objects.filter(rater=rater).values_list("item", "state"))
        assert mine == {taken.pk: "late", held.pk: "late", free.pk: "completed"}
        assert [state_of(item) for item in (taken, held, free)] == [("done", 0, 1), ("queued", 1, 0), ("done", 0, 1)]

    def test_where_a_later_round_has_picked_the_solution_it_is_kept_as_late(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item = ItemFactory.create(round=round_)
        judge(rater, campaign)
        round_close(campaign=campaign)
        made = void()
        again = ItemFactory.create(round=RoundFactory.create(campaign=campaign), solution=item.solution)
        void_reverse(void=made, by=made.made_by)
        assert state_of(item) == ("withdrawn", 0, 0)
        assert state_of(again) == ("queued", 0, 0)
        assert Assignment.objects.get(rater=rater).state == "late"

    def test_a_closed_round_s_item_is_done_again(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        item = ItemFactory.create(round=round_)
        judge(rater, campaign)
        round_close(campaign=campaign)
        made = void()
        void_reverse(void=made, by=made.made_by)
        assert state_of(item) == ("done", 0, 1)
        assert item.state_reason == ""

    def test_it_can_be_done_once_and_the_rater_voided_again(
        self, round_: Round, campaign: Campaign, rater: User, lead: User, void: Callable[..., Void]
    ) -> None:
        ItemFactory.create(round=round_)
        judge(rater, campaign)
        made = void()
        void_reverse(void=made, by=lead)
        with pytest.raises(VoidRefused, match="reversed already"):
            void_reverse(void=made, by=lead)
        again = void()
        assert again.annotations.get().annotation == made.annotations.get().annotation


class TestGold:
    def test_gold_goes_out_too_and_the_rater_s_score_stays(
        self, round_: Round, campaign: Campaign, rater: User, lead: User, void: Callable[..., Void]
    ) -> None:
        solution = AnnotationFactory.create().solution
        gold = Gold.objects.create(campaign=campaign, solution=solution, acceptable=[2])
        item = ItemFactory.create(
            round=round_, gold=gold, kind=ItemKind.GOLD, solution=solution, overlap=UNLIMITED, completed=1
        )
        AnnotationFactory.create(assignment__item=item, assignment__rater=rater, gold_right=True)
        Standing.objects.create(rater=rater, campaign=campaign, gold_seen=1, gold_right=1)
        assert void_preview(Span(campaign=campaign, rater=rater)).control == 1
        made = void()
        assert state_of(item) == ("queued", 0, 0)
        assert Standing.objects.get().gold_right == 1
        void_reverse(void=made, by=lead)
        assert state_of(item) == ("queued", 0, 1)


class TestPreview:
    def test_it_says_what_the_void_then_does(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        old = ItemFactory.create(round=round_)
        judge(rater, campaign)
        round_close(campaign=campaign)
        opened = RoundFactory.create(campaign=campaign)
        ItemFactory.create_batch(2, round=opened)
        judge(rater, campaign)
        judge(rater, campaign)
        AnnotationFactory.create(
            assignment__item=ItemFactory.create(round=opened),
            assignment__rater=rater,
            assignment__state="late",
            late=True,
        )
        before = void_preview(Span(campaign=campaign, rater=rater))
        assert before == Preview(annotations=4, back=2, closed=1, late=1, control=0)
        assert void_preview(Span(campaign=campaign, rater=rater, round=opened)).closed == 0
        assert Item.objects.get(pk=old.pk).state == "done"
        assert void().annotations.count() == before.annotations
        assert Item.objects.filter(round=opened, state="queued", completed=0).count() == before.back + 1


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each of the works, started together in threads of their own, gave or raised."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return work()
        except VoidRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(60) for one in [pool.submit(run, work) for work in works]]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def raters(self, campaign: Campaign) -> list[User]:
        return UserFactory.create_batch(4)

    def test_two_leads_void_the_same_annotations_once(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        items = ItemFactory.create_batch(12, round=round_)
        for _ in items:
            judge(rater, campaign)
        results = at_once(void, void, void)
        made = [one for one in results if isinstance(one, Void)]
        assert sum(one.annotations.count() for one in made) == len(items)
        assert sum(isinstance(one, VoidRefused) for one in results) == 3 - len(made)
        assert counts_that_are_wrong() == []

    def test_voids_and_reversals_and_submits_meet_without_an_error(
        self, round_: Round, campaign: Campaign, raters: list[User], lead: User
    ) -> None:
        ItemFactory.create_batch(60, round=round_, overlap=2)

        def submits(rater: User) -> Callable[[], None]:
            def work() -> None:
                for _ in range(15):
                    judge(rater, campaign)

            return work

        def voids() -> None:
            for one in raters * 3:
                try:
                    made = annotations_void(campaign=campaign, rater=one, by=lead, reason="Looked odd.")
                except VoidRefused:
                    continue
                void_reverse(void=made, by=lead)

        at_once(*(submits(rater) for rater in raters), voids, voids)
        assert counts_that_are_wrong() == []
        assert Annotation.objects.count() == 15 * len(raters)
        assert not Assignment.objects.filter(state="voided").exists()
        assert annotations_current().count() == Annotation.objects.count()

    def test_a_round_that_closes_meanwhile_leaves_nothing_to_claim_and_no_solution_locked_in(
        self, round_: Round, campaign: Campaign, rater: User, void: Callable[..., Void]
    ) -> None:
        items = ItemFactory.create_batch(20, round=round_)
        for _ in items:
            judge(rater, campaign)
        at_once(void, lambda: round_close(campaign=campaign))
        assert set(Item.objects.values_list("state", flat=True)) == {"withdrawn"}
