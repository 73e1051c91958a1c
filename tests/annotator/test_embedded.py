"""The embedded servers, started for real in folders of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import psutil
import psycopg
import pytest
import redis
from kombu import Connection

from annotator import embedded
from annotator.embedded import lifetime, paths, processes
from annotator.embedded.account import account_for
from tests.annotator import kit
from tests.annotator.kit import UserProcess

NOBODY = 65534


@pytest.fixture(scope="module")
def python_for_all() -> Path:
    """An interpreter of our version that an ordinary user may run: root's own may lie in root's home."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for name in (sys.executable, f"/usr/local/bin/python{version}", f"/usr/bin/python{version}"):
        if processes.first_blocked([Path(name)], processes.Account(NOBODY, NOBODY, "nobody")) is None:
            return Path(name)
    pytest.skip(f"no Python {version} that an ordinary user may run")


def test_both_servers_answer_at_their_urls(fresh: Path) -> None:
    var = fresh
    embedded.ensure(var)
    broker, cache = embedded.redis_urls(var)
    assert kit.rows(var, "SELECT current_database()") == [("stepmark",)]
    assert kit.rows(var, "SHOW server_encoding") == [("UTF8",)]
    assert redis.Redis.from_url(cache).ping() is True
    with Connection(broker) as connection, connection.SimpleQueue("greetings") as queue:
        queue.put({"hello": "worker"})
        assert queue.get(timeout=5).payload == {"hello": "worker"}


def test_it_reports_what_it_starts_and_is_fast_when_all_is_up(var: Path) -> None:
    started: list[str] = []
    embedded.ensure(var, lambda title, _seconds: started.append(title))
    assert started == ["PostgreSQL", "Redis"]
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        embedded.ensure(var, lambda title, _seconds: started.append(title))
        times.append(time.perf_counter() - begin)
    assert started == ["PostgreSQL", "Redis"]
    assert median(times) < 0.05


def test_nothing_listens_on_tcp_and_only_the_owner_reaches_the_sockets(running: Path) -> None:
    var = running
    servers = [psutil.Process(pid) for pid in kit.postmasters(var) + kit.redis_pids(var)]
    assert len(servers) == 2
    assert [process.net_connections(kind="inet") for process in servers] == [[], []]
    assert paths.sockets_folder(var).stat().st_mode & 0o777 == 0o700
    assert (var / "postgres").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("state", ["fresh", pytest.param("var", marks=pytest.mark.slow)])
def test_eight_starters_at_once_start_one_of_each(state: str, request: pytest.FixtureRequest) -> None:
    var: Path = request.getfixturevalue(state)
    users = [UserProcess(var) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(UserProcess.answer, users)) == ["ready"] * 8
    assert sorted(word for user in users for word in user.said)[8:] == ["started PostgreSQL", "started Redis"]
    assert [len(found) for found in (kit.postmasters(var), kit.redis_pids(var), kit.keeper_pids(var))] == [1, 1, 1]
    assert kit.is_serving(var)
    for user in users:
        user.end()


ODD = "a space, 50% ünï #1?&=1 '\"\\"


@pytest.mark.parametrize("name", [ODD, "x" * 150], ids=["odd", "long"])
def test_it_works_under_any_path(var: Path, name: str) -> None:
    var = var.rename(var.parent / name)
    embedded.ensure(var)
    assert kit.is_serving(var)
    with psycopg.connect(psycopg.conninfo.make_conninfo(**embedded.postgres_params(var))) as connection:
        assert connection.info.dbname == "stepmark"
    assert redis.Redis.from_url(embedded.redis_urls(var)[1]).ping() is True
    short = paths.sockets_folder(var)
    assert short.parent == paths.short_root()
    assert short.stat().st_mode & 0o777 == 0o700
    assert embedded.release_and_stop(var)
    assert not short.exists()


def test_two_folders_side_by_side_have_servers_of_their_own(var: Path) -> None:
    one, other = var, var.with_name("other")
    for folder in (one, other):
        embedded.ensure(folder)
        kit.rows(folder, f"DROP TABLE IF EXISTS seen; CREATE TABLE seen AS SELECT '{folder.name}' AS place")
    assert kit.rows(one, "TABLE seen") == [("var",)]
    assert kit.rows(other, "TABLE seen") == [("other",)]
    assert embedded.release_and_stop(one)
    assert not kit.is_running(one)
    assert kit.is_serving(other)


