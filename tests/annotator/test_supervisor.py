"""The supervisor with small programs of its own kind: real processes, real servers, real signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from annotator.supervisor.plan import product
from tests.annotator import kit
from tests.processes import free_port

BEFORE = "print('migrated')"
AFTER = "import sys; print('password: swordfish'); print('half done', file=sys.stderr)"


class Stub:
    """A running stub_supervisor."""

    def __init__(self, var: Path, port: int, *, before: str = BEFORE, after: str = AFTER, by: str = "") -> None:
        self.var = var
        self.port = port
        self.has_shell = bool(by)
        argv = [sys.executable, "-m", "tests.annotator.stub_supervisor", str(var), str(port), before, after]
        self.output = var.with_name(f"output-{time.monotonic_ns()}")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", by, "sh", *argv] if by else argv,
                cwd=kit.ROOT,
                env=kit.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.output.read_text()

    def says(self, words: str, *, seconds: float = 60) -> bool:
        return kit.wait_until(lambda: words in self.text() or self.process.poll() is not None, seconds=seconds) and (
            words in self.text()
        )

    def pid(self) -> int:
        """The supervisor's own process id, also where a shell stands between."""
        return psutil.Process(self.process.pid).children()[0].pid if self.has_shell else self.process.pid

    def running(self) -> list[int]:
        """Every process that this supervisor started, grandchildren too."""
        mine = [str(self.var), str(self.port)]
        return [process.pid for process in psutil.process_iter() if _has(process, mine)]

    def interrupt(self) -> int:
        os.kill(self.pid(), signal.SIGINT)
        return self.process.wait(60)


def _has(process: psutil.Process, words: list[str]) -> bool:
    try:
        line = process.cmdline()
        return process.status() != psutil.STATUS_ZOMBIE and "-c" in line[:2] and bool(set(words) & set(line))
    except psutil.Error:
        return False


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Stub]]:
    """Starts stubs, each on a port of its own; ends what a failing test leaves."""
    started: list[Stub] = []

    def begin(**options: str) -> Stub:
        started.append(Stub(var, started[0].port if started else free_port(), **options))
        return started[-1]

    yield begin
    for stub in started:
        if stub.process.poll() is None:
            stub.process.kill()
            stub.process.wait()
    assert kit.wait_until(lambda: not any(stub.running() for stub in started)), "programs were left behind"


def names_of(stops: Path) -> list[str]:
    return stops.read_text().split()


def test_it_starts_in_order_and_ctrl_c_stops_in_order_and_leaves_nothing(start: Callable[..., Stub], var: Path) -> None:
    stub = start()
    assert stub.says("password: swordfish")
    text = stub.text()
    places = [text.index(word) for word in ("starting PostgreSQL", "preparing", "seeding", "half done", "ready at")]
    assert places == sorted(places)
    assert text.rstrip().endswith("password: swordfish")
    assert f"http://127.0.0.1:{stub.port}" in text
    assert (var / "log" / "before.log").read_text() == "migrated\n"
    assert "swordfish" not in (var / "log" / "after.log").read_text()
    assert len(stub.running()) == 7  # four programs, three of them with a child
    assert stub.interrupt() == 0
    assert names_of(var / "stops")[0] == "web"
    assert sorted(names_of(var / "stops")[1:3]) == ["stubborn", "worker"]
    assert names_of(var / "stops")[3:] == ["beat"]
    assert stub.running() == []
    assert not kit.is_running(var)
    assert "Traceback" not in stub.text()


def test_it_follows_its_killed_parent(start: Callable[..., Stub], var: Path) -> None:
    stub = start(by='"$@"; true')  # a shell stands where make does
    assert stub.says("ready at")
    supervisor = psutil.Process(stub.pid())
    stub.process.kill()
    stub.process.wait()
    assert kit.wait_until(lambda: "stopping" in stub.text(), seconds=10)
    assert kit.wait_until(lambda: not supervisor.is_running() or supervisor.status() == "zombie", seconds=30)
    assert stub.running() == []
    assert not kit.is_running(var)
    assert "Traceback" not in stub.text()


