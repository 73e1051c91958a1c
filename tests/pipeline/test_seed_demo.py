"""``seed_demo``: a small demo, by real workers: what drives its round, what that was trained on, and starting again."""

import io
import json
import signal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count

from labelling.corpus.models import PoolEntry, Problem, Solution
from labelling.corpus.text import problem_key
from labelling.corpus.world import LABELER, make_world
from labelling.jobs.models import Job, JobState
from labelling.people.models import User
from labelling.pipeline.management.commands import seed_demo
from labelling.prm.models import ModelVersion, Score
from labelling.rating.models import Annotation, Assignment, Standing
from labelling.rounds.models import Gold, Item, Round
from tests.processes import Processes, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

TRAINING: Path = settings.VAR / "demo" / "training.jsonl"
OPTIONS = {"problems": 28, "training_problems": 30, "simulated_items": 24}
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
    kinds = (Job, ModelVersion, Round, Item, Score, Solution, Gold, Annotation, User)
    return {kind.__name__: kind.objects.count() for kind in kinds}


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

    (version,) = {one.model_version for one in Round.objects.select_related("model_version__model")}
    assert (version.model.name, version.model.backend) == (seed_demo.MODEL, "embedded")
    assert version.facts["problems"] == 30
    assert version.scores.count() == Solution.objects.count() > 100
    assert Job.objects.get(kind="score").state == JobState.DONE
    assert Item.objects.filter(round__state="open", kind="normal").exists()

    call_command("train_prm", str(TRAINING), name=seed_demo.MODEL, stdout=io.StringIO())
    assert ModelVersion.objects.get() == version  # these labels, and no others, make this version


def check_the_simulated_round() -> None:
    """Closed, every item judged by three simulated raters, and nobody else had anything of it."""
    first, second = Round.objects.order_by("number")
    assert (first.number, first.state, first.pool) == (1, "closed", "simulated")
    assert (second.number, second.state, second.pool) == (2, "open", "")
    work = Annotation.objects.filter(item__kind="normal")
    each = work.values_list("item").annotate(labels=Count("pk"), raters=Count("rater", distinct=True)).order_by()
    assert {tuple(row[1:]) for row in each} == {(seed_demo.OVERLAP, seed_demo.OVERLAP)}
    assert each.count() == OPTIONS["simulated_items"]
    assert {item.state for item in first.items.filter(kind="normal")} == {"done"}
    assert set(Annotation.objects.values_list("simulated", "round__number")) == {(True, 1)}
    assert not Assignment.objects.filter(state="leased").exists()


def test_the_first_round_is_by_simulated_raters_and_the_bad_one_shows() -> None:
    told = seed()

    check_the_simulated_round()
    standings = {one.rater.username: one for one in Standing.objects.select_related("rater")}
    assert sorted(standings) == sorted(f"sim-{one.replace('=', '-')}" for one in seed_demo.RATERS)
    assert all(one.simulated and not one.rater.has_usable_password() for one in standings.values())
    wrong = {name: one.gold_seen - one.gold_right for name, one in standings.items()}
    assert max(wrong, key=lambda name: wrong[name]) == "sim-careless-1"
    assert "5 simulated raters judged" in told
    # Golds are true, and no round has one among its normal items.
    assert Gold.objects.count() == 14
    assert not Item.objects.filter(kind="normal", solution__in=Gold.objects.values("solution")).exists()
    first, second = Round.objects.order_by("number")
    assert not first.items.filter(solution__in=second.items.filter(kind="normal").values("solution")).exists()


@pytest.mark.slow  # a whole start each
def test_a_start_killed_while_raters_are_simulated_is_made_good_by_the_next(workers: Processes) -> None:
    options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
    killed = workers.start("seed", "manage.py", "seed_demo", *options)
    wait_until(lambda: Annotation.objects.count() > 3, seconds=90, what="the first labels")
    workers.stop(killed, how=signal.SIGKILL)
    kept = set(Annotation.objects.values_list("uuid", flat=True))
    assert Round.objects.get().state == "open"
    told = seed()

    check_the_simulated_round()
    assert kept < set(Annotation.objects.values_list("uuid", flat=True))
    assert ("Trained" in told, ModelVersion.objects.count()) == (False, 1)


def test_a_second_start_trains_scores_labels_and_opens_nothing() -> None:
    first, known = seed(), counts()
    changed = TRAINING.stat().st_mtime_ns
    second = seed()

    assert counts() == known
    assert TRAINING.stat().st_mtime_ns == changed
    assert ("Trained" in first, "Trained" in second) == (True, False)
    assert "rater  password" in second


@pytest.mark.slow  # a whole start each
def test_a_start_killed_while_it_trains_is_made_good_by_the_next(workers: Processes) -> None:
    options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
    killed = workers.start("seed", "manage.py", "seed_demo", *options)
    wait_until(lambda: TRAINING.exists() and written() == ROWS, what="the training's beginning")
    workers.stop(killed, how=signal.SIGKILL)
    assert not Round.objects.exists()
    told = seed()

    assert "Trained demo-embedded v1" in told
    assert (ModelVersion.objects.count(), Round.objects.count()) == (1, 2)
    assert Score.objects.count() == Solution.objects.count() == Solution.objects.exclude(verdict=None).count()