def test_it_starts_only_what_no_url_replaces(var: Path) -> None:
    for given, started in (("DATABASE_URL", "Redis"), ("REDIS_URL", "PostgreSQL")):
        user = UserProcess(var, "release", environ={given: "somewhere://else/"})
        assert user.answer() == "ready"
        assert user.said == [f"started {started}", "ready"]
        assert bool(kit.postmasters(var)) is (started == "PostgreSQL")
        assert bool(kit.redis_pids(var)) is (started == "Redis")
        user.end()
        assert user.said[2] == "stopped: True"


def test_it_touches_nothing_where_both_urls_are_given(fresh: Path) -> None:
    user = UserProcess(fresh, DATABASE_URL="postgresql://db/x", REDIS_URL="redis://cache/0")
    assert user.answer() == "ready"
    user.end()
    assert not fresh.exists()


def test_rows_survive_a_killed_postgres_and_redis_comes_back(var: Path) -> None:
    embedded.ensure(var)
    kit.rows(var, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    for pid in kit.postmasters(var) + kit.redis_pids(var):
        os.kill(pid, signal.SIGKILL)
    embedded.ensure(var)
    assert kit.rows(var, "SELECT count(*) FROM kept") == [(1000,)]
    assert redis.Redis.from_url(embedded.redis_urls(var)[1]).ping() is True


@pytest.mark.slow
def test_it_comes_back_however_often_everything_is_killed(var: Path) -> None:
    embedded.ensure(var)
    kit.rows(var, "DROP TABLE IF EXISTS turns; CREATE TABLE turns (turn int)")
    assert embedded.release_and_stop(var)
    for turn in range(6):
        user = UserProcess(var)
        assert user.answer() == "ready"
        kit.rows(var, f"INSERT INTO turns VALUES ({turn})")
        user.kill()
        for pid in kit.keeper_pids(var) + kit.postmasters(var) + kit.redis_pids(var):
            os.kill(pid, signal.SIGKILL)
    embedded.ensure(var)
    assert kit.rows(var, "SELECT count(*) FROM turns") == [(6,)]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.1, 0.5])
def test_a_starter_killed_at_work_leaves_nothing_half_made(fresh: Path, seconds: float) -> None:
    first = UserProcess(fresh)
    assert kit.wait_until((fresh / "postgres.making").exists)
    time.sleep(seconds)
    first.kill()
    embedded.ensure(fresh)
    assert kit.is_serving(fresh)
    assert not (fresh / "postgres.making").exists()


def test_pid_files_that_name_a_stranger_do_not_block_a_start(var: Path) -> None:
    embedded.ensure(var)
    assert embedded.release_and_stop(var)
    account = account_for(var)
    stranger = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    try:
        for path in (var / "postgres" / "postmaster.pid", paths.sockets_folder(var) / ".s.PGSQL.5432.lock"):
            path.write_text(f"{stranger.pid}\n{var / 'postgres'}\n1\n5432\n")
        embedded.ensure(var)
        assert kit.is_serving(var)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.slow
def test_a_folder_that_was_moved_under_its_servers_works_at_its_new_place(var: Path) -> None:
    old, new = var, var.with_name("new")
    user = UserProcess(old)
    assert user.answer() == "ready"
    kit.rows(old, "DROP TABLE IF EXISTS moved; CREATE TABLE moved AS SELECT 7 AS number")
    old.rename(new)
    embedded.ensure(new)
    assert kit.rows(new, "TABLE moved") == [(7,)]
    assert len(kit.postmasters(new)) == 1
    user.kill()


@pytest.mark.slow
def test_a_folder_that_was_removed_takes_its_servers_along(var: Path) -> None:
    embedded.ensure(var)
    pids = kit.postmasters(var) + kit.redis_pids(var) + kit.keeper_pids(var)
    assert len(pids) == 3
    gone = [psutil.Process(pid) for pid in pids]
    assert kit.wait_until(lambda: not subprocess.run(["rm", "-rf", var], check=False).returncode)
    embedded.ensure(var)
    assert kit.is_serving(var)
    assert kit.wait_until(lambda: all(not one.is_running() or one.status() == "zombie" for one in gone), seconds=5)