@pytest.mark.slow
def test_a_second_start_after_the_parent_was_killed_waits_and_works(start: Callable[..., Stub], var: Path) -> None:
    first = start(by='"$@"; true')
    assert first.says("ready at")
    first.process.kill()
    first.process.wait()
    second = start()
    assert second.says("ready at")
    assert len(second.running()) == 7
    assert second.interrupt() == 0


def test_killed_itself_it_leaves_no_program_and_the_next_start_works_at_once(
    start: Callable[..., Stub], var: Path
) -> None:
    first = start()
    assert first.says("ready at")
    first.process.kill()
    first.process.wait()
    assert kit.wait_until(lambda: first.running() == [], seconds=10)
    assert kit.is_serving(var)  # the servers linger for the next start
    second = start()
    assert second.says("ready at")
    assert "already runs" not in second.text()
    assert len(second.running()) == 7
    assert second.interrupt() == 0


def test_a_program_that_dies_is_started_again_and_its_children_are_not_left(
    start: Callable[..., Stub], var: Path
) -> None:
    stub = start()
    assert stub.says("ready at")
    children = psutil.Process(stub.pid()).children()
    worker = next(process for process in children if "worker" in process.cmdline())
    worker.kill()
    assert stub.says("worker was killed (SIGKILL); starting it again in 0.5 s")
    assert kit.wait_until(lambda: len(stub.running()) == 5), "the dead worker's child is still there"
    assert kit.wait_until(lambda: len(stub.running()) == 7)
    assert stub.interrupt() == 0


def test_a_taken_port_is_refused_with_the_mend(start: Callable[..., Stub], var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stub = Stub(var, taken.getsockname()[1])
        assert stub.process.wait(30) == 1
    assert f"Port {stub.port} is in use" in stub.text()
    assert "PORT=" in stub.text()
    assert not kit.is_running(var)


def test_a_second_supervisor_is_told_where_the_first_runs(start: Callable[..., Stub]) -> None:
    first = start()
    assert first.says("ready at")
    second = start()
    assert second.process.wait(30) == 1
    assert f"already runs at http://127.0.0.1:{first.port} (process {first.process.pid})" in second.text()
    assert len(first.running()) == 7
    assert first.interrupt() == 0


@pytest.mark.parametrize("which", ["after", pytest.param("before", marks=pytest.mark.slow)])
def test_a_failing_step_ends_it_with_the_reason(start: Callable[..., Stub], var: Path, which: str) -> None:
    stub = start(**{which: "import sys; print('the reason'); sys.exit(3)"})
    assert stub.process.wait(60) == 1
    assert "failed (exit status 3)" in stub.text()
    assert "the reason" in stub.text()
    assert stub.running() == []
    assert not kit.is_running(var)


def test_ctrl_c_in_the_middle_of_a_step_ends_the_step_too(start: Callable[..., Stub], var: Path) -> None:
    stub = start(before=f"import time; open({str(var / 'begun')!r}, 'w'); time.sleep(600)")
    assert kit.wait_until((var / "begun").exists, seconds=60)
    assert stub.interrupt() == 0
    assert "Traceback" not in stub.text()
    assert not kit.is_running(var)


@pytest.mark.parametrize("mode", ["demo", "serve"])
def test_the_product_is_web_two_workers_and_beat_on_loopback_only(mode: str, tmp_path: Path) -> None:
    plan = product(mode, port=8123, var=tmp_path)
    assert [program.name for program in plan.programs] == ["web", "worker", "worker-prm", "beat"]
    assert [step.name for step in plan.after] == (["seed_demo"] if mode == "demo" else [])
    web = plan.programs[0].argv
    assert web[web.index("--bind") + 1] == "127.0.0.1:8123"
    queues = [program.argv[program.argv.index("--queues") + 1] for program in plan.programs[1:3]]
    assert queues == ["default", "prm"]


def test_where_a_generator_is_named_a_worker_more_asks_it(tmp_path: Path) -> None:
    with_one, without = (product("serve", port=8123, var=tmp_path, generator=named) for named in (True, False))
    (asking,) = set(with_one.programs) - set(without.programs)
    assert asking.argv[asking.argv.index("--queues") + 1] == "generator"
