"""What is measured on the labelling page, by the page's own clock; each measure in a fresh browser context."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.screen.cast import Show
from benchmarks.screen.chromium import Traffic, signed_in

POSITIVE, SUBMIT = "3", "Enter"
KEY_PAUSE_MS = 40  # a fast hand
UNTOLD_MS = 16.0  # the Event Timing API tells of no shorter ones: each counts as this
SETTLE_MS = 400


@dataclass
class FirstStep:
    """Milliseconds from the navigation's start to the first step's paint, and what one cold page fetches."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)


@dataclass
class Keys:
    """Milliseconds from a key press to its paint, and from an item's last key to the next item's paint."""

    rating: list[float] = field(default_factory=list)
    next_item: list[float] = field(default_factory=list)
    presses_per_item: list[int] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)


class Screen:
    """A browser, the product's port, and the cookies of a rater."""

    def __init__(self, browser: Browser, port: int, state: Any) -> None:
        self.browser, self.port, self.state = browser, port, state

    def first_step(self, show: Show, *, times: int) -> FirstStep:
        """Cold: an empty cache each time. Warm: the third visit, as browsers keep compiled what they meet again."""
        found = FirstStep()
        for _ in range(times):
            with signed_in(self.browser, self.port, self.state) as context:
                page, found.traffic = context.new_page(), Traffic()
                found.traffic.follow(page)
                found.cold.append(_opened(page, show))
                page.wait_for_load_state("networkidle")
                visits = [_opened(context.new_page(), show) for _ in range(2)]
                found.warm.append(visits[-1])
        return found

    def keys(self, show: Show, *, items: int, slower: float = 1) -> Keys:
        """Rate all steps of some items; ``slower`` throttles the processor."""
        found = Keys()
        with signed_in(self.browser, self.port, self.state) as context:
            page = context.new_page()
            session = found.traffic.follow(page)
            _opened(page, show)
            page.wait_for_load_state("networkidle")
            _slow_down(session, slower)
            for number in range(1, items + 1):
                _rate(page, show, found, number)
            page.wait_for_timeout(SETTLE_MS)
            told = page.evaluate("benchmarkSeen.keys")
            found.rating = [*told, *[UNTOLD_MS] * (sum(found.presses_per_item) - len(told))]
        return found


def _opened(page: Page, show: Show) -> float:
    page.goto(show.page, wait_until="commit")
    return float(page.evaluate("benchmarkSeen.until(1)")["at"])


def _slow_down(session: CDPSession, factor: float) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": factor})


def _rate(page: Page, show: Show, found: Keys, number: int) -> None:
    presses = [POSITIVE] * show.steps + ([] if show.auto_submit else [SUBMIT])
    for key in presses:
        page.wait_for_timeout(KEY_PAUSE_MS)
        page.keyboard.press(key)
    found.presses_per_item.append(len(presses))
    found.next_item.append(page.evaluate("count => benchmarkSeen.until(count)", number + 1)["afterKey"])


def per_cent(values: Sequence[float], share: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1)
