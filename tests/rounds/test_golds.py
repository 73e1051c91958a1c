"""Golds: made, edited, retired; never normal items of their campaign; served by rounds and by the screening."""

from collections.abc import Callable

import pytest

from labelling.corpus.models import Problem
from labelling.prm.models import ModelVersion
from labelling.rounds.golds import (
    GoldRefused,
    gold_add,
    gold_edit,
    gold_retire,
    items_of_golds,
    items_of_screening,
)
from labelling.rounds.models import UNLIMITED, Campaign, Gold, GoldUse, Item, ItemKind, ItemState
from labelling.rounds.services import round_close, round_open
from tests.factories import CampaignFactory, GoldFactory, ItemFactory, RoundFactory, SolutionFactory
from tests.rounds.conftest import Answer

pytestmark = pytest.mark.django_db
Pooled = Callable[..., Problem]


class TestMaking:
    def test_a_solution_becomes_gold_once(self, campaign: Campaign) -> None:
        solution = SolutionFactory.create()
        gold, made = gold_add(campaign=campaign, solution=solution, acceptable=[2, 1, 2], explanation=" Why. ")
        again, made_again = gold_add(campaign=campaign, solution=solution, acceptable=[0])
        assert (made, made_again, again) == (True, False, gold)
        gold.refresh_from_db()
        assert (gold.acceptable, gold.explanation, gold.use, gold.active) == ([1, 2], "Why.", GoldUse.GOLD, True)

    @pytest.mark.parametrize(("acceptable", "said"), [([], "at least one"), ([3], "3 is no step"), ([-2], "-2 is no")])
    def test_answers_outside_the_steps_are_refused(self, campaign: Campaign, acceptable: list[int], said: str) -> None:
        with pytest.raises(GoldRefused, match=said):
            gold_add(campaign=campaign, solution=SolutionFactory.create(), acceptable=acceptable)
        assert not Gold.objects.exists()

    def test_it_may_be_gold_of_two_campaigns(self, campaign: Campaign) -> None:
        solution = SolutionFactory.create()
        for one in (campaign, CampaignFactory.create()):
            assert gold_add(campaign=one, solution=solution, acceptable=[-1])[1]

    def test_an_item_that_nobody_has_judged_is_withdrawn(self, campaign: Campaign) -> None:
        item = ItemFactory.create(round__campaign=campaign)
        elsewhere = ItemFactory.create(solution=item.solution)
        gold_add(campaign=campaign, solution=item.solution, acceptable=[2])
        item.refresh_from_db()
        elsewhere.refresh_from_db()
        assert (item.state, item.state_reason) == (ItemState.WITHDRAWN, "Its solution became gold.")
        assert elsewhere.state == ItemState.QUEUED

    def test_an_item_with_annotations_keeps_them_and_takes_no_more_raters(self, campaign: Campaign) -> None:
        item = ItemFactory.create(round__campaign=campaign, overlap=3, completed=1, held=1)
        gold_add(campaign=campaign, solution=item.solution, acceptable=[2])
        item.refresh_from_db()
        assert (item.state, item.overlap, item.held, item.completed) == (ItemState.DONE, 3, 1, 1)

    def test_an_edit_says_whether_anything_was_new(self) -> None:
        gold = GoldFactory.create(acceptable=[2], explanation="Why.")
        assert not gold_edit(gold=gold, acceptable=[2], explanation="Why. ")
        assert gold_edit(gold=gold, acceptable=[2, 1], explanation="Why.")
        gold.refresh_from_db()
        assert gold.acceptable == [1, 2]
        with pytest.raises(GoldRefused):
            gold_edit(gold=gold, acceptable=[], explanation="")

    def test_a_retired_one_is_served_no_more_even_in_the_round_that_runs(self, campaign: Campaign) -> None:
        item = ItemFactory.create(round__campaign=campaign, golden=True)
        gold_retire(gold=Gold.objects.get())
        item.refresh_from_db()
        assert (item.state, item.state_reason) == (ItemState.WITHDRAWN, "The gold was retired.")
        round_close(campaign=campaign)
        assert items_of_golds(opened=RoundFactory.create(campaign=campaign)) == []


