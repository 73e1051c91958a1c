"""Where a loop's time goes inside the web worker: the product's WSGI application in a process of its own, profiled.

``python -m benchmarks.load.profile PORT LOOPS < credentials`` (JSON: cookies, token, campaign), by labelling's
``--profile``. First the loops run bare, for the true times; then under cProfile, which makes Python's share look larger
than it is.
"""

import cProfile
import io
import json
import pstats
import random
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.load.browser import HOST, USUAL_HEADERS, Answer, Browser
from benchmarks.load.rater import Rater

SHOWN = 30
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Worker(Browser):
    """A browser that has the application in its own process instead of a connection."""

    def __init__(self, application: Application, port: int) -> None:
        super().__init__(port)
        self.application = application

    def request(self, method: str, path: str, body: bytes = b"", *, kind: str = "", extra: str = "") -> Answer:
        begun = time.perf_counter()
        statuses: list[str] = []
        environ = self._environ(method, path, body, kind)
        response = self.application(environ, lambda status, _headers: statuses.append(status))
        content = b"".join(response)
        close = getattr(response, "close", None)
        if close:
            close()
        return Answer(int(statuses[0][:3]), [], content, time.perf_counter() - begun)

    def _environ(self, method: str, path: str, body: bytes, kind: str) -> dict[str, Any]:
        usual = (line.partition(": ") for line in USUAL_HEADERS.strip().split("\r\n"))
        return {
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, _, value in usual},
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": HOST,
            "HTTP_HOST": f"{HOST}:{self.port}",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "HTTP_X_CSRFTOKEN": self.token,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


def main() -> None:
    from annotator.wsgi import application  # late: it starts what the web worker starts

    credentials = json.load(sys.stdin)
    worker = Worker(application, int(sys.argv[1]))
    worker.cookies, worker.token = credentials["cookies"], credentials["token"]
    rater = Rater(worker, campaign=credentials["campaign"], seed=random.randrange(2**32))  # noqa: S311  see there
    loops = int(sys.argv[2])
    _loops(rater, loops // 4)
    _tell_bare(rater, loops)
    profile = cProfile.Profile()
    profile.runcall(_loops, rater, loops)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(SHOWN)
    sys.stderr.write(text.getvalue())


def _loops(rater: Rater, count: int) -> None:
    lease = rater.claim()
    for _ in range(count):
        if lease is None:
            return
        judgement = rater.judge(lease)
        rater.save_draft(lease, judgement)
        lease = rater.submit(lease, judgement)


def _tell_bare(rater: Rater, loops: int) -> None:
    rater.timings.clear()
    processor = time.process_time()
    _loops(rater, loops)
    processor = 1000 * (time.process_time() - processor) / loops
    whole = 1000 * sum(timing.seconds for timing in rater.timings) / loops
    sys.stderr.write(
        f"one rater alone, {loops} loops: {whole:.2f} ms a loop, {processor:.2f} ms of them this process at work, "
        "the rest waiting for the database\n"
    )


if __name__ == "__main__":
    main()
