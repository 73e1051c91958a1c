"""``manage.py score_solutions``, up to the job that it queues."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labelling.jobs.models import Job
from labelling.prm.models import ModelVersion
from labelling.prm.services import model_register
from labelling.prm.tasks import score
from tests.factories import RecordedScoreFactory, SolutionFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("score_solutions", *arguments, stdout=out)
    return out.getvalue()


def test_it_registers_a_recorded_scorer_by_its_name_and_says_so() -> None:
    RecordedScoreFactory.create(scorer="qwen_prm")

    out = run("--model", "qwen_prm")

    version = ModelVersion.objects.get()
    assert (version.model.backend, version.config) == ("recorded", {"scorer": "qwen_prm"})
    assert "Registered the model 'qwen_prm'" in out
    assert Job.objects.get().params == {"version": version.pk, "campaign": None}


def test_it_queues_no_second_job_while_the_first_waits() -> None:
    RecordedScoreFactory.create(scorer="qwen_prm")
    run("--model", "qwen_prm")

    assert "was queued before" in run("--model", "qwen_prm")
    assert Job.objects.count() == 1


def test_an_unknown_name_is_refused_with_the_models_and_scorers_there_are() -> None:
    RecordedScoreFactory.create(scorer="qwen_prm")
    model_register(name="flat", backend="constant", config={"value": 0.5})

    with pytest.raises(CommandError, match="no model 'gwen'") as refused:
        run("--model", "gwen")
    assert "flat v1 (backend constant, product" in str(refused.value)
    assert "qwen_prm (1 solutions)" in str(refused.value)
    assert not Job.objects.exists()


def test_a_missing_name_is_refused_with_the_models_there_are() -> None:
    with pytest.raises(CommandError, match="--model NAME") as refused:
        run()
    assert "none yet" in str(refused.value)


def test_list_shows_what_there_is_and_scores_nothing() -> None:
    RecordedScoreFactory.create(scorer="qwen_prm")

    assert "qwen_prm (1 solutions)" in run("--list")
    assert not Job.objects.exists()


def test_a_backend_with_its_configuration_registers_a_model_or_a_new_version() -> None:
    run("--model", "flat", "--backend", "constant", "--config", '{"value": 0.25}', "--reduction", "min")
    run("--model", "flat", "--backend", "constant", "--config", '{"value": 0.75}')
    run("--model", "flat", "--config", '{"value": 1.0}')

    versions = ModelVersion.objects.order_by("number")
    assert [version.config["value"] for version in versions] == [0.25, 0.75, 1.0]
    assert {version.model.reduction for version in versions} == {"min"}


def test_a_known_name_alone_takes_its_newest_version() -> None:
    model_register(name="flat", backend="constant", config={"value": 0.25})
    newest = model_register(name="flat", backend="constant", config={"value": 0.75})[1]

    run("--model", "flat")

    assert Job.objects.get().params["version"] == newest.pk


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "{"], "not JSON"),
        (["--config", "[1]"], "JSON object"),
        (["--backend", "constant", "--config", '{"colour": 1}'], "'colour'"),
        (["--backend", "recorded"], "scorer's name"),
        (["--reduction", "min"], "reduction 'product', not 'min'"),
        (["--campaign", "nope"], "The campaign 'nope' has no pool"),
    ],
)
def test_nonsense_is_refused_with_the_mend(arguments: list[str], message: str) -> None:
    model_register(name="flat", backend="constant", config={"value": 0.25})
    name = "other" if "--backend" in arguments else "flat"

    with pytest.raises(CommandError, match=message):
        run("--model", name, *arguments)
    assert not Job.objects.exists()


def test_the_job_that_it_queues_scores_its_campaigns_pool_and_reports_it() -> None:
    SolutionFactory.create_batch(3)
    run("--model", "flat", "--backend", "constant")
    job = Job.objects.get()

    score(job.pk)
    score(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.starts) == ("done", 3, 3, 1)
    assert job.message == "3 of 3 solutions scored by flat v1"
    assert ModelVersion.objects.get().scores.count() == 3


def test_a_job_is_stopped_and_the_same_goes_on_later_where_it_was() -> None:
    SolutionFactory.create_batch(3)
    run("--model", "flat", "--backend", "constant")
    job = Job.objects.get()

    assert f"Job {job.pk} is stopped" in run("--stop", str(job.pk))
    score(job.pk)
    assert not ModelVersion.objects.get().scores.exists()
    with pytest.raises(CommandError, match="no scoring job that waits or runs"):
        run("--stop", str(job.pk))

    run("--model", "flat")
    score(Job.objects.order_by("pk").last().pk)  # type: ignore[union-attr]  # there are two
    assert ModelVersion.objects.get().scores.count() == 3
