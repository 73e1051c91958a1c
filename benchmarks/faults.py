"""Raters labelling while web, Celery worker, Redis and PostgreSQL are killed by ``kill -9``, again and again.

The product runs as ``make serve`` runs it; its own supervisor and keeper start again what died. The raters' clients
try again as the page does, the same submit with the same UUID. Afterwards every acknowledged submit must be in the
database exactly once as it was sent, no lease stuck, no item beyond its overlap, nobody signed out.
"""

import argparse
import itertools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kit import run, say
from benchmarks.load import checks
from benchmarks.load.browser import Browser, SignInFailed, Unreachable
from benchmarks.load.fill import PAGE, PASSWORD, SLUG, Cast, fill
from benchmarks.load.killing import Killer
from benchmarks.load.rater import GaveUp, Lease, Rater, Refused, Retries
from benchmarks.load.stage import Stage

OVERLAP = 2
LEASE_MINUTES = 1
LEAVERS = 6  # raters who take an item and never come back: their leases must not be stuck
ITEMS_PER_SECOND, ITEMS_LEAST = 150, 2_000
ROUND_SECONDS = 45.0  # of the run for each round of kills
KINDS = 4
GRACE_SECONDS = 90.0  # after the last kill, for what is still being sent
SWEEP_SECONDS = 60.0  # how often leases are swept
STUCK_AFTER_SECONDS = 60 * LEASE_MINUTES + SWEEP_SECONDS + 20
SIGNED_OUT = (401, 403)


class Worker(threading.Thread):
    """A rater labelling without a pause, trying again as the page does.

    ``acknowledged``: submits that were answered, as sent, by UUID; ``times``: when. ``refused``: answers that no retry
    would mend, of which there may be none.
    """

    def __init__(self, stage: Stage, name: str, seed: int) -> None:
        super().__init__(name=name)
        self.rater = Rater(Browser(stage.port), campaign=SLUG, seed=seed)
        self.retries = Retries(self.rater.chance, over=lambda: time.monotonic() > self.end + GRACE_SECONDS)
        self.end = float("inf")
        self.acknowledged: dict[str, Lease] = {}
        self.times: list[float] = []
        self.refused: list[Refused] = []
        self.unfinished = 0

    def sign_in(self) -> None:
        self.rater.browser.sign_in(username=self.name, password=PASSWORD, page=PAGE)

    def run(self) -> None:
        lease: Lease | None = None
        while time.monotonic() < self.end:
            try:
                lease = lease or self.retries.run(self.rater.claim)
                if lease is None:
                    return  # the queue is empty, which is counted
                lease = self._judge(lease)
            except Refused as refusal:
                self.refused.append(refusal)
                lease = None
            except GaveUp:
                self.unfinished += 1

    def _judge(self, lease: Lease) -> Lease | None:
        judgement = self.rater.judge(lease)
        self.retries.run(lambda: self.rater.save_draft(lease, judgement))
        following = self.retries.run(lambda: self.rater.submit(lease, judgement))
        self.acknowledged[judgement["uuid"]] = judgement
        self.times.append(time.monotonic())
        return following

    def is_signed_in(self) -> bool:
        try:
            self.rater.browser.open_page(PAGE)
        except (SignInFailed, Unreachable) as error:
            say(f"{self.name}: {error}")
            return False
        return not any(refusal.status in SIGNED_OUT for refusal in self.refused)


