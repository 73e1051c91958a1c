"""A large scoring job whose worker is killed again and again. The server that it asks counts what it was asked for."""

import json
import logging
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command

from labelling.corpus.models import Solution
from labelling.jobs.models import Job
from labelling.prm.checkpoints.card import card_of, card_write
from labelling.prm.checkpoints.encoding import Encoder
from labelling.prm.models import Score
from labelling.prm.scoring import CHUNK
from tests.factories import ProblemFactory, SolutionFactory
from tests.prm.pooling_server import PoolingServer, pooling_server
from tests.prm.toys import tokenizer_save
from tests.processes import Processes, wait_until

logger = logging.getLogger(__name__)
SOLUTIONS = 16_000
KILLS = 3

pytestmark = pytest.mark.slow


@pytest.fixture
def solutions(transactional_db: None) -> list[int]:
    problems = ProblemFactory.create_batch(500)
    each = SOLUTIONS // len(problems)
    made = [
        SolutionFactory.build(problem=problem, steps=[f"Sample {at} begins.", f"So {at}.", "That is all."])
        for problem in problems
        for at in range(each)
    ]
    return [one.pk for one in Solution.objects.bulk_create(made, 2_000)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("tokenizers")
    tokenizer_save(tmp_path, "qwen")
    card_write(tmp_path, card_of("qwen"))
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[PoolingServer]:
    """It answers slowly enough for a kill to come in the middle."""
    with pooling_server() as running:
        running.step_tag = Encoder.from_folder(folder, card_of("qwen")).token_id("<extra_0>", "step")
        running.slow = 0.2
        yield running


def scored(count: int) -> bool:
    return Score.objects.count() >= count


@pytest.mark.timeout(600)
def test_three_kills_score_each_text_once_and_repeat_less_than_a_chunk_each_time(
    solutions: list[int], server: PoolingServer, folder: Path, processes: Processes
) -> None:
    config = json.dumps({"url": server.url, "model": "prm", "path": str(folder)})
    call_command("score_solutions", "--model", "served", "--backend", "vllm", "--config", config)
    repeated: list[int] = []
    for kill in range(KILLS):
        worker = processes.worker(queues="default,prm")
        reached = SOLUTIONS * (kill + 1) // (KILLS + 1)
        wait_until(partial(scored, reached), seconds=120, what=f"{reached:,} scores")
        processes.stop(worker, how=signal.SIGKILL)
        repeated.append(server.answered - sum(repeated) - Score.objects.count())
    processes.worker(queues="default,prm")
    wait_until(lambda: Job.objects.get().state == "done", seconds=240, what="the job's end")

    assert sorted(Score.objects.values_list("solution_id", flat=True)) == sorted(solutions)
    job = Job.objects.get()
    assert (job.done, job.total, job.starts) == (SOLUTIONS, SOLUTIONS, KILLS + 1)
    assert all(0 <= count < CHUNK for count in repeated), repeated
    asked = Counter(json.dumps(ids) for body in server.seen for ids in body["input"])
    assert len(asked) == SOLUTIONS
    logger.info("Answered again after each kill: %s; sent at all: %s.", repeated, sum(asked.values()))
