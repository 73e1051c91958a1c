"""Pulling plugs in the middle of grading and scoring: every solution ends graded and scored exactly once."""

import json
import signal
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from labelling.corpus.models import Solution, Verdict
from labelling.corpus.services import verdicts_job_create
from labelling.corpus.world import make_world, to_native
from labelling.jobs.models import Job, JobState
from labelling.jobs.tasks import job_enqueue
from labelling.people.models import User
from labelling.prm.models import Score
from labelling.prm.services import model_register, scoring_create
from tests.processes import Processes, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def solutions(transactional_db: None, tmp_path: Path) -> int:
    path = tmp_path / "world.jsonl"
    lines = (json.dumps(to_native(sample)) for sample in make_world(seed=5, problems=100, samples=16))
    path.write_text("\n".join(lines), encoding="utf-8")
    call_command("import_solutions", str(path), no_grade=True)
    return Solution.objects.count()


def flush_redis() -> None:
    for url in (settings.CELERY_BROKER_URL, settings.CACHES["default"]["LOCATION"]):
        address = str(url).replace("redis+socket://", "unix://").partition("?")[0]
        with redis.Redis.from_url(address) as server:
            server.flushall()


def backends_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def pull_the_plug_in_the_middle(job: Job, processes: Processes) -> None:
    """Stop the worker at a solution in the middle by a row lock, empty Redis, kill -9 the worker, start another."""
    middle = Solution.objects.order_by("id")[Solution.objects.count() * 2 // 3]
    holder = connections.create_connection("default")
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM corpus_solution WHERE id = %s FOR UPDATE", [middle.pk])
            worker = processes.worker()
            job_enqueue(job)
            wait_until(lambda: backends_waiting() > 0, what="the worker's arrival in the middle")
            job.refresh_from_db()
            assert job.state == JobState.RUNNING
            flush_redis()
            processes.stop(worker, how=signal.SIGKILL)
            cursor.execute("ROLLBACK")
    finally:
        holder.close()
    processes.worker()


def finished(job: Job) -> bool:
    job.refresh_from_db()
    assert job.state != JobState.FAILED, job.error
    return job.state == JobState.DONE


def test_grading_and_scoring_survive_flushall_and_kill_9_and_nobody_is_signed_out(
    solutions: int, processes: Processes, client: Client, rater: User
) -> None:
    client.force_login(rater)

    grading = verdicts_job_create()
    assert grading is not None
    pull_the_plug_in_the_middle(grading, processes)
    wait_until(lambda: finished(grading), seconds=60, what="the end of grading")
    assert Solution.objects.exclude(verdict=None).count() == solutions
    assert Verdict.objects.count() == solutions
    assert grading.starts == 2

    for worker in list(processes.running):
        processes.stop(worker)
    version = model_register(name="flat", backend="constant", config={"value": 0.5})[1]
    scoring = scoring_create(version=version, campaign=None)[0]
    pull_the_plug_in_the_middle(scoring, processes)
    wait_until(lambda: finished(scoring), seconds=60, what="the end of scoring")
    per_solution = Score.objects.values("solution").annotate(n=Count("id"))
    assert {row["n"] for row in per_solution} == {1}
    assert len(per_solution) == solutions
    assert scoring.starts == 2

    assert client.get(reverse("home")).status_code == 200


def test_messages_that_redis_forgot_are_sent_again(solutions: int, processes: Processes) -> None:
    """No worker runs while the message is lost: only the sweep can bring the job back."""
    grading = verdicts_job_create()
    assert grading is not None
    job_enqueue(grading)
    flush_redis()
    processes.worker()
    wait_until(lambda: finished(grading), seconds=60, what="the end of grading")
    assert Verdict.objects.count() == solutions
    assert grading.starts == 1


def test_a_worker_that_lived_through_a_flush_goes_on_working(solutions: int, processes: Processes) -> None:
    processes.worker()
    first = verdicts_job_create()
    assert first is not None
    job_enqueue(first)
    wait_until(lambda: finished(first), seconds=60, what="the end of grading")
    flush_redis()
    version = model_register(name="flat", backend="constant", config={"value": 0.5})[1]
    scoring = scoring_create(version=version, campaign=None)[0]
    job_enqueue(scoring)
    wait_until(lambda: finished(scoring), seconds=60, what="the end of scoring")
    assert Score.objects.count() == solutions