class Leaver(Worker):
    """Takes an item and is not seen again."""

    def run(self) -> None:
        self.retries.run(self.rater.claim)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=16, help="raters at once (16)")
    parser.add_argument("--seconds", type=float, default=180, help="of labelling, with kills all along (180)")


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    rounds = max(1, int(chosen.seconds // ROUND_SECONDS))
    items = int(ITEMS_PER_SECOND * chosen.seconds) + ITEMS_LEAST
    with Stage() as stage:
        people = chosen.clients + LEAVERS
        cast = fill(stage, items=items, reserve=0, overlap=OVERLAP, raters=people, lease_minutes=LEASE_MINUTES)
        killer = Killer(stage)
        workers, leavers = _signed_in(stage, cast, chosen.clients)
        begun = time.monotonic()
        _label_under_fire(killer, workers, leavers, kills=rounds * KINDS, seconds=chosen.seconds)
        seconds = time.monotonic() - begun
        return {
            **_found(stage, workers, leavers),
            "kills": dict(killer.kills),
            "kinds_killed_enough": sum(count >= rounds for count in killer.kills.values()),
            "longest_until_restarted_s": killer.back,
            "longest_without_an_acknowledged_submit_s": _longest_gap(workers, begun),
            "retries": sum(worker.retries.failures for worker in workers),
            "clients": chosen.clients,
            "seconds": round(seconds, 1),
            "overlap": OVERLAP,
            **stage.settings(),
        }


def _signed_in(stage: Stage, cast: Cast, clients: int) -> tuple[list[Worker], list[Worker]]:
    say(f"signing in {len(cast.raters)} raters …")
    makers = [Worker] * clients + [Leaver] * LEAVERS
    everybody = [make(stage, name, at) for at, (make, name) in enumerate(zip(makers, cast.raters, strict=True))]
    for one in everybody:
        one.sign_in()
    return everybody[:clients], everybody[clients:]


def _label_under_fire(
    killer: Killer, workers: Sequence[Worker], leavers: Sequence[Worker], *, kills: int, seconds: float
) -> None:
    """Kills evenly over the time; leavers come one after the other in between."""
    begun = time.monotonic()
    for worker in workers:
        worker.end = begun + seconds
        worker.start()
    coming = list(leavers)
    for at, (kind, find) in zip(range(1, kills + 1), killer.plan(), strict=False):
        time.sleep(max(0.0, begun + at * seconds / (kills + 1) - time.monotonic()))
        if coming:
            coming.pop().start()
        killer.kill(kind, find)
    for leaver in coming:
        leaver.start()
    for worker in (*workers, *leavers):
        worker.end = min(worker.end, time.monotonic() + seconds)
        worker.join()


def _found(stage: Stage, workers: Sequence[Worker], leavers: Sequence[Worker]) -> dict[str, Any]:
    """What became of the promises, once all leases have had their time to run out."""
    signed_out = sum(not one.is_signed_in() for one in (*workers, *leavers))
    sent = {key: judgement for worker in workers for key, judgement in worker.acknowledged.items()}
    refused = [refusal for one in (*workers, *leavers) for refusal in one.refused]
    for refusal in refused[:5]:
        say(str(refusal))
    with stage.connect() as connection:
        return {
            "acknowledged": len(sent),
            "lost": checks.lost(connection, {key: json.dumps(judgement) for key, judgement in sent.items()}),
            "duplicated": checks.duplicated(connection),
            "stuck_leases": checks.stuck_leases(connection, patience=STUCK_AFTER_SECONDS),
            "over_overlap": checks.over_overlap(connection),
            "signed_out": signed_out,
            "miscounted": checks.miscounted(connection),
            "refused": len(refused),
            "unfinished": sum(one.unfinished for one in (*workers, *leavers)),
            "claims_empty": sum(one.rater.empty for one in (*workers, *leavers)),
            "given_twice": sum(worker.rater.again for worker in workers),
        }


def _longest_gap(workers: Sequence[Worker], begun: float) -> float:
    times = sorted([begun, *(at for worker in workers for at in worker.times)])
    return round(max((after - before for before, after in itertools.pairwise(times)), default=0.0), 1)


def broken(result: Mapping[str, Any]) -> list[str]:
    promises = ("lost", "duplicated", "stuck_leases", "over_overlap", "signed_out", "miscounted", "refused")
    wrong = [name for name in (*promises, "unfinished", "claims_empty", "given_twice") if result[name] != 0]
    if result["kinds_killed_enough"] < KINDS:
        wrong.append("kills")
    return wrong + ["acknowledged"] * (result["acknowledged"] == 0)


if __name__ == "__main__":
    run("faults", measure, options=options, broken=broken)
