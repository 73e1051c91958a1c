"""Two at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from labelling.corpus.models import Problem
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign, Item, Round
from labelling.rounds.services import RoundRefused, campaign_get_or_create, round_open
from tests.rounds.conftest import Answer

Result = TypeVar("Result")
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act: Callable[[], Result], times: int = 4) -> list[Result | RoundRefused]:
    """What each of so many threads, started together, returned or raised."""
    gate = threading.Barrier(times)

    def run() -> Result | RoundRefused:
        gate.wait(10)
        try:
            return act()
        except RoundRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        running = [pool.submit(run) for _ in range(times)]
        return [one.result(30) for one in running]


def test_opening_a_round_four_times_at_once_opens_one_and_refuses_three(
    campaign: Campaign, version: ModelVersion, pooled: Callable[..., Problem], answer: Answer
) -> None:
    for _ in range(5):
        answer(pooled())

    results = at_once(lambda: round_open(campaign=campaign, model_version=version, per_problem=1, reference_hold=False))

    refused = [result for result in results if isinstance(result, RoundRefused)]
    assert (len(results), len(refused)) == (4, 3)
    assert all("is open" in str(refusal) for refusal in refused)
    assert Round.objects.get().number == 1
    assert Item.objects.count() == 5


def test_making_a_campaign_four_times_at_once_makes_one_with_one_guideline() -> None:
    results = at_once(lambda: campaign_get_or_create(slug="new"))

    made = [result[1] for result in results if not isinstance(result, RoundRefused)]
    assert sorted(made) == [False, False, False, True]
    assert Campaign.objects.get().guidelines.count() == 1
