"""A real Chromium against the real web server, on the test's own database."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from labelling.people.models import User
from labelling.people.services import user_set_password
from tests.processes import Processes

# Playwright's event loop runs in the test's thread, where Django would take the ORM for async use.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

expect.set_options(timeout=20_000)  # a slow moment of a shared machine is no fault of the page

QUIET = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: `make test` installs it with apt-get where it may.")
        pytest.skip("needs Chromium, which is not installed here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        sandbox = os.geteuid() != 0
        running = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=sandbox, args=QUIET)
        yield running
        connections.close_all()  # while Playwright's loop runs, Django keeps connections apart from the others
        running.close()


@pytest.fixture
def site(processes: Processes) -> str:
    return processes.web()


def _is_fault(message: ConsoleMessage) -> bool:
    """Errors of the console, but for the network being away and conflicts, which tests bring about."""
    return message.type == "error" and not any(word in message.text for word in ("ERR_INTERNET_DISCONNECTED", "409"))


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A fresh page; the test fails on any script error or refused resource, the CSP's refusals among them."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    yield page
    context.close()
    assert faults == []


def sign_in(page: Page, user: User, *, to: str = "/") -> None:
    """By keyboard alone."""
    user_set_password(user=user, password=PASSWORD)
    page.goto(f"/accounts/login/?next={to}")
    page.locator("input[name=login]").focus()
    page.keyboard.type(user.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
