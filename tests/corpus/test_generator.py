"""Asking a generator: against the stand-in as a real process, and every way in which a server can fail."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from labelling.corpus.generator import Endpoint, GeneratorFault, candidates_ask
from labelling.corpus.generator.prompt import distinct, messages_of, step_of
from labelling.corpus.generator.stand_in import HOSTILE
from tests.processes import Processes, free_port

PROBLEM = "What is $2 + 2$?"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with Processes() as running:
        yield running.stand_in()


def ask(
    url: str, model: str = "stand-in", *, count: int = 4, seconds: float = 5, steps: tuple[str, ...] = ()
) -> list[str]:
    return candidates_ask(Endpoint(url, model, "a-secret-key", seconds), problem=PROBLEM, steps=steps, count=count)


def asked(url: str, model: str) -> int:
    host = url.removeprefix("http://").removesuffix("/v1")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/asked")
    times = json.loads(connection.getresponse().read()).get(model, 0)
    connection.close()
    return int(times)


class TestAnswers:
    def test_as_many_distinct_steps_as_are_wanted(self, stand_in: str) -> None:
        found = ask(stand_in)
        assert len(found) == len(set(found)) == 4
        assert found == ask(stand_in)
        assert found != ask(stand_in, steps=("A first step.",))

    def test_one_asking_is_enough_where_the_model_does_not_repeat_itself(self, stand_in: str) -> None:
        ask(stand_in, "stand-in-once")
        assert asked(stand_in, "stand-in-once") == 1

    def test_a_model_that_repeats_itself_is_asked_a_few_times_and_its_one_step_taken_once(self, stand_in: str) -> None:
        assert len(ask(stand_in, "stand-in:repeats")) == 1
        assert asked(stand_in, "stand-in:repeats") == 3

    def test_hostile_texts_come_through_as_the_texts_they_are(self, stand_in: str) -> None:
        assert set(ask(stand_in, "stand-in:hostile")) == {text.strip() for text in HOSTILE}


class TestFailures:
    @pytest.mark.parametrize(
        ("behaviour", "says", "retryable"),
        [
            ("refuse", "answered 401", False),
            ("busy", "answered 429", True),
            ("garbage", "no JSON", True),
            ("dies", "broke off|broke the connection", True),
            ("silent", "nothing that is a step", True),
        ],
    )
    def test_it_says_what_the_server_did(self, stand_in: str, behaviour: str, says: str, retryable: bool) -> None:
        with pytest.raises(GeneratorFault, match=says) as fault:
            ask(stand_in, f"stand-in:{behaviour}")
        assert fault.value.retryable is retryable
        assert "a-secret-key" not in str(fault.value)

    def test_a_slow_server_is_left_after_the_time_that_one_answer_may_take(self, stand_in: str) -> None:
        begun = time.monotonic()
        with pytest.raises(GeneratorFault, match=r"no answer within 0\.5 s"):
            ask(stand_in, "stand-in:slow", seconds=0.5)
        assert time.monotonic() - begun < 2

    def test_a_server_that_asks_for_time_is_given_it(self, stand_in: str) -> None:
        with pytest.raises(GeneratorFault) as fault:
            ask(stand_in, "another:busy")
        assert fault.value.wait == 1

    def test_nobody_there(self) -> None:
        with pytest.raises(GeneratorFault, match="broke the connection") as fault:
            ask(f"http://127.0.0.1:{free_port()}/v1")
        assert fault.value.retryable


@contextmanager
def served(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers one connection, byte by byte if it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            connection, _ = listening.accept()
            listening.close()  # whoever comes again finds nobody
            with connection:
                connection.recv(65_536)
                with suppress(OSError):  # the other side may have had enough
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{port}/v1"
        thread.join(10)
        assert not thread.is_alive()


def drip(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 50:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" " * 65_536)


def move(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/stolen\r\nContent-Length: 0\r\n\r\n")


def other_shape(text: bytes) -> Callable[[socket.socket], None]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: " + str(len(text)).encode() + b"\r\n\r\n"
    return lambda connection: connection.sendall(head + text)


def test_a_byte_now_and_then_does_not_hold_it_for_ever() -> None:
    begun = time.monotonic()
    with served(drip) as url, pytest.raises(GeneratorFault, match="no answer within 1 s"):
        ask(url, seconds=1)
    assert time.monotonic() - begun < 3


def test_an_answer_without_end_is_cut() -> None:
    with served(flood) as url, pytest.raises(GeneratorFault, match="more than 4,000,000 bytes"):
        ask(url)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with served(move) as url, pytest.raises(GeneratorFault, match="answered 302"):
        ask(url)


@pytest.mark.parametrize(
    "text",
    [
        b"null",
        b"[" * 100_000,
        b'{"choices": 3}',
        b'{"choices": [1, null, {}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [{"message": {"content": "x"}, "finish_reason": "length"}]}',
    ],
)
def test_json_of_another_shape_is_no_answer(text: bytes) -> None:
    with (
        served(other_shape(text)) as url,
        pytest.raises(GeneratorFault, match=r"no chat completion|no JSON|is a step|broke"),
    ):
        ask(url)


class TestPrompt:
    def test_it_tells_problem_and_steps_and_asks_for_the_next(self) -> None:
        told = messages_of(PROBLEM, ["Add.", "It is 4."])[-1]["content"]
        assert PROBLEM in told
        assert "Step 2: It is 4." in told
        assert told.endswith("Write step 3.")

    @pytest.mark.parametrize(
        ("content", "step"),
        [
            ("  It is $4$.\n", "It is $4$."),
            ("Step 3: It is $4$.", "It is $4$."),
            ("**Step 3:** It is $4$.", "It is $4$."),
            ("<think>hm\n\nhm</think>\nIt is $4$.", "It is $4$."),
            ("<think>never ends", None),
            ("Done.\n\n# Answer\n\n4", "Done.\n\n# Answer\n\n4"),
            ("Step by step we go.", "Step by step we go."),
            (" \n", None),
            ("a\x00b", None),
            ("a\ud800b", None),
            ("x" * 20_001, None),
        ],
    )
    def test_what_of_an_answer_is_the_step(self, content: str, step: str | None) -> None:
        assert step_of(content) == step

    def test_steps_that_look_alike_are_one(self) -> None:
        assert distinct(["b", "a  b", "a\nb", "b "], str) == ["b", "a  b"]
