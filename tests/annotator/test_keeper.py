"""The servers live as long as somebody uses them, and no longer."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annotator import embedded
from tests.annotator import kit
from tests.annotator.kit import UserProcess


def test_it_imports_no_django() -> None:
    code = "import sys, annotator.embedded.keeper; sys.exit('django' in sys.modules or 'celery' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=kit.ROOT, check=False).returncode == 0


@pytest.mark.parametrize("how", ["kill", pytest.param("end", marks=pytest.mark.slow)])
def test_it_stops_the_servers_when_the_last_user_is_gone(var: Path, how: str) -> None:
    first, last = UserProcess(var, STEPMARK_LINGER="0"), UserProcess(var, STEPMARK_LINGER="0")
    assert [first.answer(), last.answer()] == ["ready", "ready"]
    getattr(first, how)()
    time.sleep(1.5)
    assert kit.is_serving(var)
    getattr(last, how)()
    assert kit.wait_until(lambda: not kit.is_running(var), seconds=10)


@pytest.mark.slow
def test_it_lingers_for_the_next_user(var: Path) -> None:
    user = UserProcess(var, STEPMARK_LINGER="2")
    assert user.answer() == "ready"
    postmaster = kit.postmasters(var)
    user.end()
    time.sleep(1)
    next_user = UserProcess(var)
    assert next_user.answer() == "ready"
    time.sleep(1.5)
    assert kit.postmasters(var) == postmaster
    next_user.end()


def test_a_fork_of_a_user_is_a_user(var: Path) -> None:
    user = UserProcess(var, "fork", STEPMARK_LINGER="0")
    assert user.answer() == "ready"
    user.process.kill()
    time.sleep(1.5)
    assert kit.is_serving(var)
    assert kit.wait_until(lambda: not kit.is_running(var), seconds=10)
    user.kill()


def test_a_program_that_a_user_starts_is_no_user(var: Path) -> None:
    embedded.ensure(var)
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        assert embedded.release_and_stop(var)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_killed_keeper_is_replaced_and_the_new_one_adopts_the_servers(var: Path) -> None:
    embedded.ensure(var)
    before, keepers = kit.postmasters(var), kit.keeper_pids(var)
    os.kill(keepers[0], signal.SIGKILL)
    kit.wait_until(lambda: not kit.keeper_pids(var))
    user = UserProcess(var, STEPMARK_LINGER="0")
    assert user.answer() == "ready"
    assert kit.postmasters(var) == before
    assert len(kit.keeper_pids(var)) == 1
    assert kit.keeper_pids(var) != keepers
    user.end()
    embedded.lifetime._release(var.resolve())  # without stopping: that is the new keeper's work
    assert kit.wait_until(lambda: not kit.is_running(var), seconds=10)


@pytest.mark.slow
def test_a_long_lived_user_can_have_the_keeper_replaced(var: Path) -> None:
    embedded.ensure(var)
    keepers = kit.keeper_pids(var)
    os.kill(keepers[0], signal.SIGKILL)
    kit.wait_until(lambda: not kit.keeper_pids(var))
    embedded.ensure_keeper(var)
    assert kit.wait_until(lambda: len(kit.keeper_pids(var)) == 1)
    assert kit.keeper_pids(var) != keepers


def test_it_starts_a_dead_server_again_by_itself(var: Path) -> None:
    embedded.ensure(var)
    kit.rows(var, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS number")
    killed = kit.postmasters(var) + kit.redis_pids(var)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert kit.wait_until(lambda: kit.is_serving(var), seconds=15)
    assert kit.wait_until(lambda: len(kit.redis_pids(var)) == 1)
    assert not set(killed) & set(kit.postmasters(var) + kit.redis_pids(var))
    assert kit.rows(var, "TABLE kept") == [(1,)]


@pytest.mark.parametrize("turns", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_a_user_who_arrives_while_it_stops_gets_servers(var: Path, turns: int) -> None:
    chance = random.Random(7)
    for _ in range(turns):
        user = UserProcess(var, STEPMARK_LINGER="0")
        assert user.answer() == "ready"
        assert kit.is_serving(var)
        assert len(kit.keeper_pids(var)) == 1
        user.kill()
        time.sleep(chance.uniform(0, 0.9))
