"""``seed_demo``: a small demo, by real workers: what drives its round, what that was trained on, and starting again."""

import io
import json
import signal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from labelling.corpus.models import PoolEntry, Problem, Solution
from labelling.corpus.text import problem_key
from labelling.corpus.world import LABELER, make_world
from labelling.jobs.models import Job, JobState
from labelling.pipeline.management.commands import seed_demo
from labelling.prm.models import ModelVersion, Score
from labelling.rounds.models import Item, Round
from tests.processes import Processes, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

TRAINING: Path = settings.VAR / "demo" / "training.jsonl"
OPTIONS = {"problems": 14, "training_problems": 30}
ROWS = 30 * seed_demo.TRAINING_SAMPLES


@pytest.fixture(autouse=True)
def workers(processes: Processes) -> Processes:
    TRAINING.unlink(missing_ok=True)
    processes.worker()
    return processes


def seed() -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out, stderr=io.StringIO(), **OPTIONS)
    return out.getvalue()


def written() -> int:
    return TRAINING.read_bytes().count(b"\n")


def trained_on() -> set[str]:
    """Keys of the problems whose labels the model learnt from."""
    rows = [json.loads(line) for line in TRAINING.read_text(encoding="utf-8").splitlines()]
    assert {row["labeler"] for row in rows} == {LABELER}
    return {problem_key(row["question"]["problem"]) for row in rows}


def pool() -> set[str]:
    return {key.hex for key in PoolEntry.objects.filter(campaign="demo").values_list("problem__key", flat=True)}


def counts() -> dict[str, int]:
    return {kind.__name__: kind.objects.count() for kind in (Job, ModelVersion, Round, Item, Score, Solution)}


def test_the_round_is_picked_by_a_model_that_learnt_from_gold_labels_of_problems_the_pool_has_not() -> None:
    (taken, *_) = make_world(seed=seed_demo.TRAINING_SEED, problems=1, samples=1)
    shared = Problem.objects.create(key=problem_key(taken.problem), text=taken.problem)
    PoolEntry.objects.create(campaign="demo", problem=shared)
    told = seed()

    assert problem_key(taken.problem) in pool()
    assert (written(), len(trained_on())) == (ROWS, 30)
    assert trained_on() & pool() == set()
    assert "gold labels of 30 generated problems kept out of the pool (left out for being in it: 1)" in told
    assert "AUC 0." in told

    version = Round.objects.select_related("model_version__model").get().model_version
    assert (version.model.name, version.model.backend) == (seed_demo.MODEL, "embedded")
    assert version.facts["problems"] == 30
    assert version.scores.count() == Solution.objects.count() > 100
    assert Job.objects.get(kind="score").state == JobState.DONE
    assert Item.objects.exists()

    call_command("train_prm", str(TRAINING), name=seed_demo.MODEL, stdout=io.StringIO())
    assert ModelVersion.objects.get() == version  # these labels, and no others, make this version


def test_a_second_start_trains_scores_and_opens_nothing() -> None:
    first, known = seed(), counts()
    changed = TRAINING.stat().st_mtime_ns
    second = seed()

    assert counts() == known
    assert TRAINING.stat().st_mtime_ns == changed
    assert ("Trained" in first, "Trained" in second) == (True, False)
    assert "rater  password" in second


def test_a_start_killed_while_it_trains_is_made_good_by_the_next(workers: Processes) -> None:
    options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
    killed = workers.start("seed", "manage.py", "seed_demo", *options)
    wait_until(lambda: TRAINING.exists() and written() == ROWS, what="the training's beginning")
    workers.stop(killed, how=signal.SIGKILL)
    assert not Round.objects.exists()
    told = seed()

    assert "Trained demo-embedded v1" in told
    assert ModelVersion.objects.count() == Round.objects.count() == 1
    assert Score.objects.count() == Solution.objects.count() == Solution.objects.exclude(verdict=None).count()
