"""A pool to draw from: a campaign, a model version, and solutions that are graded and scored."""

from collections.abc import Callable

import pytest

from labelling.corpus.models import Problem, Solution
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign
from tests.factories import (
    CampaignFactory,
    ModelVersionFactory,
    PoolEntryFactory,
    ProblemFactory,
    SampleFactory,
    ScoreFactory,
    SolutionFactory,
)

Answer = Callable[..., Solution]


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create(slug="algebra", name="Algebra")


@pytest.fixture
def version(db: None) -> ModelVersion:
    return ModelVersionFactory.create(model__name="qwen_prm")


@pytest.fixture
def pooled(campaign: Campaign) -> Callable[..., Problem]:
    """Makes a problem of the campaign's pool."""

    def make(**fields: object) -> Problem:
        return PoolEntryFactory.create(campaign=campaign.slug, problem=ProblemFactory.create(**fields)).problem

    return make


@pytest.fixture
def answer(version: ModelVersion) -> Answer:
    """Makes a solution with its score and so many samples; wrong, unless said otherwise."""

    def make(problem: Problem, score: float | None = 0.5, *, samples: int = 1, **fields: object) -> Solution:
        solution = SolutionFactory.create(problem=problem, **fields)
        SampleFactory.create_batch(samples, solution=solution)
        if score is not None:
            ScoreFactory.create(solution=solution, version=version, solution_score=score)
        return solution

    return make
