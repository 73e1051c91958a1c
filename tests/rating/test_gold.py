"""Gold through the real submits: judged, counted, paused at the mark; pauses, coaching, and promotion by a lead."""

import random
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labelling.people.models import Role, User
from labelling.rating.coaching import lessons
from labelling.rating.models import Annotation, Assignment, CoachingSeen, Outbox, Standing
from labelling.rating.promotion import annotation_promote
from labelling.rating.services import annotation_submit, lease_claim
from labelling.rating.standings import StandingRefused, rater_pause, rater_resume, rater_set_terms
from labelling.rounds.golds import GoldRefused, gold_retire, items_of_golds
from labelling.rounds.judge import below_mark
from labelling.rounds.models import Campaign, Gold, Item, ItemKind, Round
from labelling.rounds.services import round_close
from tests.conftest import person
from tests.factories import AnnotationFactory, AssignmentFactory, GoldFactory, ItemFactory, RoundFactory

pytestmark = pytest.mark.django_db
GOLDS = 12


@pytest.fixture
def round_(db: None) -> Round:
    """Twelve golds (first error at the third step), and items enough to meet them all among."""
    made = RoundFactory.create(campaign__slug="maths")
    for position in range(3 * GOLDS):
        ItemFactory.create(round=made, overlap=20, position=position)
    GoldFactory.create_batch(GOLDS, campaign=made.campaign)
    items_of_golds(opened=made)
    return made


def answer(rater: User, lease: Any, first_error: int | None, *, gave_up: bool = False) -> None:
    ratings = [1, 1, 1] if first_error is None else [1] * first_error + [-1]
    reason = "give_up" if gave_up else "solution" if first_error is None else "found_error"
    data = {
        "uuid": str(uuid.uuid4()),
        "steps": [] if gave_up else [{"rating": rating, "flagged": False} for rating in ratings],
        "finish_reason": reason,
        "reason": "I can't." if gave_up else "",
        "total_time": 1000,
    }
    annotation_submit(rater=rater, campaign="maths", lease=lease, data=data)


def work(rater: User, rights: list[bool], *, gave_up: bool = False) -> int:
    """Answer all that comes, gold as told by ``rights``, until it or the work ends. Returns how many golds came."""
    seen = 0
    while (lease := lease_claim(rater=rater, campaign="maths").lease) is not None:  # also the one still in hand
        if Assignment.objects.get(pk=lease).item.kind != ItemKind.GOLD:
            answer(rater, lease, None)
            continue
        if seen == len(rights):
            break
        answer(rater, lease, 2 if rights[seen] else 0, gave_up=gave_up)
        seen += 1
    return seen


def standing(rater: User) -> Standing:
    return Standing.objects.get(rater=rater, campaign__slug="maths")


