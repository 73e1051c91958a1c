"""Pictures of every state and page of a rater, for a person to look at: ``make screenshots``, then open the index page.

Each state is reached as a rater reaches it (``states.py``), light and dark, on a phone, a desktop and a wide screen.
Not collected with the tests, as looking is a person's work.
"""

import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.screen.texts import LONG, mathlike
from labelling.people.models import User
from tests.browser.conftest import sign_in
from tests.browser.states import STATES, make_campaign, open_page
from tests.browser.test_accessibility import GUIDE, PAGES
from tests.factories import GuidelineVersionFactory, ItemFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

FOLDER = Path(os.environ.get("STEPMARK_SCREENSHOTS", Path(__file__).resolve().parents[2] / "var" / "screenshots"))
SIZES: dict[str, Any] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 800},
    "wide": {"width": 2200, "height": 1200},
}
SCHEMES: tuple[Any, ...] = ("light", "dark")


@pytest.fixture(scope="session", autouse=True)
def index() -> Iterator[None]:
    """An empty folder, and at the end a page that shows all that came into it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    yield
    pictures = sorted(FOLDER.glob("*.png"))
    shown = "".join(
        f'<figure><a href="{html.escape(one.name)}"><img src="{html.escape(one.name)}" height="360" loading="lazy"></a>'
        f"<figcaption>{html.escape(one.stem)}</figcaption></figure>"
        for one in pictures
    )
    style = "body{display:flex;flex-wrap:wrap;gap:1rem;font:14px sans-serif}figure{margin:0}img{border:1px solid #999}"
    text = f"<!doctype html><meta charset=utf-8><title>Screenshots</title><style>{style}</style>{shown}"
    (FOLDER / "index.html").write_text(text, encoding="utf-8")


def pictures(page: Page, name: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size, measures in SIZES.items():
            page.set_viewport_size(measures)
            page.wait_for_timeout(100)
            page.screenshot(path=FOLDER / f"{name}-{scheme}-{size}.png")


@pytest.mark.parametrize("state", STATES)
def test_state(state: str, transactional_db: None, page: Page, rater: User) -> None:
    make_campaign(state)
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.goto("/label/maths/")  # without the greeting
    expect(page.locator("[aria-current=step]")).to_be_visible()
    STATES[state](page)
    pictures(page, f"label-{state}")
    page.context.set_offline(False)


@pytest.mark.parametrize("steps", [10, LONG])
def test_long(steps: int, transactional_db: None, page: Page, rater: User) -> None:
    text = mathlike(7, steps=steps)
    round_ = RoundFactory.create(campaign__slug="maths", campaign__name="Algebra")
    ItemFactory.create(round=round_, solution__steps=list(text.steps), solution__problem__text=text.problem)
    sign_in(page, rater, to="/label/maths/")
    page.goto("/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    for _ in range(steps // 2):
        page.keyboard.press("3")
    pictures(page, f"label-of-{steps}-steps")


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, transactional_db: None, page: Page, rater: User) -> None:
    campaign = make_campaign()
    GuidelineVersionFactory.create(campaign=campaign, body=GUIDE)
    open_page(page, name, campaign, rater)
    pictures(page, f"page-{name}")
