"""A stand-in for a generator endpoint: speaks the same API, knows no mathematics, and misbehaves on demand.

``python -m labelling.corpus.generator.stand_in --port 8199``; then, for the product,
``STEPMARK_GENERATOR_URL=http://127.0.0.1:8199/v1 STEPMARK_GENERATOR_MODEL=stand-in``. For trying things out and for
tests: a model whose name ends in ``:slow``, ``:refuse``, ``:busy``, ``:garbage``, ``:dies``, ``:hostile``, ``:repeats``
or ``:silent`` behaves so.
"""

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 3.0
LAST_STEP = 4  # the step that states an answer
IDEAS = (
    "Let us write down what is given, and call the unknown ${letter}$.",
    "We can put this as an equation: ${letter} = {number} + {number}$.",
    "Since $\\frac{{{number}}}{{1}} = {number}$, this is the same as before.",
    "Adding both sides gives ${letter}^2 = {number}$, which cannot be right.",
    "Now we simplify, and get ${letter} = {number}$.",
    "Let us check this with a small case, $n = {number}$.",
    "Good, we are making progress.",
    "Multiplying by {number} gives ${letter} = 2 \\cdot {number}$.",
)
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "$\\href{javascript:alert(1)}{click}$ and $\\htmlData{x=y}{z}$",
    "\u202ereversed\u202c and \u200b\u200b zero width, {{ 7*7 }} ${7*7}",
    "$\\frac{1}{" * 40,
)
_STEP = re.compile(r"^Step \d+: ", re.MULTILINE)


def steps_after(told: str, count: int) -> list[str]:
    """Candidates that depend on nothing but the prompt: the same prompt gets the same ones."""
    at = len(_STEP.findall(told)) + 1
    seed = sum(map(ord, told[:200]))
    steps = []
    for place in range(count):
        number = seed % 17 + at + place
        idea = IDEAS[(seed + 3 * at + place) % len(IDEAS)].format(letter="xyznk"[seed % 5], number=number)
        is_last = at >= LAST_STEP and place % 2 == 0
        steps.append(f"So the answer is ${number}$.\n\n# Answer\n\n{number}" if is_last else idea)
    return steps


def _completion(model: str, steps: list[str]) -> dict[str, Any]:
    choices = [
        {"index": at, "message": {"role": "assistant", "content": step}, "finish_reason": "stop"}
        for at, step in enumerate(steps)
    ]
    return {
        "id": "stand-in",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": choices,
    }


class Handler(BaseHTTPRequestHandler):
    """``GET /asked`` tells how often each model was asked."""

    asked: Counter[str] = Counter()
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.path == "/asked":
            return self._json(200, dict(self.asked))
        return self._json(404, {"error": "no such page"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path != "/v1/chat/completions":
            return self._json(404, {"error": "no such page"})
        model = str(body["model"])
        self.asked[model] += 1
        behave = BEHAVIOURS.get(model.partition(":")[2], _answers)
        return behave(self, body)

    def _json(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        self._bytes(status, json.dumps(data).encode(), headers=headers)

    def _bytes(
        self, status: int, content: bytes, *, promised: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) if promised is None else promised))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _answers(handler: Handler, body: dict[str, Any]) -> None:
    handler._json(200, _completion(body["model"], steps_after(body["messages"][-1]["content"], body.get("n", 1))))


def _slow(handler: Handler, body: dict[str, Any]) -> None:
    time.sleep(SLOW_SECONDS)
    _answers(handler, body)


def _busy(handler: Handler, body: dict[str, Any]) -> None:
    """Refuses every other time, as a server under load does."""
    if handler.asked[str(body["model"])] % 2:
        return handler._json(429, {"error": "too many"}, {"Retry-After": "1"})
    return _answers(handler, body)


def _dies(handler: Handler, body: dict[str, Any]) -> None:
    half = json.dumps(_completion(body["model"], steps_after(body["messages"][-1]["content"], 4))).encode()
    handler._bytes(200, half[: len(half) // 2], promised=len(half))
    handler.close_connection = True


def _repeats(handler: Handler, body: dict[str, Any]) -> None:
    """The same step over and over, but for white space, and one choice whatever ``n`` says."""
    handler._json(
        200, _completion(body["model"], ["We are  making\n progress." if body["n"] % 2 else "We are making progress."])
    )


BEHAVIOURS: dict[str, Callable[[Handler, dict[str, Any]], None]] = {
    "slow": _slow,
    "busy": _busy,
    "dies": _dies,
    "repeats": _repeats,
    "refuse": lambda handler, _body: handler._json(401, {"error": "wrong key"}),
    "garbage": lambda handler, _body: handler._bytes(200, b"<html>it works!</html>"),
    "hostile": lambda handler, body: handler._json(200, _completion(body["model"], list(HOSTILE))),
    "silent": lambda handler, body: handler._json(200, _completion(body["model"], ["", " \n"])),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for an OpenAI-compatible generator endpoint.")
    parser.add_argument("--port", type=int, default=8199)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
