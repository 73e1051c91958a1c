"""Scoring by a real Celery worker: whatever is killed or emptied, each text is scored once."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from kombu import Connection

from labelling.corpus.models import Solution
from labelling.jobs.models import Job
from labelling.prm.backends import BadConfig
from labelling.prm.backends.vllm import VllmBackend
from labelling.prm.checkpoints.card import card_of, card_write
from labelling.prm.models import ModelVersion, Score
from labelling.prm.nodes import NODE_CLASS, REFUSED, caller
from labelling.prm.services import model_register, scoring_create
from labelling.prm.tasks import score
from tests.factories import ProblemFactory, RecordedScoreFactory, SolutionFactory
from tests.prm.pooling_server import pooling_server
from tests.prm.toys import tokenizer_save
from tests.processes import Processes, wait_until

SOLUTIONS = 1_300  # three chunks

BLOCK_SQL = """
INSERT INTO prm_score (solution_id, problem_id, version_id, step_scores, solution_score, created_at)
VALUES (%s, %s, %s, '{1,1,1}', 1, now())
"""


@pytest.fixture
def solutions(transactional_db: None) -> list[Solution]:
    problem = ProblemFactory.create()
    solutions = Solution.objects.bulk_create(SolutionFactory.build_batch(SOLUTIONS, problem=problem), 1_000)
    recorded = [RecordedScoreFactory.build(solution=solution, scorer="qwen_prm") for solution in solutions]
    type(recorded[0]).objects.bulk_create(recorded, 1_000)
    return solutions


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").partition("?")[0]
    with redis.Redis.from_url(url) as client:
        yield client


@contextmanager
def blocked(solution: Solution) -> Iterator[None]:
    """No worker gets past this solution meanwhile: a transaction, never committed, is writing its score."""
    theirs = connection.copy()
    version = ModelVersion.objects.get()
    with closing(theirs), theirs.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(BLOCK_SQL, [solution.pk, solution.problem_id, version.pk])
        yield
        cursor.execute("ROLLBACK")


def finished() -> bool:
    return Job.objects.get().state == "done"


def assert_each_is_scored_once(solutions: list[Solution]) -> None:
    assert sorted(Score.objects.values_list("solution_id", flat=True)) == [solution.pk for solution in solutions]
    job = Job.objects.get()
    assert (job.done, job.total) == (SOLUTIONS, SOLUTIONS)
    assert job.message == f"{SOLUTIONS:,} of {SOLUTIONS:,} solutions scored by qwen_prm v1"


def test_the_queue_prm_scores_everything_while_the_command_waits(
    solutions: list[Solution], processes: Processes
) -> None:
    processes.worker(queues="prm")

    call_command("score_solutions", "--model", "qwen_prm", "--wait")

    assert_each_is_scored_once(solutions)


def test_an_emptied_redis_and_a_killed_worker_lose_nothing_and_score_nothing_twice(
    solutions: list[Solution], processes: Processes, broker: redis.Redis
) -> None:
    call_command("score_solutions", "--model", "qwen_prm")
    broker.flushall()
    with blocked(solutions[-1]):
        worker = processes.worker()
        wait_until(Score.objects.exists, what="the first score, of a job that Redis had forgotten")
        processes.stop(worker, how=signal.SIGKILL)
        broker.flushall()
        assert Score.objects.count() < SOLUTIONS

    processes.worker()

    wait_until(finished, what="the job's end")
    assert_each_is_scored_once(solutions)
    assert Job.objects.get().starts == 2


def nodes_at_work() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [NODE_CLASS])
        return int(cursor.fetchone()[0])


def test_two_nodes_share_one_job_and_ask_for_each_text_once(
    solutions: list[Solution], processes: Processes, tmp_path: Path
) -> None:
    tokenizer_save(tmp_path, "qwen")
    card_write(tmp_path, card_of("qwen"))
    for at, solution in enumerate(solutions):
        solution.steps = [f"Sample {at} begins.", "That is all."]
    Solution.objects.bulk_update(solutions, ["steps"], 1_000)
    with pooling_server() as server:
        server.slow = 1.5
        config = json.dumps({"url": server.url, "model": "prm", "path": str(tmp_path)})
        call_command("score_solutions", "--model", "served", "--backend", "vllm", "--config", config)
        processes.worker(queues="prm", beat=False)
        processes.worker(queues="prm", beat=False)

        wait_until(lambda: nodes_at_work() == 2, what="a second node at the same job")
        wait_until(finished, what="the job's end")

        asked = Counter(json.dumps(ids) for body in server.seen for ids in body["input"])
    assert (len(asked), set(asked.values())) == (SOLUTIONS, {1})
    assert sorted(Score.objects.values_list("solution_id", flat=True)) == [solution.pk for solution in solutions]
    job = Job.objects.get()
    assert (job.done, job.total, job.starts) == (SOLUTIONS, SOLUTIONS, 1)


@pytest.fixture
def served(solutions: list[Solution]) -> Iterator[Job]:
    """A job by a model whose card lies in the models' folder, where the workers of this test find it."""
    folder = settings.VAR / "models" / "card"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer_save(folder, "qwen")
    card_write(folder, card_of("qwen"))
    with pooling_server() as server:
        config = {"url": server.url, "model": "prm", "path": "card"}
        version = model_register(name="served", backend="vllm", config=config)[1]
        yield scoring_create(version=version, campaign=None)[0]


def nodes_up() -> bool:
    return bool(current_app.control.inspect(timeout=0.5).active_queues())


def test_a_node_that_lacks_what_a_job_needs_leaves_it_to_one_that_has_it(
    served: Job, processes: Processes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(VllmBackend, "folder", tmp_path)  # of this process alone: here is no card
    processes.worker(queues="prm", beat=False)
    wait_until(nodes_up, what="a node")

    score.apply((served.pk,))
    served.refresh_from_db()
    assert served.state != "failed"
    assert len(served.params[REFUSED]) == 1
    wait_until(finished, what="the job's end, by the node to which it was handed on without a sweep")
    assert Score.objects.count() == SOLUTIONS

    score.apply((served.pk,))  # sent once more, it changes nothing
    served.refresh_from_db()
    assert served.state == "done"


def test_where_no_other_node_is_up_it_fails_and_says_what_is_missing(
    served: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(VllmBackend, "folder", tmp_path)

    with suppress(BadConfig):
        score.apply((served.pk,))

    served.refresh_from_db()
    assert served.state == "failed"
    assert f"{tmp_path}/card: is no folder on this machine" in served.error


def test_with_redis_away_the_call_for_help_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    class NoTask:
        def apply_async(self, args: tuple[int], **_: object) -> None:
            calls.append(args[0])

    away = partial(Connection, "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app, "connection_for_write", away)
    call, began = caller(NoTask(), 1), time.monotonic()
    call()
    call()

    assert time.monotonic() - began < 2
    assert calls == []
