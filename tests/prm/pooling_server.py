"""A stand-in for vLLM's pooling endpoint, on a port of this machine: same API, made-up figures, faults on demand."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = tuple[int, dict[str, str], bytes]  # status, headers, body


def figure(ids: list[int], at: int) -> float:
    """P(right) at a token: it hangs on every token up to there and on none behind."""
    return int.from_bytes(sha256(repr(ids[: at + 1]).encode()).digest()[:4], "big") / 2**32


class PoolingServer(ThreadingHTTPServer):
    """``faults``: what the next requests are answered instead. ``good``: which of the two figures is P(right)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: deque[Fault] = deque()
        self.seen: list[dict[str, Any]] = []
        self.answered = 0  # inputs
        self.keys: set[str | None] = set()
        self.good = 1
        self.step_tag: int | None = None
        self.shape: Callable[[float], Any] = self.pair
        self.slow = 0.0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def pair(self, share: float) -> list[float]:
        return [1 - share, share] if self.good else [share, 1 - share]

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        entries = [{"index": at, "object": "pooling", "data": self.rows(ids)} for at, ids in enumerate(body["input"])]
        return {"object": "list", "model": body["model"], "data": entries[::-1]}  # the order is the index's

    def rows(self, ids: list[int]) -> list[Any]:
        places = [at for at, token in enumerate(ids) if self.step_tag in (None, token)]
        return [self.shape(figure(ids, at)) for at in places]


class _Handler(BaseHTTPRequestHandler):
    server: PoolingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append(body)
            self.server.keys.add(self.headers["Authorization"])
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            fault = self.server.faults.popleft() if self.server.faults else None
        time.sleep(self.server.slow)
        status, headers, content = fault or (200, {}, json.dumps(self.server.answer(body)).encode())
        with self.server.lock:
            self.server.at_once -= 1
        if self.path != "/pooling":
            status, headers, content = 404, {}, b"no such route"
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # whoever asked may be gone
            self.end_headers()
            self.wfile.write(content)
            with self.server.lock:
                self.server.answered += len(body["input"])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def pooling_server() -> Iterator[PoolingServer]:
    server = PoolingServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
