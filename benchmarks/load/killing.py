"""``kill -9`` of each kind of the product's processes, in turn; the supervisor and the keeper start them again."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from annotator.embedded.postgres import Postgres
from annotator.embedded.processes import Folder, processes_in
from annotator.embedded.redis import Redis
from annotator.embedded.servers import Server
from benchmarks.kit import say
from benchmarks.load.stage import Stage

BACK_SECONDS = 60.0
Victims = list[psutil.Process]


class NotBack(Exception):
    """What was killed did not come back in time."""


@dataclass
class Killer:
    """``kills``: by kind. ``back``: the longest that each kind was away, in seconds."""

    stage: Stage
    kills: Counter[str] = field(default_factory=Counter)
    back: dict[str, float] = field(default_factory=dict)

    def plan(self) -> Iterator[tuple[str, Callable[[], Victims]]]:
        """Each kind in turn, for ever; of servers with workers now these, now the one above them."""
        return itertools.cycle(
            [
                ("web", self._web_workers),
                ("postgres", self._postgres),
                ("worker", self._celery),
                ("redis", self._redis),
                ("web", self._web_master),
                ("postgres", self._backend),
                ("worker", self._celery_pool),
                ("redis", self._redis),
            ]
        )

    def kill(self, kind: str, find: Callable[[], Victims]) -> None:
        """Kill them and wait until others stand in their place. Raises ``NotBack``."""
        victims = self._found(find)
        say(f"kill -9 {kind}: {find.__name__.strip('_')} {[victim.pid for victim in victims]}")
        for victim in victims:
            with suppress(psutil.NoSuchProcess):  # it went with the one before
                victim.kill()
        begun = time.monotonic()
        self._wait(find, victims)
        self.kills[kind] += 1
        self.back[kind] = round(max(self.back.get(kind, 0.0), time.monotonic() - begun), 1)

    @staticmethod
    def _found(find: Callable[[], Victims]) -> Victims:
        deadline = time.monotonic() + BACK_SECONDS
        while not (victims := find()):
            if time.monotonic() > deadline:
                raise NotBack(f"there was no {find.__name__.strip('_')} to kill")
            time.sleep(0.1)
        return victims

    def _wait(self, find: Callable[[], Victims], victims: Victims) -> None:
        deadline = time.monotonic() + BACK_SECONDS
        gone = {victim.pid for victim in victims}
        while True:
            found = {process.pid for process in find()}
            if len(found) >= len(victims) and not found & gone:
                return
            if time.monotonic() > deadline:
                raise NotBack(f"{find.__name__.strip('_')} did not come back within {BACK_SECONDS:g} s")
            time.sleep(0.1)

    def _program(self, *words: str) -> Victims:
        """The supervisor's child with these words in its command line."""
        children = psutil.Process(self.stage.supervisor_pid).children()
        return [child for child in children if set(words) <= set(_command(child))]

    def _web_master(self) -> Victims:
        return self._program("gunicorn")

    def _web_workers(self) -> Victims:
        return _children(self._web_master())

    def _celery(self) -> Victims:
        return self._program("celery", "worker", "default")

    def _celery_pool(self) -> Victims:
        return _children(self._celery())

    def _redis(self) -> Victims:
        return self._server(Redis(self.stage.var))

    def _postgres(self) -> Victims:
        """The one that all others of the server descend from; they end when they notice."""
        found = self._server(Postgres(self.stage.var))
        pids = {process.pid for process in found}
        return [process for process in found if _parent(process) not in pids]

    def _backend(self) -> Victims:
        """One that serves a client: PostgreSQL then ends all others and recovers, as nobody knows what it has left."""
        children = _children(self._postgres())
        serving = [child for child in children if any("[local]" in word for word in _command(child))]
        return random.sample(serving, min(1, len(serving)))

    def _server(self, server: Server) -> Victims:
        with suppress(FileNotFoundError):
            return list(processes_in(Folder.of(server.data), server.program))
        return []


def _children(processes: Victims) -> Victims:
    with suppress(psutil.NoSuchProcess):
        return [child for process in processes for child in process.children()]
    return []


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def _parent(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.ppid()
    return 0
