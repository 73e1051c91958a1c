"""Raters at once at the labelling page's own API, and the same SQL alone, in one run on one machine.

One loop is one draft saved and one submit whose answer brings the next item, without think time, by clients that do
what the page does. The product runs as ``make serve`` runs it, on embedded servers of its own; nothing is tuned for it.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kit import run, say
from benchmarks.load import checks
from benchmarks.load.browser import Browser, Unreachable
from benchmarks.load.fill import PAGE, PASSWORD, SLUG, Cast, Refill, fill
from benchmarks.load.rater import Rater, Refused, Timing
from benchmarks.load.recording import Plan, plan_of
from benchmarks.load.replay import Replayed, replay
from benchmarks.load.stage import ROOT, Stage

WARM_UP_SECONDS = 3.0
SLOWEST = 6
PROFILED_LOOPS = 400
PER_CENTS = (50, 95, 99)
RESERVE_PER_SECOND, RESERVE_LEAST = 2_000, 5_000  # solutions, for what is labelled over HTTP and by the SQL alone


class Worker(threading.Thread):
    """One rater labelling without a pause."""

    def __init__(self, stage: Stage, name: str, seed: int) -> None:
        super().__init__(name=name)
        self.rater = Rater(Browser(stage.port), campaign=SLUG, seed=seed)
        self.errors: list[str] = []
        self.end = 0.0
        self.processor_seconds = 0.0

    def sign_in(self) -> None:
        self.rater.browser.sign_in(username=self.name, password=PASSWORD, page=PAGE)
        self.rater.claim()

    def run(self) -> None:
        lease = None
        while time.monotonic() < self.end:
            try:
                lease = lease or self.rater.claim()
                if lease is None:
                    return  # the queue is empty, which is counted
                judgement = self.rater.judge(lease)
                self.rater.save_draft(lease, judgement)
                lease = self.rater.submit(lease, judgement)
            except (Refused, Unreachable) as error:
                self.errors.append(str(error))
                lease = None
        self.processor_seconds = time.thread_time()


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=32, help="raters at once (32)")
    parser.add_argument("--seconds", type=float, default=60, help="of the window that is measured (60)")
    parser.add_argument("--items", type=int, default=20_000, help="queued (20000)")
    parser.add_argument("--overlap", type=int, default=1, help="raters an item (1)")
    parser.add_argument("--profile", action="store_true", help="tell as well where a web worker's time goes")


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    with Stage() as stage:
        reserve = int(RESERVE_PER_SECOND * chosen.seconds) + RESERVE_LEAST
        cast = fill(stage, items=chosen.items, reserve=reserve, overlap=chosen.overlap, raters=chosen.clients)
        plan = plan_of(SLUG, cast.loggers)
        workers = _signed_in(stage, cast)
        with Refill(stage, cast, overlap=chosen.overlap):
            figures = _figures(stage, plan, workers, chosen.seconds)
            if chosen.profile:
                _profile(stage, workers[0].rater.browser)
        return {
            **figures,
            **_promises(stage, workers),
            **{name: getattr(chosen, name) for name in ("clients", "seconds", "items", "overlap")},
            **stage.settings(),
            "processors": os.cpu_count(),
        }


def _figures(stage: Stage, plan: Plan, workers: Sequence[Worker], seconds: float) -> dict[str, Any]:
    """The window over HTTP, and the SQL alone before and after it: what else the machine does may change meanwhile."""
    sessions = {worker.name: worker.rater.browser.cookies["sessionid"] for worker in workers}
    say(f"the SQL alone, {plan.statements} statements and {plan.transactions} transactions a loop …")
    before = replay(stage.dsn, plan, sessions, seconds=seconds / 6)
    say(f"{before.per_second:.0f} loops/s; {len(workers)} raters over HTTP for {seconds:g} s …")
    figures = _window(workers, seconds)
    after = replay(stage.dsn, plan, sessions, seconds=seconds / 6)
    _tell_slowest(plan, after)
    sql_alone = (before.loops + after.loops) / (before.seconds + after.seconds)
    return {
        **figures,
        "sql_alone_per_second": round(sql_alone, 1),
        "ratio": round(figures["submits_per_second"] / sql_alone, 3),
        "sql_alone_before_after": [round(before.per_second, 1), round(after.per_second, 1)],
        "sql_statements": plan.statements,
        "sql_transactions": plan.transactions,
    }


def _tell_slowest(plan: Plan, replayed: Replayed) -> None:
    waits = zip(replayed.waited, plan.steps, strict=True)
    say("what each loop waits for, the SQL alone:")
    for seconds, step in sorted(waits, key=lambda one: -one[0])[:SLOWEST]:
        say(f"  {1000 * seconds / max(1, replayed.loops):7.2f} ms  {' '.join(step.sql.split())[:100]}")


def _profile(stage: Stage, browser: Browser) -> None:
    credentials = json.dumps({"cookies": browser.cookies, "token": browser.token, "campaign": SLUG})
    command = [sys.executable, "-m", "benchmarks.load.profile", str(stage.port), str(PROFILED_LOOPS)]
    subprocess.run(command, cwd=ROOT, input=credentials, text=True, check=False)  # noqa: S603  our own module


def _signed_in(stage: Stage, cast: Cast) -> list[Worker]:
    """All raters at the labelling page with an item each, signed in by the form, a few at a time."""
    workers = [Worker(stage, name, seed) for seed, name in enumerate(cast.raters)]
    say(f"signing in {len(workers)} raters …")
    for worker in workers:
        worker.sign_in()
    return workers


def _window(workers: Sequence[Worker], seconds: float) -> dict[str, Any]:
    load = os.getloadavg()[0]
    begin = time.monotonic() + WARM_UP_SECONDS
    for worker in workers:
        worker.end = begin + seconds
        worker.start()
    for worker in workers:
        worker.join()
    timings = [one for worker in workers for one in worker.rater.timings if begin <= one.at <= begin + seconds]
    return {
        "submits_per_second": round(sum(one.kind == "submit" for one in timings) / seconds, 1),
        **_latencies("", timings),
        **_latencies("draft_", [one for one in timings if one.kind == "draft"]),
        **_latencies("submit_", [one for one in timings if one.kind == "submit"]),
        "requests": len(timings),
        "errors": sum(len(worker.errors) for worker in workers),
        "first_errors": [text for worker in workers for text in worker.errors][:3],
        "client_processor_share": round(sum(one.processor_seconds for one in workers) / (seconds + WARM_UP_SECONDS), 3),
        "machine_load_before": round(load, 2),
    }


def _latencies(prefix: str, timings: Sequence[Timing]) -> dict[str, float]:
    ordered = sorted(one.seconds for one in timings) or [0.0]
    places = {per_cent: min(len(ordered) - 1, len(ordered) * per_cent // 100) for per_cent in PER_CENTS}
    return {f"{prefix}p{per_cent}_ms": round(1000 * ordered[at], 1) for per_cent, at in places.items()}


def _promises(stage: Stage, workers: Sequence[Worker]) -> dict[str, int]:
    given = {worker.name: list(worker.rater.leases) for worker in workers}
    again = sum(worker.rater.again for worker in workers)
    with stage.connect() as connection:
        return {
            "over_overlap": checks.over_overlap(connection),
            "given_twice": checks.given_twice(connection, given) + again,
            "miscounted": checks.miscounted(connection),
            "claims": sum(map(len, given.values())),
            "claims_empty": sum(worker.rater.empty for worker in workers),
        }


def broken(result: Mapping[str, Any]) -> list[str]:
    return [
        name for name in ("errors", "over_overlap", "given_twice", "miscounted", "claims_empty") if result[name] != 0
    ]


if __name__ == "__main__":
    run("labelling", measure, options=options, broken=broken)
