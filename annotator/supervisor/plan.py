"""What to run, as data."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Program:
    """A process that is to run until the end; started again when it dies."""

    name: str
    argv: tuple[str, ...]
    phase: int  # at the end, a lower phase is stopped first
    stop: signal.Signals = signal.SIGTERM
    patience: float = 8.0  # seconds from the stop signal to SIGKILL


@dataclass(frozen=True)
class Step:
    """A command that runs once, before or after the programs have been started.

    With ``shown`` its standard error goes to the terminal at once and its standard output is printed last of all.
    """

    title: str
    name: str
    argv: tuple[str, ...]
    shown: bool = False


@dataclass(frozen=True)
class Plan:
    var: Path
    port: int
    before: tuple[Step, ...] = ()
    programs: tuple[Program, ...] = ()
    after: tuple[Step, ...] = ()
    ready_seconds: float = 90.0

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


def product(mode: str, *, port: int, var: Path, generator: bool = False) -> Plan:
    """The plan of ``demo`` (with made problems and fresh passwords) or ``serve``; ``generator``: one is to be asked."""
    # Asking is waiting: threads of one process do it.
    asking = (Program("worker-generator", _worker("generator", 8, pool="threads"), phase=1),) if generator else ()
    seed = Step("making the demo campaign", "seed_demo", _manage("seed_demo"), shown=True)
    return Plan(
        var=var,
        port=port,
        before=(Step("migrating the database", "migrate", _manage("migrate", "--no-input")),),
        programs=(
            Program("web", _web(port), phase=0, patience=5.0),
            Program("worker", _worker("default", 2), phase=1),
            Program("worker-prm", _worker("prm", 1), phase=1),
            *asking,
            Program("beat", _celery("beat", "--schedule", str(var / "beat-schedule")), phase=2, patience=3.0),
        ),
        after=(seed,) if mode == "demo" else (),
    )


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "manage.py", *arguments)


def _web(port: int) -> tuple[str, ...]:
    # Few threads: more of them halve the rate. The control socket would lie in the home folder, one for all instances.
    options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "3"]
    bind = ["--bind", f"{HOST}:{port}", "--no-control-socket"]
    return (sys.executable, "-m", "gunicorn", *bind, *options, "annotator.wsgi")


def _worker(queue: str, concurrency: int, *, pool: str = "prefork") -> tuple[str, ...]:
    options = ["--queues", queue, "--concurrency", str(concurrency), "--pool", pool, "--hostname", f"{queue}@%h"]
    return _celery("worker", *options, "--without-gossip", "--without-mingle")


def _celery(command: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "--app", "annotator", command, "--loglevel", "INFO", *arguments)
