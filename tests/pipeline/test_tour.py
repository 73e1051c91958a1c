"""The README's tour, by its own commands: `make demo`, the lines of the second terminal, Ctrl-C."""

import html
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from labelling.corpus.text import problem_key
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
DATASET = ROOT / "dataset.jsonl"


class Demo:
    """`make demo` as a person starts it, on a port and with data of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        urls = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "STEPMARK_SWEEP_SECONDS")
        self.environment = {name: value for name, value in os.environ.items() if name not in urls}
        self.environment |= {"STEPMARK_VAR": str(folder / "var"), "PORT": str(self.port)}
        self.log = folder / "demo.log"
        assert "make demo" in BLOCKS[0]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["make", "demo"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while "Sign in as" not in self.output() or self.password("lead") is None:
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)

    def password(self, name: str) -> str | None:
        found = re.search(rf"^\s*{name}\s+password (\S+)$", self.output(), re.MULTILINE)
        return found and found[1]

    def problems(self, name: str) -> set[str]:
        """Keys of the problems in one of the demo's files."""
        lines = (self.folder / "var" / "demo" / name).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        return {problem_key(row["question"]["problem"] if "question" in row else row["problem"]) for row in rows}

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """One line of the README's second terminal."""
        return subprocess.run(
            line.split(), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def processes(self) -> list[str]:
        """Every process that works on this demo's data, whoever its parent is."""
        found = []
        for process in psutil.process_iter():
            try:
                if self.environment["STEPMARK_VAR"] in (process.environ().get("STEPMARK_VAR"), *process.cmdline()):
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(60)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    yield running
    running.end()
    DATASET.unlink(missing_ok=True)


class Browser:
    """Just enough of one: cookies, forms, and the token that every page carries."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.token = ""

    def get(self, path: str) -> str:
        page: str = self.opener.open(self.base + path, timeout=20).read().decode()
        found = re.search(r'<meta name="csrf-token" content="([^"]+)"', page)
        self.token = html.unescape(found[1]) if found else self.token
        return page

    def post(self, path: str, data: dict[str, Any], *, as_json: bool = False) -> str:
        body = json.dumps(data) if as_json else urlencode(data | {"csrfmiddlewaretoken": self.token})
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, "X-CSRFToken": self.token, "Referer": self.base}
        request = urllib.request.Request(self.base + path, body.encode(), headers)  # noqa: S310  our own server
        answer: str = self.opener.open(request, timeout=20).read().decode()
        return answer

    def sign_in(self, name: str, password: str) -> None:
        self.get("/accounts/login/")
        self.post("/accounts/login/", {"login": name, "password": password})
        assert "Sign out" in self.get("/")


def label_one(browser: Browser) -> None:
    number = re.search(r'name="number" value="(\d+)"', browser.get("/guidelines/demo/"))
    assert number is not None
    browser.post("/guidelines/demo/", {"number": number[1]})
    browser.get("/label/demo/")
    lease = json.loads(browser.post("/api/campaigns/demo/claim/", {}, as_json=True))["leases"][0]
    no = {"rating": -1, "flagged": False}
    offered = [no for _ in lease["steps"][0].get("alternatives", ())]
    first = no | ({"alternatives": offered} if offered else {})
    label = {"uuid": "3f0e1a52-9f6e-4a3c-8a57-0a4f5b8c7d11", "steps": [first]}
    browser.post(lease["submit_url"], label | {"finish_reason": "found_error", "total_time": 5000}, as_json=True)


def check_the_model(demo: Demo, overview: str) -> None:
    """The round is picked by a model that was trained here, on labelled problems that the pool has not."""
    assert "Trained demo-embedded v1 on gold labels of 200 generated problems kept out of the pool" in demo.output()
    assert re.search(r"convincing-wrong</td><td[^>]*>demo-embedded v1</td>", overview)
    models = demo.run(".venv/bin/python manage.py score_solutions --list").stdout
    trained = re.search(r'demo-embedded v1 \(backend embedded, product, \{"digest": "(\w+)"\}\)', models)
    assert trained is not None, models
    model = json.loads((demo.folder / "var" / "models" / trained[1] / "model.json").read_text(encoding="utf-8"))
    assert model["facts"]["problems"] == len(demo.problems("training.jsonl")) == 200
    assert len(demo.problems("problems.jsonl")) == 60
    assert demo.problems("training.jsonl") & demo.problems("problems.jsonl") == set()


def check_the_simulated_round(demo: Demo, lead: Browser, overview: str) -> None:
    """A closed round by five simulated raters, one of them bad: overview, raters and quality show it as such."""
    assert "5 simulated raters judged" in demo.output()
    assert len(re.findall(r'<th scope="row">sim-[\w-]+ <span class="badge">Simulated</span>', overview)) == 5
    assert re.search(r'>1</th><td>convincing-wrong <span class="badge">Simulated</span>', overview)
    assert "by simulated raters" in overview
    raters = lead.get("/campaigns/demo/raters/")
    (bad,) = re.findall(r'<section class="card card-alert".*?</section>', raters, re.DOTALL)
    assert "sim-careless-1" in bad
    assert "Simulated" in bad
    assert "Paused" in bad


def test_the_tour_works_as_the_readme_tells_it(demo: Demo) -> None:
    demo.wait_until_ready(240)
    rater, lead = Browser(demo.port), Browser(demo.port)
    rater.sign_in("rater", demo.password("rater") or "")
    label_one(rater)
    lead.sign_in("lead", demo.password("lead") or "")
    overview = lead.get("/campaigns/demo/")
    assert "Check the reference" in overview
    check_the_model(demo, overview)
    check_the_simulated_round(demo, lead, overview)
    assert "Tables" in lead.get("/admin/")

    DATASET.unlink(missing_ok=True)
    lines = BLOCKS[2].strip().splitlines()
    answers = [demo.run(line) for line in lines]
    assert len(lines) == 7
    said = "\n".join(answer.stdout + answer.stderr for answer in answers)
    assert [answer.returncode for answer in answers] == [0] * 7, said
    assert re.search(r"^ada: password \S{12,}$", answers[3].stdout, re.MULTILINE)
    rows = [json.loads(line) for line in DATASET.read_text(encoding="utf-8").splitlines()]
    assert len([row for row in rows if row["labeler"].startswith("sim-")]) > 100
    # Without simulated raters one label is left; it may be of a gold item, which nobody can tell from the page.
    assert demo.run(f"{lines[-1]} --force --no-simulated --include gold").returncode == 0
    (row,) = [json.loads(line) for line in DATASET.read_text(encoding="utf-8").splitlines()]
    assert row["label"]["steps"][0]["completions"][0]["rating"] == -1

    demo.end()
    assert demo.processes() == []
