"""Leases ahead: the next items are a rater's before they are shown, in one order, and go back where they won't be."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, Draft, Standing
from labelling.rating.services import annotation_submit_and_claim, draft_save, guideline_acknowledge, lease_claim
from labelling.rating.services import leases_expire as sweep
from labelling.rating.standings import rater_pause, rater_resume
from labelling.rating.tasks import sweep_leases
from labelling.rounds.models import Campaign, Item, ItemKind, Round
from labelling.rounds.services import round_close
from tests.factories import (
    AssignmentFactory,
    GoldFactory,
    GuidelineVersionFactory,
    ItemFactory,
    RoundFactory,
    UserFactory,
)
from tests.rating.kit import SLUG, body, gold_item, item_of, let_run_out, post, standing_of, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    """Twelve items for one rater each; three are leased ahead, as by default."""
    made: Round = RoundFactory.create(campaign__slug=SLUG)
    for position in range(12):
        ItemFactory.create(round=made, position=position)
    return made


def held(rater: User) -> list[Any]:
    return list(lease_claim(rater=rater, campaign=SLUG).held)


def places(leases: list[Any]) -> list[int]:
    """Where the leases' items stand in the queue."""
    return [item_of(lease).position for lease in leases]


def begin(rater: User, lease: Any) -> None:
    draft_save(rater=rater, campaign=SLUG, lease=lease, draft={"seq": 1, "steps": []})


def leased(rater: User) -> list[Any]:
    mine = Assignment.objects.filter(rater=rater, state="leased").order_by("leased_at")
    return list(mine.values_list("pk", flat=True))


def place_golds(rater: User, *ordinals: int) -> None:
    Standing.objects.create(
        rater=rater, campaign=Campaign.objects.get(), round=Round.objects.get(), gold_places=list(ordinals)
    )


