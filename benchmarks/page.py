"""The labelling page in a real Chromium: how soon its first step can be read, what it fetches, how fast keys answer.

The product runs as ``make serve`` runs it, on embedded servers of its own; everything over loopback.
"""

import argparse
from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.kit import run, say
from benchmarks.load.stage import Stage
from benchmarks.screen.cast import Show, make_cast
from benchmarks.screen.chromium import chromium, sign_in
from benchmarks.screen.measures import FirstStep, Keys, Screen, per_cent
from benchmarks.screen.texts import LONG, TEN

BUDGETS = {"transferred_bytes": 500_000, "own_bytes": 80_000, "requests": 30}  # of no machine's speed
KEYS = 200
SLOWER = 4
SPARE = 6  # items that are leased ahead or left open


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=5, help="visits that the medians are of (5)")
    parser.add_argument("--keys", type=int, default=KEYS, help="key presses that the shares are of (200)")
    parser.add_argument("--steps", type=int, default=LONG, help="of the long solution (200)")


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    with Stage() as stage:
        items = max(2, chosen.keys // TEN)
        ten, long = Show("ten", 2 * items + SPARE, TEN, auto_submit=True), Show("long", SPARE, chosen.steps)
        by_enter = Show("by-enter", 2 + SPARE, TEN)
        make_cast([ten, long, by_enter])
        with chromium() as browser:
            screen = Screen(browser, stage.port, sign_in(browser, stage.port))
            say(f"the first step, {chosen.times} times cold and warm …")
            figures = _first_step("", screen.first_step(ten, times=chosen.times))
            figures |= _first_step("long_", screen.first_step(long, times=chosen.times))
            say(f"{items} items of {TEN} steps, then one of {chosen.steps} …")
            figures |= _keys("", screen.keys(ten, items=items))
            figures |= _keys("long_", screen.keys(long, items=1))
            enter = screen.keys(by_enter, items=2)
            say(f"the same with the processor throttled {SLOWER} times …")
            figures |= _keys("throttled_", screen.keys(ten, items=items, slower=SLOWER))
            figures |= _keys("long_throttled_", screen.keys(long, items=1, slower=SLOWER))
            figures |= {"keys_for_ten_steps_with_enter": max(enter.presses_per_item)}
            return {**figures, "times": chosen.times, "chromium": browser.version}


def _first_step(prefix: str, found: FirstStep) -> dict[str, Any]:
    figures: dict[str, Any] = {
        f"{prefix}first_step_cold_ms": round(median(found.cold), 1),
        f"{prefix}first_step_warm_ms": round(median(found.warm), 1),
    }
    if not prefix:
        traffic = found.traffic
        figures |= {
            "transferred_bytes": traffic.transferred, "own_bytes": traffic.own_bytes(), "requests": traffic.requests,
        }  # fmt: skip
    return figures


def _keys(prefix: str, found: Keys) -> dict[str, Any]:
    figures: dict[str, Any] = {
        f"{prefix}key_to_paint_ms": per_cent(found.rating, 95),
        f"{prefix}key_to_paint_p50_ms": per_cent(found.rating, 50),
        f"{prefix}keys": len(found.rating),
        f"{prefix}next_problem_ms": round(median(found.next_item), 1),
        f"{prefix}next_problem_p95_ms": per_cent(found.next_item, 95),
    }
    if not prefix:
        figures |= {"session_own_bytes": found.traffic.own_bytes(), "keys_for_ten_steps": max(found.presses_per_item)}
    return figures


def broken(result: Mapping[str, Any]) -> list[str]:
    return [name for name, most in BUDGETS.items() if result[name] > most]


if __name__ == "__main__":
    run("page", measure, options=options, broken=broken)
