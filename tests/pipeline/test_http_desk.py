"""A simulated rater's connection, against a server that errs as it is told."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from labelling.pipeline.simulation.http_desk import TRIES, HttpDesk
from labelling.pipeline.simulation.work import SimulationFault
from tests.processes import free_port

LEASE = {"draft_url": "/draft/", "submit_url": "/submit/"}
STORED = {"annotation": "u", "held": [], "leases": [], "reason": "queue-empty", "message": "Nothing left."}


class Server(ThreadingHTTPServer):
    """Answers with what ``script`` holds, one entry a request (a status, or None to hang up), 200 when it is empty."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[int | None] = []
        self.asked: list[tuple[str, str, dict[str, str], str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status = self.server.script.pop(0) if self.server.script else 200
        if status is None:
            self.close_connection = True
            return
        text = json.dumps(STORED) if self.path == "/submit/" else '<meta name="csrf-token" content="t&amp;1">'
        self.send_response(status)
        self.send_header("Set-Cookie", f"session={len(self.server.asked)}; Path=/; HttpOnly")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def desk(server: Server, slept: list[float]) -> Iterator[HttpDesk]:
    made = HttpDesk(f"http://127.0.0.1:{server.server_port}", campaign="maths", sleep=slept.append)
    yield made
    made.close()


def test_it_signs_in_through_the_form_with_its_token_and_keeps_the_cookies(server: Server, desk: HttpDesk) -> None:
    server.script = [200, 302, 200]
    desk.sign_in("sim-careful-1", "p&w")
    assert [(method, path) for method, path, _, _ in server.asked] == [
        ("GET", "/accounts/login/"),
        ("POST", "/accounts/login/"),
        ("GET", "/"),
    ]
    _, _, headers, form = server.asked[1]
    assert form == "login=sim-careful-1&password=p%26w&csrfmiddlewaretoken=t%261"
    assert (headers["X-CSRFToken"], headers["Cookie"]) == ("t&1", "session=1")
    assert headers["Referer"].startswith("http://127.0.0.1:")


def test_a_form_that_comes_back_means_not_let_in(server: Server, desk: HttpDesk) -> None:
    with pytest.raises(SimulationFault, match=r"did not sign ada in \(status 200\)"):
        desk.sign_in("ada", "wrong")


def test_a_submit_is_sent_again_just_so_until_a_server_that_was_away_takes_it(
    server: Server, desk: HttpDesk, slept: list[float]
) -> None:
    server.script = [None, 502, 429, 200]
    assert desk.submit(LEASE, {"uuid": "1"})["reason"] == "queue-empty"
    assert [body for *_, body in server.asked] == ['{"uuid": "1"}'] * 4
    assert slept == [0.25, 1, 4]


def test_it_gives_up_on_a_server_that_stays_away(server: Server, desk: HttpDesk) -> None:
    server.script = [503] * TRIES
    with pytest.raises(SimulationFault, match="status 503"):
        desk.submit(LEASE, {})
    assert len(server.asked) == TRIES


def test_a_refusal_is_not_asked_for_twice(server: Server, desk: HttpDesk) -> None:
    server.script = [409]
    with pytest.raises(SimulationFault, match="status 409"):
        desk.draft(LEASE, {})
    assert len(server.asked) == 1


def test_a_wrong_address_is_told_at_once(slept: list[float]) -> None:
    with pytest.raises(SimulationFault, match="cannot be reached"):
        HttpDesk(f"http://127.0.0.1:{free_port()}", campaign="maths", sleep=slept.append).sign_in("ada", "p")
    assert slept == []
    with pytest.raises(SimulationFault, match="no address of a server"):
        HttpDesk("localhost:8000", campaign="maths")