class TestTheRunningScore:
    def test_each_gold_is_judged_and_counted_once(self, round_: Round, rater: User) -> None:
        assert work(rater, [True, False, True, True]) == 4
        judged = Annotation.objects.filter(item__kind="gold").order_by("pk")
        assert [one.gold_right for one in judged] == [True, False, True, True]
        assert (standing(rater).gold_seen, standing(rater).gold_right) == (4, 3)
        assert set(Annotation.objects.filter(item__kind="normal").values_list("gold_right", flat=True)) == {None}

    def test_giving_up_on_a_gold_is_not_judged(self, round_: Round, rater: User) -> None:
        assert work(rater, [True, True], gave_up=True) == 2
        assert (standing(rater).gold_seen, standing(rater).paused_at) == (0, None)

    @pytest.mark.parametrize(("accuracy", "run"), [(0.3, 1), (0.5, 2), (0.7, 3), (0.7, 4), (0.95, 5), (1.0, 6)])
    def test_a_rater_is_paused_by_the_submit_that_falls_below_the_mark_and_by_no_other(
        self, round_: Round, rater: User, accuracy: float, run: int
    ) -> None:
        dice = random.Random(run)
        rights = [dice.random() < accuracy for _ in range(GOLDS)]
        stops = [
            seen for seen in range(1, GOLDS + 1) if below_mark(right=sum(rights[:seen]), seen=seen, mark=0.8, least=10)
        ]
        met = work(rater, rights)
        assert met == (stops[0] if stops else GOLDS)
        assert (standing(rater).paused_at is not None) == bool(stops)
        assert Outbox.objects.filter(kind="paused", standing=standing(rater)).count() == bool(stops)

    def test_a_paused_rater_is_told_why_at_the_claim_and_at_home(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        work(rater, [False] * GOLDS)
        said = signed_in_rater.post(reverse("api-claim", args=["maths"])).json()
        assert (said["held"], said["reason"]) == ([], "paused")
        assert "your answer was right on 0" in said["message"]
        home = signed_in_rater.get(reverse("home")).content.decode()
        assert standing(rater).pause_reason in home
        assert "Start labelling" not in home

    def test_gold_is_counted_among_the_waiting_items_so_that_they_do_not_tell_it_apart(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        assert f"{4 * GOLDS} items are waiting" in " ".join(
            signed_in_rater.get(reverse("home")).content.decode().split()
        )


class TestPausing:
    @pytest.fixture
    def campaign(self, round_: Round) -> Campaign:
        return round_.campaign

    def test_a_lead_pauses_with_a_reason_and_lets_go_on_with_one(
        self, campaign: Campaign, rater: User, lead: User
    ) -> None:
        rater_pause(rater=rater, campaign=campaign, lead=lead, reason=" Away until May. ")
        claim = lease_claim(rater=rater, campaign="maths")
        assert (claim.lease, claim.reason, claim.detail) == (None, "paused", "Away until May.")
        with pytest.raises(StandingRefused, match="paused already"):
            rater_pause(rater=rater, campaign=campaign, lead=lead, reason="Again.")
        rater_resume(rater=rater, campaign=campaign, lead=lead, reason="Back.")
        assert lease_claim(rater=rater, campaign="maths").lease is not None
        events = [(one.act, one.reason, one.made_by) for one in standing(rater).events.order_by("pk")]
        assert events == [("paused", "Away until May.", lead), ("resumed", "Back.", lead)]

    def test_neither_goes_without_a_reason(self, campaign: Campaign, rater: User, lead: User) -> None:
        with pytest.raises(StandingRefused, match="reason is needed"):
            rater_pause(rater=rater, campaign=campaign, lead=lead, reason="  ")
        assert not Standing.objects.exclude(paused_at=None).exists()
        with pytest.raises(StandingRefused, match="not paused"):
            rater_resume(rater=rater, campaign=campaign, lead=lead, reason="Why not.")

    def test_after_letting_go_on_gold_is_judged_anew_and_nothing_is_forgotten(
        self, campaign: Campaign, rater: User, lead: User
    ) -> None:
        assert work(rater, [False] * GOLDS) == 3
        rater_resume(rater=rater, campaign=campaign, lead=lead, reason="Has read the guidelines again.")
        now = standing(rater)
        assert (now.gold_seen, now.gold_right, now.gold_from, now.gold_right_from) == (3, 0, 3, 0)
        assert work(rater, [False, True, True]) == 3
        assert standing(rater).paused_at is None
        assert standing(rater).gold_seen == 6

    def test_pool_and_quota_are_the_rater_s_own(self, campaign: Campaign, rater: User) -> None:
        rater_set_terms(rater=rater, campaign=campaign, pool=" experts ", items_per_day=0)
        assert (standing(rater).pool, standing(rater).items_per_day) == ("experts", 0)
        assert lease_claim(rater=rater, campaign="maths").reason == "quota"
        rater_set_terms(rater=rater, campaign=campaign, pool="", items_per_day=None)
        assert lease_claim(rater=rater, campaign="maths").lease is not None


class TestCoaching:
    @pytest.fixture
    def missed(self, round_: Round, rater: User) -> Annotation:
        round_.campaign.gold_coaching = True
        round_.campaign.save(update_fields=["gold_coaching"])
        work(rater, [False])
        return Annotation.objects.get(gold_right=False)

    def gold_of(self, missed: Annotation) -> Gold:
        return Gold.objects.get(solution=missed.solution)

    def shown(self, rater: User) -> list[int]:
        campaign = Campaign.objects.get(slug="maths")
        return [lesson.annotation for lesson in lessons(rater=rater, campaign=campaign)]

    def test_nothing_is_explained_while_the_gold_is_live(
        self, missed: Annotation, rater: User, signed_in_rater: Client
    ) -> None:
        assert self.shown(rater) == []
        page = signed_in_rater.get(reverse("explanations", args=["maths"])).content.decode()
        assert "Nothing to read" in page
        assert self.gold_of(missed).explanation not in page

    def test_a_retired_gold_is_explained_once(self, missed: Annotation, rater: User, signed_in_rater: Client) -> None:
        gold_retire(gold=self.gold_of(missed))
        assert "1 explanation to read" in " ".join(signed_in_rater.get(reverse("home")).content.decode().split())
        url = reverse("explanations", args=["maths"])
        page = signed_in_rater.get(url).content.decode()
        assert self.gold_of(missed).explanation in page
        assert page.count("First error</span>") == 1
        assert page.count("Your first error</span>") == 1
        signed_in_rater.post(url, {"annotation": [str(missed.pk), "x", "9" * 5000]})
        assert CoachingSeen.objects.get().annotation == missed
        assert self.shown(rater) == []
        assert "to read" not in signed_in_rater.get(reverse("home")).content.decode()

    def test_not_while_somebody_still_has_the_gold_in_hand(self, missed: Annotation, rater: User) -> None:
        other = person("otto", Role.RATER, "maths")
        item = Item.objects.get(round=missed.round, gold=self.gold_of(missed))
        lease = AssignmentFactory.create(rater=other, item=item).pk
        Item.objects.filter(pk=item.pk).update(held=1)
        gold_retire(gold=self.gold_of(missed))
        assert self.shown(rater) == []
        answer(other, lease, 2)
        assert self.shown(rater) == [missed.pk]

    def test_not_while_another_campaign_uses_the_solution_as_gold(self, missed: Annotation, rater: User) -> None:
        elsewhere = GoldFactory.create(solution=missed.solution)
        gold_retire(gold=Gold.objects.get(campaign=missed.campaign, solution=missed.solution))
        assert self.shown(rater) == []
        gold_retire(gold=elsewhere)
        assert self.shown(rater) == [missed.pk]

    def test_nothing_where_the_campaign_does_not_coach_or_nothing_is_explained(
        self, missed: Annotation, rater: User
    ) -> None:
        gold_retire(gold=self.gold_of(missed))
        Gold.objects.update(explanation="")
        assert self.shown(rater) == []
        Gold.objects.update(explanation="Why.")
        assert self.shown(rater) == [missed.pk]
        Campaign.objects.update(gold_coaching=False)
        assert self.shown(rater) == []

    def test_nobody_reads_or_marks_what_others_missed(self, missed: Annotation, rater: User, client: Client) -> None:
        gold_retire(gold=self.gold_of(missed))
        other = person("otto", Role.RATER, "maths")
        client.force_login(other)
        assert self.shown(other) == []
        client.post(reverse("explanations", args=["maths"]), {"annotation": [str(missed.pk)]})
        assert self.shown(rater) == [missed.pk]


class TestPromotion:
    def test_an_annotation_becomes_gold_with_its_first_error(self, lead: User) -> None:
        annotation = AnnotationFactory.create()
        gold, made = annotation_promote(annotation=annotation, person=lead)
        assert made
        assert (gold.campaign, gold.solution, gold.acceptable) == (annotation.campaign, annotation.solution, [2])
        assert (gold.source, gold.created_by) == (f"annotation {annotation.pk}", lead)
        assert annotation_promote(annotation=annotation, person=lead) == (gold, False)

    def test_no_error_found_is_the_answer_where_there_is_none(self, lead: User) -> None:
        annotation = AnnotationFactory.create(step_ratings=[1, 0, 1])
        assert annotation_promote(annotation=annotation, person=lead)[0].acceptable == [-1]

    def test_who_gave_up_gives_no_gold(self, lead: User) -> None:
        with pytest.raises(GoldRefused, match="gave up"):
            annotation_promote(annotation=AnnotationFactory.create(gave_up=True), person=lead)

    def test_gold_is_not_promoted_again(self, round_: Round, rater: User, lead: User) -> None:
        work(rater, [True])
        judged = Annotation.objects.get(item__kind="gold")
        with pytest.raises(GoldRefused, match="gold item already"):
            annotation_promote(annotation=judged, person=lead)

    def test_who_labelled_it_meets_it_no_more_and_others_only_as_gold(
        self, round_: Round, rater: User, lead: User
    ) -> None:
        while not Annotation.objects.filter(item__kind="normal").exists():  # gold may come first
            answer(rater, lease_claim(rater=rater, campaign="maths").lease, 2)
        annotation = Annotation.objects.get(item__kind="normal")
        gold, _ = annotation_promote(annotation=annotation, person=lead)
        other = person("otto", Role.RATER, "maths")
        work(other, [True] * GOLDS)
        assert not Assignment.objects.filter(rater=other, solution=gold.solution).exists()
        round_close(campaign=round_.campaign)  # what is held and was not shown goes back
        Gold.objects.exclude(pk=gold.pk).update(active=False)
        following = RoundFactory.create(campaign=round_.campaign)
        for position in range(6):
            ItemFactory.create(round=following, overlap=20, position=position)
        items_of_golds(opened=following)
        for one in (other, rater):
            work(one, [True] * GOLDS)  # the shown one of the closed round may be a gold, too
        met = Assignment.objects.filter(item__round=following, item__kind="gold")
        assert [(one.rater, one.solution) for one in met] == [(other, gold.solution)]
