"""A real Chromium on the product, its traffic counted as it goes over the wire."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.kit import Skipped
from benchmarks.load.browser import HOST
from benchmarks.screen.cast import PASSWORD, RATER

WATCH = Path(__file__).with_name("watch.js")
QUIET = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PATIENCE_MS = 30_000


@contextmanager
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise Skipped("needs Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=os.geteuid() != 0, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def sign_in(browser: Browser, port: int) -> Any:
    """By the form; the cookies, for contexts that are signed in and have an empty cache."""
    context = browser.new_context(base_url=f"http://{HOST}:{port}")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(RATER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def signed_in(browser: Browser, port: int, state: Any) -> Iterator[BrowserContext]:
    """A context with an empty cache, watched from the first byte on."""
    context = browser.new_context(base_url=f"http://{HOST}:{port}", storage_state=state)
    context.add_init_script(path=WATCH)
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        context.close()


@dataclass
class Traffic:
    """What a page fetches: requests made, bytes over the wire, and the unpacked bytes of each file."""

    requests: int = 0
    transferred: int = 0
    unpacked: dict[str, int] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    def follow(self, page: Page) -> CDPSession:
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.dataReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")
        return session

    def own_bytes(self) -> int:
        """Scripts and styles written here, unpacked: every file once."""
        return sum(size for path, size in self.unpacked.items() if is_own(path))

    def _asked(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.requests += 1
            self._urls[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def _received(self, event: dict[str, Any]) -> None:
        path = self._urls.get(event["requestId"])
        if path is not None:
            self.unpacked[path] = self.unpacked.get(path, 0) + event["dataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.transferred += int(event["encodedDataLength"])


def is_own(path: str) -> bool:
    return path.startswith("/static/") and "/vendor/" not in path and path.endswith((".js", ".css"))
