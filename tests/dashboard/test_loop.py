"""The overview's panel of the next round."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labelling.jobs.models import Job
from labelling.prm.models import Evaluation
from labelling.rounds.models import Campaign
from tests.dashboard.test_pages import text_of
from tests.factories import AnnotationFactory, JobFactory, RoundFactory

PAGE = "/campaigns/gsm/"


def labelled(campaign: Campaign) -> None:
    AnnotationFactory.create(assignment__item__round__campaign=campaign)


def loop(campaign: Campaign, **more: object) -> Job:
    params = {"campaign": campaign.slug, "model": "m", "after": 1, "also": []}
    job: Job = JobFactory.create(kind="next-round", params=params, **more)
    return job


def test_before_the_first_round_it_says_what_is_missing(as_owner: Client, campaign: Campaign) -> None:
    text = text_of(as_owner.get(PAGE))

    assert "There has been no round yet: open the first one." in text
    assert "Train, score and open the next round" not in text


def test_it_says_what_the_button_will_do(as_owner: Client, campaign: Campaign) -> None:
    labelled(campaign)
    text = text_of(as_owner.get(PAGE))

    assert "The next round: 2" in text
    assert "A new version of gsm-embedded learns from this campaign’s 1 annotation." in text
    assert "Train, score and open the next round" in text


def test_pressed_it_queues_one_job_and_shows_its_stages(as_owner: Client, campaign: Campaign) -> None:
    labelled(campaign)
    for _ in range(2):
        response = as_owner.post(f"{PAGE}next-round/", {"close": "on"}, follow=True)
    job = Job.objects.get(kind="next-round")
    job.message, job.state, job.done, job.started_at = "score", "running", 60, timezone.now() - timedelta(seconds=5)
    job.save()
    page = as_owner.get(PAGE).content.decode()

    assert "being made already" in text_of(response)
    assert f'data-loop="/campaigns/gsm/next-round/{job.pk}/"' in page
    assert '<li data-stage="score" class="is-now" aria-current="step">Scoring the pool</li>' in page
    assert '<li data-stage="train" class="is-done">Training the model</li>' in page
    assert "dashboard/loop" in page
    assert page.count(f'action="/campaigns/gsm/jobs/{job.pk}/stop/"') == 2, "in its own panel, and among the jobs"
    assert "Running 60 % Scoring the pool – – Stop" in text_of(as_owner.get(PAGE)), "no pace of unlike stages"
    assert as_owner.get(f"{PAGE}next-round/{job.pk}/").json() == {
        "state": "running",
        "done": 60,
        "total": 100,
        "stage": "score",
        "name": "Scoring the pool",
    }


def test_what_is_missing_is_said_when_it_is_pressed_all_the_same(as_owner: Client, campaign: Campaign) -> None:
    response = as_owner.post(f"{PAGE}next-round/", follow=True)

    assert "There has been no round yet" in text_of(response)
    assert not Job.objects.exists()


def test_what_a_loop_has_made_is_told_with_old_and_new_figures(as_owner: Client, campaign: Campaign) -> None:
    old = RoundFactory.create(campaign=campaign, number=1, state="closed")
    facts = {"steps": 3852, "problems": 240}
    new = RoundFactory.create(campaign=campaign, number=2, model_version__facts=facts)
    assert "learnt from" not in text_of(as_owner.get(PAGE)), "no loop has made it"

    loop(campaign, state="done")
    for version, value in ((old.model_version, 0.8), (new.model_version, 0.85)):
        figures = {"sizes": [1, 8], "reduction": "min", "ways": {"min": {"value": [0.4, value]}}}
        Evaluation.objects.create(
            version=version, kind="best-of-n", data_sha256="x", figures=figures, created_at=timezone.now()
        )
    text = text_of(as_owner.get(PAGE))

    assert f"picked by {new.model_version} , which learnt from 3,852 steps of 240 problems" in text
    assert "The best of 8 samples by its scores is right for .850 of the pool’s problems" in text
    assert "by those of the version before for .800" in text


def test_a_failure_is_shown_as_text_with_the_button_to_try_again(as_owner: Client, campaign: Campaign) -> None:
    labelled(campaign)
    loop(campaign, state="failed", error="TooFewLabels: Labels of 1 problems are <too> few.")
    response = as_owner.get(PAGE)

    assert 'role="alert"' in response.content.decode()
    assert "Labels of 1 problems are &lt;too&gt; few." in response.content.decode()
    assert "Train, score and open the next round" in text_of(response)


@pytest.mark.parametrize("path", ["", "{job}/"])
def test_another_campaigns_lead_and_another_campaigns_job_get_nothing(
    as_owner: Client, colleague: object, campaign: Campaign, path: str
) -> None:
    other = Campaign.objects.get(slug="other")
    job = loop(other)

    assert as_owner.get(f"/campaigns/other/next-round/{path.format(job=job.pk)}").status_code in (403, 405)
    assert as_owner.get(f"{PAGE}next-round/{job.pk}/").status_code == 404
