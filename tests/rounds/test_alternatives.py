"""Rounds in alternatives mode: an item is a problem, once, with one rater and no gold."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from labelling.corpus.models import Problem
from labelling.prm.models import ModelVersion
from labelling.rounds.golds import GoldRefused, gold_add
from labelling.rounds.models import Campaign, Item, ItemKind
from labelling.rounds.services import RoundRefused, RoundReport, campaign_configure, round_close, round_open
from tests.factories import CampaignFactory, GoldFactory, SolutionFactory
from tests.rounds.conftest import Answer

Pooled = Callable[..., Problem]


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create(slug="algebra", mode="alternatives")


@pytest.fixture
def opened(campaign: Campaign, version: ModelVersion) -> Callable[..., RoundReport]:
    def run(**request: Any) -> RoundReport:
        standard: dict[str, Any] = {"per_problem": 1, "reference_hold": False}
        return round_open(campaign=campaign, model_version=version, **standard | request)

    return run


Opened = Callable[..., RoundReport]


@pytest.mark.parametrize("strategy", ["convincing-wrong", "uniform"])
def test_each_problem_is_queued_once_whatever_it_is_picked_by(
    opened: Opened, pooled: Pooled, answer: Answer, campaign: Campaign, strategy: str
) -> None:
    problems = [pooled() for _ in range(3)]
    for problem in problems:
        answer(problem, 0.9)
        answer(problem, 0.8)
    assert len(opened(strategy=strategy, budget=2).picks) == 2
    Item.objects.update(completed=1, state="done")
    round_close(campaign=campaign)
    assert len(opened(strategy=strategy).picks) == 1
    assert len(set(Item.objects.values_list("solution__problem", flat=True))) == 3


def test_a_problem_whose_item_was_withdrawn_may_come_again(
    opened: Opened, pooled: Pooled, answer: Answer, campaign: Campaign
) -> None:
    answer(pooled(), 0.9)
    opened()
    round_close(campaign=campaign)
    assert len(opened().picks) == 1


@pytest.mark.parametrize(
    ("request_", "says"), [({"per_problem": 2}, "per-problem is 2"), ({"overlap": 2}, "overlap is 2")]
)
def test_more_than_one_item_a_problem_or_rater_an_item_is_refused(
    opened: Opened, pooled: Pooled, answer: Answer, request_: dict[str, int], says: str
) -> None:
    answer(pooled(), 0.9)
    with pytest.raises(RoundRefused, match=says):
        opened(**request_)


def test_gold_is_neither_made_nor_mixed_in(opened: Opened, pooled: Pooled, answer: Answer, campaign: Campaign) -> None:
    GoldFactory.create(campaign=campaign)  # of before its mode was chosen
    answer(pooled(), 0.9)
    report = opened()
    assert report.golds == 0
    assert any("golds are not mixed in" in note for note in report.notes)
    assert not Item.objects.filter(kind=ItemKind.GOLD).exists()
    with pytest.raises(GoldRefused, match="alternatives mode"):
        gold_add(campaign=campaign, solution=SolutionFactory.create(), acceptable=[1])


@pytest.mark.parametrize(
    "changes", [{"overlap": 2}, {"overlap_most": 3}, {"screening_required": True}, {"candidates_per_turn": 0}]
)
def test_settings_that_do_not_go_with_it_are_refused_by_name(campaign: Campaign, changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        campaign_configure(campaign=campaign, changes=changes)
    assert set(refused.value.message_dict) == set(changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(**changes)