@pytest.mark.slow
def test_data_of_another_postgres_version_is_refused(var: Path) -> None:
    embedded.ensure(var)
    assert embedded.release_and_stop(var)
    (var / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 16; the installed one is 18"):
        embedded.ensure(var)
    (var / "postgres" / "PG_VERSION").write_text("18\n")


def test_a_server_that_cannot_start_is_an_error_with_the_end_of_its_log(var: Path) -> None:
    embedded.ensure(var)
    assert embedded.release_and_stop(var)
    (var / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(embedded.EmbeddedError, match="no_such_setting"):
        embedded.ensure(var)
    embedded.release_and_stop(var)
    shutil.rmtree(var / "postgres")


def test_whoever_leaves_does_not_stop_servers_in_use(running: Path) -> None:
    leaving = UserProcess(running, "release")
    assert leaving.answer() == "ready"
    leaving.end()
    assert "stopped: False" in leaving.said
    assert kit.is_serving(running)


def test_a_big_log_is_set_aside(place: Path) -> None:
    log = place / "some.log"
    with log.open("wb") as file:
        file.truncate(processes.LOG_BYTES + 1)
    with processes.open_log(log) as file:
        file.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (place / "some.log.1").stat().st_size == processes.LOG_BYTES + 1


def test_an_ordinary_user_runs_its_own(
    place: Path, as_root: None, python_for_all: Path, open_checkout: tuple[Path, Path]
) -> None:
    var = place / "theirs" / "var"
    var.parent.mkdir()
    os.chown(var.parent, NOBODY, NOBODY)
    root, packages = open_checkout
    user = UserProcess(var, "release", python=python_for_all, user=NOBODY, root=root, PYTHONPATH=str(packages))
    assert user.answer() == "ready"
    owners = {psutil.Process(pid).uids().real for pid in kit.postmasters(var) + kit.redis_pids(var)}
    assert owners == {NOBODY}
    assert var.stat().st_mode & 0o777 == 0o700
    user.end()
    assert "stopped: True" in user.said


def test_a_folder_of_another_user_is_refused_with_the_mend(
    running: Path, as_root: None, python_for_all: Path, open_checkout: tuple[Path, Path]
) -> None:
    var = running
    root, packages = open_checkout
    user = UserProcess(var, python=python_for_all, user=NOBODY, root=root, PYTHONPATH=str(packages))
    answer = user.answer()
    assert "belongs to the user root" in answer
    assert "STEPMARK_VAR" in answer
    user.end()


def test_root_in_a_folder_closed_to_others_runs_them_in_a_user_namespace(place: Path, as_root: None) -> None:
    var = place / "closed" / "var"
    var.parent.mkdir(mode=0o700)
    for _ in range(2):  # the second time over existing data
        embedded.ensure(var)
        assert kit.is_serving(var)
        with psycopg.connect(**paths.postgres_params(var)) as connection:  # type: ignore[arg-type]
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        assert embedded.release_and_stop(var)
    assert not kit.postmasters(var)


def test_where_there_are_no_namespaces_root_is_told_the_mend(
    place: Path, as_root: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_namespaces_work", lambda: False)
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    way = "|".join(map(str, [closed, *kit.ROOT.parents, kit.ROOT]))  # the checkout itself may lie in a closed folder
    with pytest.raises(embedded.EmbeddedError, match=f"can't enter ({way}).*chmod o\\+x"):
        embedded.ensure(closed / "var")
    assert embedded.release_and_stop(closed / "var")


def test_root_never_runs_a_server_with_root_s_rights(running: Path, as_root: None) -> None:
    pids = kit.postmasters(running) + kit.redis_pids(running)
    assert len(pids) == 2
    for pid in pids:
        in_namespace = Path(f"/proc/{pid}/uid_map").read_text().split() == [str(NOBODY), "0", "1"]
        assert in_namespace or psutil.Process(pid).uids().real == NOBODY


@pytest.mark.slow
def test_a_socket_folder_made_by_somebody_else_is_refused(place: Path, as_root: None) -> None:
    var = place / ("y" * 150)
    trap = paths.sockets_folder(var)
    trap.mkdir(mode=0o777)
    os.chown(trap, 12345, 12345)
    try:
        with pytest.raises(embedded.EmbeddedError, match="belongs to another user"):
            embedded.ensure(var)
    finally:
        embedded.release_and_stop(var)
        shutil.rmtree(trap, ignore_errors=True)


def test_a_descriptor_closed_under_us_is_taken_anew_and_its_number_s_new_owner_left_alone(running: Path) -> None:
    fd = lifetime._held[running][0]
    os.close(fd)
    other = os.open(os.devnull, os.O_RDONLY)
    assert other == fd
    embedded.ensure(running)
    os.fstat(other)
    assert lifetime._held[running][0] != other
    os.close(other)
