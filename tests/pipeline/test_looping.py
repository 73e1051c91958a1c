"""The loop closed: labels → file → trained version → scores → next round, by command and button, with a real worker."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from labelling.corpus.models import Solution
from labelling.corpus.world import make_world, to_native, to_prm800k_row
from labelling.jobs.models import Job, JobState
from labelling.people.models import Role
from labelling.pipeline.looping import LoopRefused, loop_create, loop_plan, loop_under_way
from labelling.pipeline.tasks import next_round
from labelling.prm.models import Evaluation, ModelVersion, Score
from labelling.prm.services import model_register
from labelling.rounds.models import Campaign, Item, Round, RoundState
from tests.conftest import person
from tests.factories import AnnotationFactory, CampaignFactory, JobFactory, RoundFactory
from tests.prm.toys import toy_make
from tests.processes import Processes, wait_until

CREW = {"raters": ["careful=2"], "seed": 3, "fast": True}


def world(tmp_path: Any, processes: Processes) -> Campaign:
    """A small demo: a model that learnt from generated labels, a round picked by it, labelled by simulated raters."""
    processes.worker()
    quiet: dict[str, Any] = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    pool, taught = tmp_path / "pool.jsonl", tmp_path / "taught.jsonl"
    for path, samples, form in (
        (pool, make_world(seed=5, problems=14, samples=6), to_native),
        (taught, make_world(seed=6, problems=20, samples=3), to_prm800k_row),
    ):
        path.write_text("".join(json.dumps(form(one)) + "\n" for one in samples), encoding="utf-8")
    call_command("import_solutions", str(pool), campaign="loop", wait=True, **quiet)
    call_command("train_prm", str(taught), name="learner", **quiet)
    call_command("score_solutions", model="learner", campaign="loop", wait=True, **quiet)
    call_command("open_round", "loop", per_problem=1, budget=10, model="learner", **quiet)
    call_command("simulate", "loop", **CREW, **quiet)
    return Campaign.objects.get(slug="loop")


def settled() -> Job:
    wait_until(lambda: not Job.objects.exclude(state__in=("done", "failed")).exists(), seconds=120, what="the loop")
    return Job.objects.filter(kind="next-round").latest("pk")


@pytest.mark.django_db(transaction=True)
def test_the_loop_closes_by_command_and_again_by_the_button(
    tmp_path: Any, processes: Processes, client: Client
) -> None:
    campaign = world(tmp_path, processes)
    first = ModelVersion.objects.get()
    out = io.StringIO()
    call_command("next_round", "loop", close=True, wait=True, stdout=out)

    second = ModelVersion.objects.get(number=2)
    before, opened = Round.objects.order_by("number")
    assert (before.state, opened.state, opened.model_version) == ("closed", "open", second)
    assert (opened.strategy, opened.params) == (before.strategy, before.params)
    assert second.facts["steps"] > first.facts["steps"]  # what it had learnt from, and the new labels
    assert [name.rpartition("/")[2][:6] for name in second.facts["files"]] == ["taught", "labels"]
    assert Score.objects.filter(version=second).count() == Solution.objects.count()
    assert {one.version for one in Evaluation.objects.filter(kind="best-of-n")} == {first, second}
    assert f"round 2 is open with {opened.items.filter(kind='normal').count()} items" in out.getvalue()

    call_command("simulate", "loop", **CREW, stdout=io.StringIO(), stderr=io.StringIO())
    client.force_login(person("lena", Role.LEAD, "loop"))
    assert "Train, score and open the next round" in client.get("/campaigns/loop/").content.decode()
    client.post("/campaigns/loop/next-round/", {"close": "on"})
    job = settled()
    assert job.state == JobState.DONE, job.error
    assert campaign.rounds.get(state=RoundState.OPEN).model_version == ModelVersion.objects.get(number=3)
    assert job.params["version"] == ModelVersion.objects.get(number=3).pk  # read by nodes that help
    assert client.get(f"/campaigns/loop/next-round/{job.pk}/").json()["state"] == "done"


@pytest.mark.ml
@pytest.mark.filterwarnings("ignore")  # theirs are theirs
@pytest.mark.django_db(transaction=True)
def test_a_transformer_that_was_trained_here_learns_in_the_loop_by_the_same_recipe(
    tmp_path: Any, processes: Processes
) -> None:
    campaign = world(tmp_path, processes)
    quiet: dict[str, Any] = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    recipe = {"epochs": 1.0, "rate": 0.003, "batch": 4, "checkpoint_steps": 50, "seed": 9}
    taught, base = str(tmp_path / "taught.jsonl"), str(toy_make("trl"))
    call_command("train_prm", taught, name="deep", backend="transformers", base=base, wait=True, **recipe, **quiet)
    call_command("next_round", "loop", model="deep", close=True, wait=True, **quiet)

    first, second = ModelVersion.objects.filter(model__name="deep").order_by("number")
    assert first.facts["recipe"] == second.facts["recipe"]
    assert second.facts["recipe"].items() >= recipe.items()
    assert second.facts["steps"] > first.facts["steps"]
    assert campaign.rounds.get(state=RoundState.OPEN).model_version == second
    assert Score.objects.filter(version=second).count() == Solution.objects.count()
    assert loop_plan(campaign).model == "deep"


@pytest.mark.django_db
def test_stopped_it_opens_nothing_and_may_be_begun_anew(client: Client) -> None:
    campaign = AnnotationFactory.create().campaign
    job = loop_create(campaign=campaign, close=True)
    client.force_login(person("lena", Role.LEAD, campaign.slug))

    client.post(f"/campaigns/{campaign.slug}/jobs/{job.pk}/stop/")
    next_round(job.pk)

    job.refresh_from_db()
    assert (job.state, job.starts) == (JobState.STOPPED, 0)
    assert campaign.rounds.count() == 1
    assert loop_create(campaign=campaign, close=True) != job


@pytest.mark.django_db
class TestWhatIsMissing:
    def test_without_a_round_or_labels_it_says_so(self) -> None:
        campaign = CampaignFactory.create()
        assert "no round yet" in loop_plan(campaign).lack
        RoundFactory.create(campaign=campaign)
        with pytest.raises(LoopRefused, match="no labels yet"):
            loop_create(campaign=campaign)

    def test_a_round_with_items_left_is_closed_only_when_one_says_so(self) -> None:
        annotation = AnnotationFactory.create()
        campaign = annotation.campaign
        Item.objects.filter(round__campaign=campaign).update(state="queued")
        with pytest.raises(CommandError, match=r"1 items of round 1 are not done.*\(--close\)"):
            call_command("next_round", campaign.slug)
        assert loop_create(campaign=campaign, close=True).params["after"] == 1

    def test_there_is_one_at_a_time(self) -> None:
        campaign = AnnotationFactory.create().campaign
        loop_create(campaign=campaign, close=True)
        with pytest.raises(LoopRefused, match="being made already"):
            loop_create(campaign=campaign, close=True)

    def test_where_the_rounds_model_cannot_learn_another_one_does(self) -> None:
        annotation = AnnotationFactory.create()
        campaign = annotation.campaign

        assert loop_plan(campaign).model == f"{campaign.slug}-embedded"
        model_register(name="flat", backend="constant", config={})
        with pytest.raises(LoopRefused, match="“flat” can’t be trained here"):
            loop_create(campaign=campaign, model="flat", close=True)

    def test_too_few_labels_fail_with_the_reason_and_leave_the_round_open(self) -> None:
        annotation = AnnotationFactory.create()
        job = loop_create(campaign=annotation.campaign, close=True)
        with pytest.raises(ValueError, match="too few"):
            next_round(job.pk)

        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert "too few: 4 at least" in job.error
        assert annotation.campaign.rounds.get().state == RoundState.OPEN
        assert loop_under_way(annotation.campaign) == job

    def test_a_failure_is_past_once_a_round_has_come(self) -> None:
        campaign = AnnotationFactory.create().campaign
        JobFactory.create(kind="next-round", state="failed", params={"campaign": campaign.slug, "after": 0})

        assert loop_under_way(campaign) is None
