"""Two tabs, keys pressed without sense, and a server that fails in every way: what was submitted stands in the end.

The keys come from a seed, so that a run can be looked at again; the timing of a browser does not, hence among the slow.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment
from labelling.rounds.models import Mode
from tests.browser.at_work import LABEL, STEPS, pump, waiting
from tests.browser.conftest import sign_in
from tests.factories import AlternativeFactory, ItemFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]

PRESSES = 150
KEYS = [*"12313uufpnqw?oe", *("Enter",) * 3, "ArrowUp", "ArrowDown", "Escape", "Backspace", "s+", "x+", "b+", "reload"]
MOODS = ["fine", "fine", "fine", "cut", "lost", "busy", "forbidden", "out of date"]
# What a tab puts into its outbox, from the first entry on.
HOOK = """
window.put = [];
const { setItem } = Storage.prototype;
Storage.prototype.setItem = function (key, value) {
  if (key.includes(":outbox:") && !JSON.parse(value).refused) window.put.push(value);
  return setItem.call(this, key, value);
};
"""


class Weather:
    """Between the tabs and the server."""

    def __init__(self, rnd: random.Random) -> None:
        self.rnd, self.mood = rnd, "fine"

    def __call__(self, route: Route) -> None:
        if self.mood == "busy":
            route.fulfill(status=503, body="busy")
        elif self.mood == "forbidden":
            refusal = {"error": {"code": "forbidden", "message": "Your roles do not allow this."}}
            route.fulfill(status=403, json=refusal)
        elif self.mood == "out of date" and "session" not in route.request.url:
            route.fulfill(status=403, body="<h1>CSRF</h1>")
        elif self.mood in ("cut", "lost"):
            if self.mood == "lost" and self.rnd.random() < 0.5:
                route.fetch()  # the server has it, and its answer goes astray
            route.abort("internetdisconnected")
        else:
            route.continue_()


@pytest.fixture
def items(transactional_db: None, mode: str) -> None:
    notes = "off" if mode == Mode.ALTERNATIVES else "optional"
    settings = {"mode": mode, "error_notes": notes, "skips_per_round": 3}
    round_ = RoundFactory.create(
        campaign__slug="maths", **{f"campaign__{name}": set_ for name, set_ in settings.items()}
    )
    for place in range(40):
        item = ItemFactory.create(round=round_, position=place, solution__steps=STEPS)
        before = () if mode == Mode.ALTERNATIVES else tuple(STEPS[:1])
        for text in ("One way.", "# Answer\n\n9"):
            AlternativeFactory.create(problem=item.solution.problem, before=before, text=text)


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=site)
    made.add_init_script(HOOK)
    yield made
    made.close()


def press(page: Page, key: str) -> None:
    if not key.endswith("+"):
        page.keyboard.press(key)
        return
    page.keyboard.press(key[0])
    page.wait_for_timeout(60)
    if page.locator("dialog[open] textarea").count():
        page.keyboard.type("why")
        page.keyboard.press("Control+Enter")
    elif page.locator("dialog[open] [data-part=skipYes]").count():
        page.locator("[data-part=skipYes]").click()


def play(tabs: list[Page], weather: Weather, keep: Callable[[Page], None]) -> None:
    rnd = weather.rnd
    for _ in range(PRESSES):
        page, key = rnd.choice(tabs), rnd.choice(KEYS)
        if rnd.random() < 0.12:
            weather.mood = rnd.choice(MOODS)
        if key == "reload":
            keep(page)
            page.reload()
        else:
            press(page, key)
        page.wait_for_timeout(rnd.choice([0, 0, 20, 60, 200]))
        if page.locator("dialog[open]").count() and rnd.random() < 0.8:
            page.keyboard.press("Escape")


@pytest.mark.parametrize("mode", Mode.values)
@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_pressed_the_last_word_stands(
    seed: int, mode: str, items: None, context: BrowserContext, rater: User
) -> None:
    weather = Weather(random.Random(f"{mode} {seed}"))
    faults: list[str] = []
    put: list[dict[str, Any]] = []
    tabs = [context.new_page() for _ in range(2)]
    for page in tabs:
        page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(tabs[0], rater, to=LABEL)
    tabs[1].goto(LABEL)
    context.route("**/api/**", weather)

    def keep(page: Page) -> None:
        put.extend(json.loads(one) for one in page.evaluate("window.put"))

    play(tabs, weather, keep)
    weather.mood = "fine"
    for page in tabs:
        page.evaluate("for (const event of ['online', 'focus']) dispatchEvent(new Event(event))")
    pump(tabs[0], lambda: waiting(tabs[0]) == 0, what="an empty outbox")
    for page in tabs:
        page.wait_for_timeout(1500)
        keep(page)
    assert faults == []
    gone = {str(key) for key in Assignment.objects.filter(state="skipped").values_list("pk", flat=True)}
    last = {entry["leaseId"]: entry["body"]["uuid"] for entry in sorted(put, key=lambda entry: entry["at"])}
    stands = {str(one.assignment_id): str(one.uuid) for one in Annotation.objects.filter(replaced_by=None)}
    assert last
    assert stands == {lease: uuid for lease, uuid in last.items() if lease not in gone}
    done = f"Done: {Annotation.objects.filter(version=1).count()}"
    for page in tabs:
        page.reload()
        expect(page.locator("[data-part=done]")).to_have_text(done)
