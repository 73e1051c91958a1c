"""One POST of JSON, bounded in time and size. No redirects, no proxies: the key goes nowhere else."""

import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

MOST_BYTES = 4_000_000
MOST_WORDS = 500  # bytes of an error's own words
PASSING = {408, 425, 429}  # besides all of 5xx: worth another try


class GeneratorFault(Exception):
    """What the endpoint did instead. ``retryable``: another try may help; ``wait``: the seconds it asked for.

    ``words``: the beginning of its own answer, for whoever may see that.
    """

    def __init__(self, message: str, *, retryable: bool, wait: float = 0, words: str = "") -> None:
        super().__init__(message)
        self.words = words
        self.retryable = retryable
        self.wait = wait


def post_json(url: str, body: Mapping[str, Any], *, key: str, seconds: float) -> Any:
    """The answer's JSON. Raises ``GeneratorFault``, whose message never holds the key."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    ran_out: list[bool] = []

    def stop() -> None:
        ran_out.append(True)
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    # A socket's time-out starts anew with every byte: only this ends a server that sends one byte a second.
    watch = Timer(seconds, stop)
    watch.daemon = True
    watch.start()
    try:
        return _exchange(connection, parts.path, body, key)
    except (OSError, http.client.HTTPException, GeneratorFault) as error:
        if ran_out or isinstance(error, TimeoutError):  # whatever it was in the end, time was up before
            raise GeneratorFault(f"gave no answer within {seconds:g} s", retryable=True) from None
        if isinstance(error, GeneratorFault):
            raise
        raise GeneratorFault(f"broke the connection: {type(error).__name__}: {error}", retryable=True) from None
    finally:
        watch.cancel()
        connection.close()


def _exchange(connection: http.client.HTTPConnection, path: str, body: Mapping[str, Any], key: str) -> Any:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request("POST", path, json.dumps(body).encode(), headers)
    response = connection.getresponse()
    text = response.read(MOST_BYTES + 1)
    status = response.status
    if status != http.client.OK:
        retryable = status in PASSING or status >= http.client.INTERNAL_SERVER_ERROR
        raise GeneratorFault(
            f"answered {status}",
            retryable=retryable,
            wait=_wait(response.getheader("Retry-After")),
            words=text[:MOST_WORDS].decode(errors="replace"),
        )
    if len(text) > MOST_BYTES:
        raise GeneratorFault(f"answered more than {MOST_BYTES:,} bytes", retryable=False)
    if response.length:  # the server promised more than it sent
        raise GeneratorFault("broke off in the middle of its answer", retryable=True)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise GeneratorFault("answered what is no JSON", retryable=True) from None


def _wait(header: str | None) -> float:
    return float(header) if header is not None and header.isascii() and header.isdigit() and len(header) < 6 else 0  # noqa: PLR2004  digits
