"""Hostile texts on the real pages: 500 of more than 25 classes; and that the same checks see a planted hole."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from labelling.people.models import User
from tests.browser.conftest import sign_in
from tests.browser.guard import Guard
from tests.browser.hostile_texts import CLASSES, hostile_texts
from tests.factories import ItemFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEED = 5
BENIGN = "An honest step: $\\frac{1}{2} + \\frac{1}{2} = 1$ and $2 \\cdot 3 = 6$."
SHORT = 900  # characters: an answer's limit is 1,000
GROUPS = 6
ALL = {kind: [one.text for one in texts] for kind, texts in groupby(hostile_texts(SEED), key=lambda one: one.kind)}


def test_there_are_five_hundred_texts_of_twenty_five_classes() -> None:
    texts = list(hostile_texts(SEED))
    assert len({one.text for one in texts}) == len(texts) >= 500
    assert len(CLASSES) >= 25
    assert texts == list(hostile_texts(SEED))
    assert texts[0] != next(hostile_texts(SEED + 1))
    assert max(len(one.text.encode()) for one in texts) >= 100_000


@pytest.fixture
def guard(browser: Browser, site: str) -> Iterator[Guard]:
    made = Guard(browser.new_context(base_url=site), site)
    yield made
    made.close()


def queue(kinds: Sequence[str]) -> None:
    """An item a class: its texts as steps between two honest ones, as problem, as answer and as reference solution."""
    round_ = RoundFactory.create(campaign__slug="maths", campaign__show_reference_solution=True)
    for position, kind in enumerate(kinds):
        texts = ALL[kind]
        ItemFactory.create(
            round=round_,
            position=position,
            solution__steps=[BENIGN, *texts, BENIGN],
            solution__problem__text=f"Item {position} of {kind}: {texts[0]}",
            solution__problem__reference_answer=next((text for text in texts if len(text) < SHORT), "8"),
            solution__problem__reference_solution=texts[1],
        )


def labelled(guard: Guard, rater: User, kinds: Sequence[str]) -> dict[str, set[str]]:
    """What is wrong with each item's page, rating them one after the other by keys."""
    page = guard.context.new_page()
    sign_in(page, rater, to="/label/maths/")
    found = {}
    for position, kind in enumerate(kinds):
        problem = page.locator("[data-part=problemText]")
        expect(problem).to_contain_text(f"Item {position} of {kind}")
        found[kind] = look_at_item(guard, page, steps=len(ALL[kind]) + 2)
        if not rates_by_key(page):
            found[kind].add("keys rate no more")
            page.evaluate("document.querySelector('[data-part=steps] .face-negative').click()")
        page.locator("button[data-part=submit]").evaluate("button => button.click()")
    expect(page.locator("[data-part=empty]")).to_be_visible()
    return found


def rates_by_key(page: Page) -> bool:
    page.keyboard.press("1")
    try:
        expect(page.locator("[data-part=steps] > li").first.locator("[aria-pressed=true]")).to_have_count(1)
    except AssertionError:
        return False
    return True


def look_at_item(guard: Guard, page: Page, *, steps: int) -> set[str]:
    items = page.locator("[data-part=steps] > li")
    expect(items).to_have_count(steps)
    page.evaluate("document.querySelector('[data-part=solution]').open = true")
    found = guard.look(page)
    for honest in (items.first, items.last):
        try:
            expect(honest.locator(".katex")).to_have_count(2, timeout=5_000)
            expect(honest.locator(".maths-source")).to_have_count(0)
        except AssertionError:
            found.add("an honest formula was drawn otherwise")
    return found


def clean(found: dict[str, set[str]]) -> dict[str, set[str]]:
    return {kind: faults for kind, faults in found.items() if faults}


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_text_escapes_on_the_labelling_page(group: int, guard: Guard, rater: User) -> None:
    kinds = list(ALL)[group::GROUPS]
    queue(kinds)
    assert clean(labelled(guard, rater, kinds)) == {}


def planted(guard: Guard, module: str, pattern: str, replacement: str) -> None:
    """The page gets that module with a hole in it."""

    def answer(route: Route) -> None:
        fetched = route.fetch()
        text, count = re.subn(pattern, replacement, fetched.text())
        assert count == 1, f"{module} has nothing like {pattern} to plant at"
        route.fulfill(response=fetched, body=text)

    guard.context.route(re.compile(rf"/rating/{module}\.[0-9a-f]+\.js$"), answer)


def test_the_same_checks_see_a_sink_that_parses_html(guard: Guard, rater: User) -> None:
    planted(guard, "typeset", r"element\.replaceChildren\(\.\.\.nodes\)", "element.innerHTML = text")
    kinds = ["event_handler", "markup_of_the_page", "css_injection", "svg_and_mathml"]
    queue(kinds)
    found = labelled(guard, rater, kinds)
    assert clean(found).keys() == set(kinds)
    assert any("the policy was broken" in fault for fault in found["event_handler"])


def test_the_same_checks_see_formulas_that_are_trusted(guard: Guard, rater: User) -> None:
    planted(guard, "typeset", r"trust:\s*(?:false|!1)", "trust:true")
    kinds = ["href_javascript", "html_commands", "include_graphics"]
    queue(kinds)
    found = labelled(guard, rater, kinds)
    assert clean(found).keys() == set(kinds)
    assert any("<a>" in fault or "<A>" in fault for fault in found["href_javascript"])