class TestOrder:
    def test_a_claim_brings_the_first_items_in_line_and_again_the_same(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        first, again = (signed_in_rater.post(reverse("api-claim", args=[SLUG])).json() for _ in range(2))
        assert places(first["held"]) == [0, 1, 2, 3]
        assert [lease["id"] for lease in first["leases"]] == first["held"] == again["held"]
        assert (first["reason"], first["message"]) == (None, "")
        assert first["leases"] == again["leases"]

    def test_a_submit_brings_only_what_is_new_at_the_end_of_the_line(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        before = held(rater)
        answer = post(signed_in_rater, "api-submit", before[0], body()).json()
        assert answer["held"][:3] == [str(lease) for lease in before[1:]]
        assert [lease["id"] for lease in answer["leases"]] == answer["held"][3:]
        assert places(answer["held"]) == [1, 2, 3, 4]
        assert held(rater) == leased(rater) == [Assignment.objects.get(pk=key).pk for key in answer["held"]]

    def test_a_submit_whose_answer_was_lost_brings_all_that_is_held(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        lease, sent = held(rater)[0], body()
        post(signed_in_rater, "api-submit", lease, sent)
        again = post(signed_in_rater, "api-submit", lease, sent).json()
        assert [one["id"] for one in again["leases"]] == again["held"]
        assert len(again["held"]) == 4

    def test_items_submitted_out_of_turn_leave_the_others_in_theirs(self, round_: Round, rater: User) -> None:
        first, second, third, fourth = held(rater)
        submitted(rater, third)
        submitted(rater, first)
        assert held(rater)[:2] == [second, fourth]
        assert places(held(rater)) == [1, 3, 4, 5]

    def test_a_skip_is_replaced_at_the_end(self, round_: Round, rater: User, signed_in_rater: Client) -> None:
        before = held(rater)
        answer = post(signed_in_rater, "api-skip", before[1]).json()
        assert places(answer["held"]) == [0, 2, 3, 4]

    def test_a_campaign_may_lease_nothing_ahead(self, round_: Round, rater: User) -> None:
        Campaign.objects.update(lease_ahead=0)
        assert places(held(rater)) == [0]

    def test_the_end_of_the_queue_is_told_before_the_last_items_are_done(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        Item.objects.filter(position__gte=4).delete()
        first, *rest = held(rater)
        answer = post(signed_in_rater, "api-submit", first, body()).json()
        assert (answer["held"], answer["leases"]) == ([str(lease) for lease in rest], [])
        assert answer["reason"] == "queue-empty"
        assert answer["message"] != ""


class TestBounds:
    def test_the_database_itself_bounds_them(self, round_: Round, rater: User) -> None:
        one = AssignmentFactory.create(rater=rater, item__round=round_, item__leased=True, item__position=20, slot=5)
        with pytest.raises(IntegrityError, match="assignment_slot_once"):
            AssignmentFactory.create(rater=rater, item__round=round_, item__position=21, slot=one.slot)

    def test_no_slot_lies_beyond_the_largest_number_ahead(self, round_: Round, rater: User) -> None:
        with pytest.raises(IntegrityError, match="assignment_slot_range"):
            AssignmentFactory.create(rater=rater, item__round=round_, item__position=20, slot=6)

    def test_a_campaign_leases_at_most_five_ahead(self, round_: Round) -> None:
        with pytest.raises(IntegrityError, match="campaign_lease_ahead_range"):
            Campaign.objects.update(lease_ahead=6)

    def test_two_raters_never_hold_one_item_beyond_its_overlap(self, round_: Round, rater: User) -> None:
        assert places(held(rater)) == [0, 1, 2, 3]
        assert places(held(UserFactory.create())) == [4, 5, 6, 7]

    def test_the_quota_counts_what_is_held(self, round_: Round, rater: User, signed_in_rater: Client) -> None:
        Campaign.objects.update(items_per_day=2)
        offer = signed_in_rater.post(reverse("api-claim", args=[SLUG])).json()
        assert (places(offer["held"]), offer["reason"]) == ([0, 1], "quota")
        answer = post(signed_in_rater, "api-submit", offer["held"][0], body()).json()
        assert (places(answer["held"]), answer["reason"]) == ([1], "quota")
        answer = post(signed_in_rater, "api-submit", answer["held"][0], body()).json()
        assert (answer["held"], answer["reason"]) == ([], "quota")

    def test_a_screening_leases_nothing_ahead(self, round_: Round, rater: User) -> None:
        Campaign.objects.update(screening_required=True, screening_items=4)
        GoldFactory.create_batch(4, campaign=round_.campaign, screening=True)
        (lease,) = held(rater)
        assert item_of(lease).kind == ItemKind.SCREENING
        submitted(rater, lease)
        assert [item_of(lease).kind for lease in held(rater)] == [ItemKind.SCREENING]


class TestGivingBack:
    def test_a_quota_lowered_meanwhile_takes_back_what_was_not_begun(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        first, second, third, _ = held(rater)
        begin(rater, third)
        Campaign.objects.update(items_per_day=2)
        answer = post(signed_in_rater, "api-submit", first, body()).json()
        assert answer["held"] == [str(second), str(third)]
        assert (answer["reason"], leased(rater)) == ("quota", [second, third])

    def test_a_pause_by_gold_takes_back_at_once_what_was_not_begun(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        Campaign.objects.update(gold_least=1, gold_mark=0.5)
        gold = gold_item(round_, acceptable=(-1,))
        place_golds(rater, 1)
        first, _, third, _ = held(rater)
        assert item_of(first) == gold
        begin(rater, third)
        answer = post(signed_in_rater, "api-submit", first, body()).json()
        assert (answer["held"], answer["reason"], leased(rater)) == ([], "paused", [third])
        assert {0, 2, 3} <= set(places(held(UserFactory.create())))  # the fourth may be gold

    def test_a_pause_by_the_lead_leaves_the_item_on_screen(self, round_: Round, rater: User, lead: User) -> None:
        first, *ahead = held(rater)
        rater_pause(rater=rater, campaign=round_.campaign, lead=lead, reason="A word, please.")
        assert leased(rater) == [first]
        assert sum(Item.objects.values_list("held", flat=True)) == 1
        submitted(rater, ahead[0])  # finished meanwhile, without a network
        assert Assignment.objects.get(pk=ahead[0]).state == "completed"

    def test_who_is_let_go_on_gets_the_same_items_in_the_same_order_gold_or_not(
        self, round_: Round, rater: User, lead: User
    ) -> None:
        gold_item(round_)
        place_golds(rater, 3)
        before = held(rater)
        assert item_of(before[2]).kind == ItemKind.GOLD
        rater_pause(rater=rater, campaign=round_.campaign, lead=lead, reason="A word, please.")
        assert held(rater) == leased(rater) == []
        rater_resume(rater=rater, campaign=round_.campaign, lead=lead, reason="All is well.")
        assert held(rater) == before
        assert (standing_of(rater).served, standing_of(rater).gold_places) == (4, [])

    def test_a_round_that_closes_takes_back_what_was_never_shown_for_a_later_round(
        self, round_: Round, rater: User
    ) -> None:
        first, _, third, _ = held(rater)
        begin(rater, third)
        round_close(campaign=round_.campaign)
        assert leased(rater) == held(rater) == [first, third]
        states = dict(Item.objects.values_list("position", "state"))
        assert [states[place] for place in range(4)] == ["queued", "withdrawn", "queued", "withdrawn"]

    def test_what_a_closed_round_left_on_a_screen_is_withdrawn_when_it_runs_out(
        self, round_: Round, rater: User
    ) -> None:
        first = held(rater)[0]
        round_close(campaign=round_.campaign)
        let_run_out(first)
        assert sweep_leases() == 1
        assert (item_of(first).state, item_of(first).state_reason) == ("withdrawn", "The round was closed.")
        submitted(rater, first)
        assert Annotation.objects.get().late  # a later round may have picked it

    def test_leases_of_an_old_round_come_before_those_of_the_new_one(self, round_: Round, rater: User) -> None:
        first = held(rater)[0]
        round_close(campaign=round_.campaign)
        following = ItemFactory.create_batch(5, round=RoundFactory.create(campaign=round_.campaign))
        now = held(rater)
        assert now[0] == first
        assert [item_of(lease) for lease in now[1:]] == following[:3]


class TestTime:
    def test_what_ran_out_comes_back_first_in_its_order_gold_or_not(self, round_: Round, rater: User) -> None:
        gold_item(round_)
        place_golds(rater, 2)
        before = held(rater)
        for lease in before:
            let_run_out(lease)
        assert sweep() == 4
        colleague = UserFactory.create()
        place_golds(colleague, 99)
        other = held(colleague)
        assert places(other) == [0, 1, 2, 3]
        let_run_out(other[1])
        sweep()
        assert held(rater)[:2] == [before[1], before[2]]
        assert item_of(before[1]).kind == ItemKind.GOLD

    @pytest.mark.parametrize("by", ["draft", "submit"])
    def test_all_that_is_held_lives_on_while_the_rater_is_at_work(self, round_: Round, rater: User, by: str) -> None:
        leases = held(rater)
        soon = timezone.now() + timedelta(minutes=5)
        Assignment.objects.update(expires_at=soon)
        if by == "draft":
            begin(rater, leases[0])
        else:
            annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=leases[0], data=body())
        left = Assignment.objects.filter(rater=rater, state="leased")
        assert left.count() == 4
        assert not left.filter(expires_at__lte=soon).exists()

    def test_a_fresh_lease_is_not_written_again(self, round_: Round, rater: User) -> None:
        leases = held(rater)
        before = dict(Assignment.objects.values_list("pk", "expires_at"))
        begin(rater, leases[0])
        assert held(rater) == leases
        assert dict(Assignment.objects.values_list("pk", "expires_at")) == before


class TestGuidelines:
    def test_what_was_not_begun_is_judged_by_the_version_read_before_it_is_shown(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        first, begun, *unshown = held(rater)
        begin(rater, begun)
        version = GuidelineVersionFactory.create(campaign=round_.campaign)
        answer = post(signed_in_rater, "api-submit", first, body()).json()
        assert (answer["held"], answer["reason"]) == ([str(begun)], "guidelines")
        assert leased(rater) == held(rater) + unshown  # these wait until it is read
        guideline_acknowledge(rater=rater, guideline=version)
        assert held(rater)[:3] == [begun, *unshown]
        stamped = dict(Assignment.objects.values_list("pk", "guideline"))
        assert [stamped[lease] for lease in (first, begun, *unshown)] == [None, None, version.pk, version.pk]
        submitted(rater, unshown[0])
        assert Annotation.objects.get(assignment=unshown[0]).guideline == version

    def test_drafts_come_with_their_leases(self, round_: Round, rater: User, signed_in_rater: Client) -> None:
        second = held(rater)[1]
        begin(rater, second)
        offer = signed_in_rater.post(reverse("api-claim", args=[SLUG])).json()
        assert [lease["draft"] and lease["draft"]["seq"] for lease in offer["leases"]] == [None, 1, None, None]
        assert Draft.objects.count() == 1