class TestRounds:
    def test_a_gold_of_the_campaign_is_picked_by_no_round_retired_or_not(
        self, campaign: Campaign, version: ModelVersion, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        best, second, third = (answer(problem, score) for score in (0.9, 0.8, 0.7))
        GoldFactory.create(campaign=campaign, solution=best)
        GoldFactory.create(campaign=campaign, solution=second, active=False)
        GoldFactory.create(solution=third)  # another campaign's
        report = round_open(campaign=campaign, model_version=version, per_problem=5, reference_hold=False)
        assert [pick.candidate.solution_id for pick in report.picks] == [third.pk]

    def test_an_opening_round_queues_the_campaign_s_golds_behind_its_items(
        self, campaign: Campaign, version: ModelVersion, pooled: Pooled, answer: Answer
    ) -> None:
        normal = answer(pooled(), 0.9)
        scored = GoldFactory.create(campaign=campaign, solution=answer(pooled(), 0.4))
        unscored = GoldFactory.create(campaign=campaign, solution__ungraded=True)
        GoldFactory.create(campaign=campaign, screening=True)
        GoldFactory.create()
        report = round_open(campaign=campaign, model_version=version, per_problem=5, reference_hold=False)
        rows = Item.objects.filter(round=report.round).order_by("position")
        assert [(item.solution_id, item.kind) for item in rows] == [
            (normal.pk, "normal"),
            (scored.solution_id, "gold"),
            (unscored.solution_id, "gold"),
        ]
        assert [item.score for item in rows] == [0.9, 0.4, None]
        assert [item.overlap for item in rows] == [1, UNLIMITED, UNLIMITED]
        assert report.golds == 2
        assert any("Only 2 golds are there for the 12" in note for note in report.notes)

    def test_a_dry_run_makes_no_gold_items(
        self, campaign: Campaign, version: ModelVersion, pooled: Pooled, answer: Answer
    ) -> None:
        answer(pooled(), 0.9)
        GoldFactory.create(campaign=campaign)
        round_open(campaign=campaign, model_version=version, per_problem=5, reference_hold=False, dry_run=True)
        assert not Item.objects.exists()

    def test_the_least_used_golds_come_first_and_no_more_than_the_setting(self, campaign: Campaign) -> None:
        campaign.gold_per_round = 2
        campaign.save(update_fields=["gold_per_round"])
        used, unserved, new = GoldFactory.create_batch(3, campaign=campaign)
        before = RoundFactory.create(campaign=campaign, closed=True)
        for gold, completed in ((used, 4), (unserved, 0)):
            ItemFactory.create(round=before, golden=True, gold=gold, completed=completed)
        made = items_of_golds(opened=RoundFactory.create(campaign=campaign))
        assert [item.gold for item in made] == [unserved, new]

    def test_no_gold_where_the_setting_is_zero(self, campaign: Campaign) -> None:
        campaign.gold_per_round = 0
        campaign.save(update_fields=["gold_per_round"])
        GoldFactory.create(campaign=campaign)
        assert items_of_golds(opened=RoundFactory.create(campaign=campaign)) == []


class TestScreeningItems:
    def test_each_active_screening_gold_has_one_item_of_no_round(self, campaign: Campaign) -> None:
        first, second = GoldFactory.create_batch(2, campaign=campaign, screening=True)
        GoldFactory.create(campaign=campaign, screening=True, active=False)
        GoldFactory.create(campaign=campaign)
        made = items_of_screening(campaign=campaign)
        assert [(item.gold, item.round, item.kind) for item in made] == [
            (gold, None, ItemKind.SCREENING) for gold in (first, second)
        ]
        assert items_of_screening(campaign=campaign) == made
        gold_retire(gold=first)
        assert [item.gold for item in items_of_screening(campaign=campaign)] == [second]
