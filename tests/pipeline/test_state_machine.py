"""Raters, a lead and the workers do as they like, in any order; what must always hold is looked at after each step."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, AssignmentState, Draft, Standing, Void
from labelling.rating.services import (
    Claim,
    SubmitConflict,
    annotation_submit,
    annotation_submit_and_claim,
    draft_save,
    lease_claim,
    lease_skip,
)
from labelling.rating.standings import rater_pause
from labelling.rating.tasks import sweep_leases
from labelling.rating.voids import VoidRefused, annotations_void, void_reverse
from labelling.review.tasks import drain
from labelling.rounds.models import UNLIMITED, Campaign, Gold, Item, ItemKind, Round
from labelling.rounds.services import round_close
from tests.factories import CampaignFactory, ItemFactory, RoundFactory, SolutionFactory, UserFactory
from tests.pipeline import labelling_facts as facts
from tests.pipeline.labelling_facts import Before, Gone, body_of

pytestmark = pytest.mark.django_db(transaction=True)

# No shrinking: what is given to whom is partly drawn by chance in the product, so a smaller run proves little, slowly.
# For the same reason no rule has a precondition: the same draws must lead to the same draws, or Hypothesis ends it.
PHASES = (Phase.explicit, Phase.generate)
WHO = some.integers(0, 3)
NTH = some.sampled_from([0, 0, 0, 1, 2, 3])  # of the leases held: as a rule the one on screen
ANSWERS = some.sampled_from([0, 0, 1, None, "give_up"])
HELD_OR_HAD = (AssignmentState.LEASED, AssignmentState.EXPIRED)
ANSWERED = (AssignmentState.COMPLETED, AssignmentState.LATE)


class Labelling(RuleBasedStateMachine):
    """One campaign from its first round on. What the database says is compared with what was acknowledged here."""

    @initialize(
        overlap=some.integers(1, 3),
        more=some.sampled_from([None, 0, 1, 2]),
        golds=some.integers(0, 3),
        skips=some.integers(0, 3),
        quota=some.sampled_from([None, None, None, 4]),
        items=some.integers(1, 3),
        ahead=some.integers(0, 3),
    )
    def begin(
        self, *, overlap: int, more: int | None, golds: int, skips: int, quota: int | None, items: int, ahead: int
    ) -> None:
        self.lead = UserFactory.create()
        self.raters: list[User] = UserFactory.create_batch(4)
        self.campaign: Campaign = CampaignFactory.create(
            overlap=overlap,
            overlap_most=None if more is None else overlap + more,
            agree=2,
            skips_per_round=skips,
            items_per_day=quota,
            lease_ahead=ahead,
            gold_per_round=golds,
            gold_least=2,
        )
        self.golds = [
            Gold.objects.create(campaign=self.campaign, solution=SolutionFactory.create(), acceptable=[0])
            for _ in range(golds)
        ]
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.served: dict[int, int] = {}
        self.skipped: dict[int, int] = {}
        self.open_round(SolutionFactory.create_batch(items))

    def open_round(self, solutions: list[Any]) -> None:
        self.round: Round = RoundFactory.create(campaign=self.campaign)
        for place, solution in enumerate(solutions):
            ItemFactory.create(round=self.round, solution=solution, position=place, overlap=self.campaign.overlap)
        for place, gold in enumerate(self.golds, start=len(solutions)):
            ItemFactory.create(
                round=self.round,
                gold=gold,
                kind=ItemKind.GOLD,
                solution=gold.solution,
                position=place,
                overlap=UNLIMITED,
            )

    # --- raters --------------------------------------------------------------------------------------------------
    def leases_of(self, rater: User, *states: str) -> list[Assignment]:
        """In the order in which they are worked through."""
        mine = Assignment.objects.filter(rater=rater, campaign=self.campaign, state__in=states)
        return list(mine.order_by("leased_at", "pk"))

    def lease_of(self, rater: User, *states: str, nth: int = 0) -> Assignment | None:
        mine = self.leases_of(rater, *states)
        return mine[nth % len(mine)] if mine else None

    def before(self, rater: User, *, without: Assignment | None = None) -> Before:
        held = [one.pk for one in self.leases_of(rater, AssignmentState.LEASED) if one != without]
        begun = set(Draft.objects.filter(assignment__in=held).values_list("assignment", flat=True))
        gone = [one for one in self.leases_of(rater, AssignmentState.EXPIRED) if one.item.round == self.round]
        return Before(held, begun, [one.pk for one in gone])

    def standing(self, rater: User) -> Standing:
        return Standing.objects.get_or_create(rater=rater, campaign=self.campaign)[0]

    def given(self, rater: User, before: Before, claim: Claim, *, on_screen: int = 0) -> None:
        """Was it right to give this rater this, after what they held? ``on_screen``: leases no quota takes away."""
        standing = self.standing(rater)
        wanted = 1 + self.campaign.lease_ahead
        if standing.paused_at is not None:
            assert (claim.held, claim.reason) == ((), "paused")
            assert not set(self.unshown(rater))
            return
        quota = self.campaign.items_per_day
        most = wanted if quota is None else max(0, min(wanted, quota - standing.day_count))
        keep = max(most, on_screen)
        kept = [one for place, one in enumerate(before.held) if keep >= wanted or place < keep or one in before.begun]
        assert list(claim.held[: len(kept)]) == kept
        self.fresh(rater, before, claim.held[len(kept) :])
        if len(claim.held) >= wanted:
            assert claim.reason is None
        elif len(claim.held) >= most:
            assert claim.reason == "quota"
        else:
            assert claim.reason == "queue-empty"
            assert facts.free_items(self.round, rater) == []

    def fresh(self, rater: User, before: Before, leases: Sequence[UUID]) -> None:
        """New leases are of this round; those that had run out come first, in their old order."""
        again = [one for one in leases if one in before.ran_out]
        assert list(leases[: len(again)]) == again == sorted(again, key=before.ran_out.index)
        self.served[rater.pk] = self.served.get(rater.pk, 0) + len(leases) - len(again)
        assert all(one.item.round == self.round for one in Assignment.objects.filter(pk__in=leases))

    def unshown(self, rater: User, *, after: int = 0) -> list[UUID]:
        """Leases beyond the first ``after`` on which nothing was pressed."""
        before = self.before(rater)
        return [one for one in before.held[after:] if one not in before.begun]

    @rule(who=WHO)
    def claim(self, who: int) -> None:
        rater = self.raters[who]
        before = self.before(rater)
        self.given(rater, before, lease_claim(rater=rater, campaign=self.campaign.slug), on_screen=1)

    @rule(who=WHO, seq=some.integers(1, 3), nth=NTH)
    def draft(self, who: int, seq: int, nth: int) -> None:
        rater = self.raters[who]
        lease = self.lease_of(rater, *HELD_OR_HAD, nth=nth)
        if lease is None:
            return
        newest = Draft.objects.filter(assignment=lease).values_list("seq", flat=True).first() or 0
        steps = [{"rating": 1, "flagged": False}]
        try:
            draft_save(rater=rater, campaign=self.campaign.slug, lease=lease.pk, draft={"seq": seq, "steps": steps})
        except SubmitConflict:
            assert seq < newest
        else:
            assert Draft.objects.get(assignment=lease).seq == seq >= newest

    @rule(who=WHO, answer=ANSWERS, nth=NTH)
    def submit(self, who: int, answer: int | str | None, nth: int = 0) -> None:
        self.submit_held(self.raters[who], answer, HELD_OR_HAD, nth=nth)

    @rule(who=WHO, answer=ANSWERS)
    def work(self, who: int, answer: int | str | None) -> None:
        self.claim(who)
        self.submit(who, answer)

    @rule(answer=ANSWERS)
    def all_work(self, answer: int | str | None) -> None:
        for who in range(len(self.raters)):
            self.work(who, answer)

    @rule(who=WHO, answer=ANSWERS, nth=NTH)
    def submit_late(self, who: int, answer: int | str | None, nth: int) -> None:
        self.submit_held(self.raters[who], answer, (AssignmentState.EXPIRED,), nth=nth)

    def submit_held(self, rater: User, answer: int | str | None, states: tuple[str, ...], *, nth: int = 0) -> None:
        lease = self.lease_of(rater, *states, nth=nth)
        if lease is None:
            return
        body = body_of(answer)
        annotation_submit(rater=rater, campaign=self.campaign.slug, lease=lease.pk, data=body)
        self.acknowledged[body["uuid"]] = body

    @rule(who=WHO, answer=ANSWERS, nth=NTH, late=some.booleans())
    def submit_and_go_on(self, who: int, answer: int | str | None, nth: int, late: bool) -> None:
        rater = self.raters[who]
        lease = self.lease_of(rater, *(HELD_OR_HAD if late else (AssignmentState.LEASED,)), nth=nth)
        if lease is None:
            return
        before = self.before(rater, without=lease)
        body = body_of(answer)
        _, following = annotation_submit_and_claim(rater=rater, campaign=self.campaign.slug, lease=lease.pk, data=body)
        self.acknowledged[body["uuid"]] = body
        self.given(rater, before, following)

    @rule(who=WHO, answer=ANSWERS)
    def die_in_a_submit(self, who: int, answer: int | str | None) -> None:
        rater = self.raters[who]
        lease = self.lease_of(rater, *HELD_OR_HAD)
        if lease is not None:
            with suppress(Gone), transaction.atomic():
                annotation_submit(rater=rater, campaign=self.campaign.slug, lease=lease.pk, data=body_of(answer))
                raise Gone

    @rule(which=some.integers(0, 50), changed=some.booleans())
    def submit_again(self, which: int, changed: bool) -> None:
        if not self.acknowledged:
            return
        client_id = list(self.acknowledged)[which % len(self.acknowledged)]
        stored = Annotation.objects.select_related("rater").get(uuid=client_id)
        body = self.acknowledged[client_id] | ({"total_time": 7} if changed else {})
        if not changed:
            annotation_submit(rater=stored.rater, campaign=self.campaign.slug, lease=stored.assignment_id, data=body)
            return
        with pytest.raises(SubmitConflict):
            annotation_submit(rater=stored.rater, campaign=self.campaign.slug, lease=stored.assignment_id, data=body)

    @rule(who=WHO, answer=ANSWERS)
    def correct(self, who: int, answer: int | str | None) -> None:
        rater = self.raters[who]
        newest = (
            Annotation.objects.filter(rater=rater, campaign=self.campaign, replaced_by=None).order_by("-pk").first()
        )
        if newest is None:
            return
        lease, item = newest.assignment, newest.item
        body = body_of(answer) | {"replaces": str(newest.uuid)}
        may = lease.state in ANSWERED and item.round == self.round and item.state in ("queued", "done")
        try:
            annotation_submit(rater=rater, campaign=self.campaign.slug, lease=lease.pk, data=body)
        except SubmitConflict:
            assert not may
        else:
            assert may
            self.acknowledged[body["uuid"]] = body

    @rule(who=WHO, nth=NTH)
    def skip(self, who: int, nth: int) -> None:
        rater = self.raters[who]
        lease = self.lease_of(rater, AssignmentState.LEASED, nth=nth)
        if lease is None:
            return
        before = self.before(rater, without=lease)
        of_round = lease.item.round_id == self.round.pk
        try:
            following = lease_skip(rater=rater, campaign=self.campaign.slug, lease=lease.pk)
        except SubmitConflict:
            assert not of_round or self.skipped.get(rater.pk, 0) == self.campaign.skips_per_round
            return
        if of_round:
            self.skipped[rater.pk] = self.skipped.get(rater.pk, 0) + 1
        self.given(rater, before, following, on_screen=1)

    @rule(who=WHO)
    def submit_what_was_taken_away(self, who: int) -> None:
        rater = self.raters[who]
        lease = self.lease_of(rater, AssignmentState.SKIPPED, AssignmentState.VOIDED)
        if lease is not None:
            with pytest.raises(SubmitConflict):
                annotation_submit(rater=rater, campaign=self.campaign.slug, lease=lease.pk, data=body_of(0))

    # --- time, faults and workers --------------------------------------------------------------------------------
    @rule(who=WHO, swept=some.booleans())
    def expire(self, who: int, swept: bool) -> None:
        facts.let_run_out(self.campaign, self.raters[who])
        if swept:
            sweep_leases()
            assert facts.left_behind(self.campaign) == []
            assert not Assignment.objects.filter(rater=self.raters[who], state=AssignmentState.LEASED).exists()

    @rule()
    def restart(self) -> None:
        connection.close()

    @rule()
    def drain_the_outbox(self) -> None:
        drain()
        assert facts.undrained(self.campaign) == 0
        assert facts.unsettled(self.campaign) == []

    # --- the lead ------------------------------------------------------------------------------------------------
    @rule(who=WHO)
    def pause(self, who: int) -> None:
        rater = self.raters[who]
        if self.standing(rater).paused_at is None:
            rater_pause(rater=rater, campaign=self.campaign, lead=self.lead, reason="The lead wants a word.")
            assert self.unshown(rater, after=1) == []

    @rule()
    def resume_all(self) -> None:
        for rater in self.raters:
            facts.resume(self.standing(rater))

    @rule(who=WHO, this_round=some.booleans())
    def void(self, who: int, this_round: bool) -> None:
        rater, of_round = self.raters[who], self.round if this_round else None
        standing = facts.current_of(self.campaign, rater, of_round)
        try:
            made = annotations_void(
                campaign=self.campaign, rater=rater, by=self.lead, reason="Looked odd.", round=of_round
            )
        except VoidRefused:
            assert standing == set()
        else:
            assert set(made.annotations.values_list("annotation", flat=True)) == standing != set()

    @rule(which=some.integers(0, 20))
    def reverse(self, which: int) -> None:
        voids = list(Void.objects.filter(campaign=self.campaign).order_by("pk"))
        if not voids:
            return
        void = voids[which % len(voids)]
        try:
            void_reverse(void=void, by=self.lead)
        except VoidRefused:
            assert void.reversed_at is not None
        else:
            assert void.reversed_at is None

    @rule(again=some.booleans(), now=some.sampled_from([False, False, True]))
    def close_the_round_and_open_the_next(self, again: bool, now: bool) -> None:
        """The next one holds two new solutions and, perhaps, those that the closed one gave back. Not often."""
        if not now:
            return
        closed = round_close(campaign=self.campaign)
        for rater in self.raters:
            ahead = Assignment.objects.filter(pk__in=self.unshown(rater, after=1), item__round=closed)
            assert not ahead.exists()
        back = [item.solution for item in Item.objects.filter(round=closed, kind="normal", state="withdrawn")]
        self.served, self.skipped = {}, {}
        self.open_round([*(back if again else []), *SolutionFactory.create_batch(2)])

    # --- what always holds ---------------------------------------------------------------------------------------
    @invariant()
    def counts_agree_with_leases(self) -> None:
        assert facts.counts_that_are_wrong(self.campaign) == []

    @invariant()
    def nobody_holds_too_many_nor_meets_a_solution_twice(self) -> None:
        assert facts.doubles(self.campaign) == []

    @invariant()
    def what_was_acknowledged_is_stored_once_and_nothing_else(self) -> None:
        stored = [str(one) for one in Annotation.objects.filter(campaign=self.campaign).values_list("uuid", flat=True)]
        assert sorted(stored) == sorted(self.acknowledged)

    @invariant()
    def each_answered_lease_has_one_annotation_that_stands_and_no_other_lease_has(self) -> None:
        assert facts.leases_without_their_annotation(self.campaign) == []

    @invariant()
    def standings_count_what_there_is(self) -> None:
        assert facts.standings_that_are_wrong(self.campaign) == []
        for rater in self.raters:
            standing = Standing.objects.filter(rater=rater, campaign=self.campaign, round=self.round).first()
            if standing is not None:
                told = (self.served.get(rater.pk, 0), self.skipped.get(rater.pk, 0))
                assert (standing.served, standing.skipped) == told

    @invariant()
    def an_item_is_done_as_its_overlap_says_or_the_outbox_knows(self) -> None:
        assert facts.states_that_are_wrong(self.campaign) == []


def run(*, seconds: float) -> None:
    """Examples, a few at a time, until the time is up."""
    ends_at = time.monotonic() + seconds
    few = settings(max_examples=8, stateful_step_count=40, deadline=None, database=None, phases=PHASES)
    while time.monotonic() < ends_at:
        run_state_machine_as_test(Labelling, settings=few)


def test_raters_leads_and_workers_leave_everything_in_order() -> None:
    run(seconds=40)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_they_do_so_for_a_long_time() -> None:
    run(seconds=900)
