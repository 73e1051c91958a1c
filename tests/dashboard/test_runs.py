"""Runs of alternatives mode on the lead's page of annotations."""

import json

import pytest
from django.test import Client

from labelling.rounds.models import Campaign
from tests.factories import AnnotationFactory, annotation_row

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/gsm/annotations/"


def step(*ratings: int | None, chosen: int | None = None, own: str | None = None) -> dict[str, object]:
    completions = [
        {"text": f"Candidate {at} <b>$x$</b>", "rating": one, "flagged": one is None} for at, one in enumerate(ratings)
    ]
    human = None if own is None else {"text": own, "rating": None, "source": "human", "flagged": False}
    return {"completions": completions, "human_completion": human, "chosen_completion": chosen}


def run(campaign: Campaign, *steps: dict[str, object], **columns: object) -> None:
    row = annotation_row(labeler="r")
    row["label"]["steps"] = list(steps)
    document = json.dumps(row)
    AnnotationFactory.create(assignment__item__round__campaign=campaign, document=document, **columns)


@pytest.fixture
def campaign(campaign: Campaign) -> Campaign:
    campaign.mode = "alternatives"
    campaign.save(update_fields=["mode"])
    return campaign


def test_a_run_shows_all_candidates_and_which_it_went_on_from(as_owner: Client, campaign: Campaign) -> None:
    run(campaign, step(1, -1, None, chosen=0), step(-1, own="Mine is $y$."), step_ratings=[1, None])
    html = as_owner.get(PAGE).content.decode()
    assert "Complete" in html
    assert html.count('class="run-candidate is-chosen"') == 2
    assert "Candidate 1 &lt;b&gt;$x$&lt;/b&gt;" in html
    assert "Mine is $y$." in html
    assert "Make it gold" not in html


def test_one_that_could_not_go_on_says_where(as_owner: Client, campaign: Campaign) -> None:
    run(campaign, step(1, chosen=0), step(-1, -1), step_ratings=[1, -1])
    assert "Nothing to go on from at step 2" in as_owner.get(PAGE).content.decode()


def test_nothing_of_a_run_becomes_gold(as_owner: Client, campaign: Campaign) -> None:
    run(campaign, step(1, chosen=0), step_ratings=[1])
    made = campaign.annotation_set.get()
    answer = as_owner.post(f"/campaigns/gsm/annotations/{made.pk}/gold/", follow=True)
    assert "alternatives mode" in answer.content.decode()
    assert not campaign.golds.exists()
