"""The rater's pages in German, with no English left, and from right to left, with nothing that leaves the screen."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from annotator.messages import gathered
from labelling.people.models import User
from labelling.people.services import user_set_preferences
from labelling.rating.services import annotation_submit, guideline_acknowledge, lease_claim
from labelling.rounds.models import Campaign, Round
from labelling.rounds.publishing import guideline_publish
from tests.browser.conftest import sign_in
from tests.factories import GoldFactory, ItemFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is said by people and data here is made of words that are neither English nor German.
STEPS = ["Prima $1+1=2$.", "Deinde $\\frac{3}{4} \\cdot 8 = 6$.", "Ergo $\\boxed{6}$."]
# Words that no German sentence of ours has; "in", "an", "so", "die", "was" and the like are both.
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the of and to is are you your with for not this that it be by from on at or as if no yes page item items step "
        "steps rate rating answer answers submit skip guidelines keys history progress campaign sign out saved read",
    )
)
SAME = frozenset(("Stepmark", "Name", "Start", "Filter", "Pause", "Deutsch", "English"))  # said so in both
PHONE = {"width": 360, "height": 740}

VISIBLE = """() => {
  const shown = (element) => element.checkVisibility?.() ?? true;
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode;
    if (parent.closest("script, style, template, code, kbd, .katex, [lang=en]") || !shown(parent)) continue;
    if (data.trim()) words.push(data.trim().replace(/\\s+/g, " "));
  }
  for (const element of document.body.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (element.closest("template") || !shown(element)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      const text = element.getAttribute(name)?.trim();
      if (text) words.push(text);
    }
  }
  words.push(document.title);
  return words;
}"""


@pytest.fixture
def campaign(rater: User) -> Campaign:
    """With an item answered, some that wait, a minor change of the guidelines, and another campaign's screening."""
    round_ = RoundFactory.create(campaign__slug="maths", campaign__name="Mathesis")
    for position in range(4):
        ItemFactory.create(
            round=round_, position=position, solution__steps=STEPS, solution__problem__text=f"Quid $x^{position}$?"
        )
    first = guideline_publish(campaign=round_.campaign, body="# Leges\n\nA capite.")
    guideline_acknowledge(rater=rater, guideline=first)
    lease = lease_claim(rater=rater, campaign="maths").lease
    assert lease is not None
    steps = [{"rating": 1, "flagged": True}, {"rating": -1, "flagged": False}]
    sent = {"uuid": str(uuid.uuid4()), "steps": steps, "finish_reason": "found_error", "total_time": 61_000}
    annotation_submit(rater=rater, campaign="maths", lease=lease, data=sent)
    guideline_publish(campaign=round_.campaign, body="# Leges\n\nA fine.", change="minor", summary="Finis.")
    screened = RoundFactory.create(campaign__slug="probatio", campaign__name="Probatio").campaign
    screened.screening_required, screened.screening_items = True, 2
    screened.save()
    GoldFactory.create_batch(2, campaign=screened, screening=True)
    return round_.campaign


def pages(rater: User) -> Iterator[str]:
    answered = rater.annotations.get()
    yield from ("/", "/history/", f"/history/maths/{answered.assignment_id}/", "/progress/", "/answers/", "/account/")
    yield from ("/guidelines/maths/", "/screening/probatio/", "/explanations/maths/", "/label/maths/")
    yield from ("/accounts/password/change/", "/accounts/logout/")


def english_in(words: list[str], sources: set[str]) -> list[str]:
    """What of the words is a string of ours untranslated, or has an English word in it."""
    found = []
    for text in words:
        said = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
        if (text in sources and text not in SAME) or said & ENGLISH:
            found.append(text)
    return found


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    if address.startswith("/label/"):
        expect(page.locator("[aria-current=step]")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_no_english_is_left_on_a_german_rater_s_pages(campaign: Campaign, page: Page, rater: User) -> None:
    user_set_preferences(user=rater, language="de", time_zone="Europe/Berlin")
    sources = {form for one in gathered() for form in ([one.id] if isinstance(one.id, str) else one.id) if form}
    sources -= {form for form in sources if len(form) < 4}
    sign_in(page, rater)
    left: dict[str, list[str]] = {}
    for address in pages(rater):
        open_page(page, address)
        assert page.locator("html").get_attribute("lang") == "de"
        if found := english_in(page.evaluate(VISIBLE), sources):
            left[address] = found
    assert left == {}


def test_the_labelling_page_s_dialogs_and_notices_are_german(campaign: Campaign, page: Page, rater: User) -> None:
    user_set_preferences(user=rater, language="de", time_zone="")
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.keyboard.press("Enter")  # says why not yet
    for key, title in (
        ("?", "Tasten"),
        ("x", "aufgeben"),
        ("b", "Fehlerhafte Aufgabe"),
        ("q", "Leitung"),
        ("p", "Pause"),
    ):
        page.keyboard.press(key)
        dialog = page.locator("dialog[open]")
        expect(dialog).to_contain_text(re.compile(title, re.IGNORECASE))
        assert english_in(page.evaluate(VISIBLE), set()) == []
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_the_sign_in_page_speaks_german_to_a_german_browser(site: str, browser: Any) -> None:
    context = browser.new_context(base_url=site, locale="de-DE")
    page = context.new_page()
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    context.close()


def turned(route: Route) -> None:
    """The page as it came, but from right to left."""
    if route.request.resource_type != "document":
        return route.continue_()
    response = route.fetch()
    return route.fulfill(response=response, body=response.text().replace('dir="ltr">', 'dir="rtl">', 1))


def test_from_right_to_left_nothing_leaves_a_phone_s_screen_and_maths_runs_as_ever(
    campaign: Campaign, page: Page, rater: User
) -> None:
    sign_in(page, rater)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.route("**/*", turned)
    for address in pages(rater):
        open_page(page, address)
        assert page.locator("html").get_attribute("dir") == "rtl"
        beyond = page.evaluate(
            "() => [document.documentElement.scrollWidth - innerWidth,"
            " -Math.min(0, ...[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility()"
            " && !one.closest('.katex, .table-scroll, .maths-display, .visually-hidden')).map((one) =>"
            " one.getBoundingClientRect().left))]"
        )
        assert max(beyond) <= 1, (address, beyond)
        directions = page.evaluate(
            "() => [...document.querySelectorAll('.katex')].map((one) => getComputedStyle(one).direction)"
        )
        assert set(directions) <= {"ltr"}, address
    open_page(page, "/label/maths/")
    step = page.locator("[aria-current=step]")
    assert step.locator(".step-text").evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    number, text = step.locator(".step-number").bounding_box(), step.locator(".step-text").bounding_box()
    assert number is not None
    assert text is not None
    assert number["x"] > text["x"]  # the row is mirrored, the text in it is not


def test_words_of_two_directions_in_a_step_keep_to_themselves(page: Page, rater: User) -> None:
    round_ = RoundFactory.create(campaign__slug="maths")
    steps = ["הסכום הוא $1+1=2$.", "The sum is שתיים.", "סוף"]
    ItemFactory.create(round=round_, solution__steps=steps)
    sign_in(page, rater, to="/label/maths/")
    texts = page.locator(".step-text")
    expect(texts).to_have_count(3)
    directions = texts.evaluate_all("(all) => all.map((one) => getComputedStyle(one).direction)")
    assert directions == ["rtl", "ltr", "rtl"]
    assert page.locator(".step-number").first.evaluate("(one) => getComputedStyle(one).direction") == "ltr"


def test_a_break_stops_the_clock_and_hides_the_item(campaign: Campaign, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.get_by_role("button", name="Break").click()
    dialog = page.get_by_role("dialog", name="A break")
    expect(dialog).to_contain_text("On a break since")
    shown = page.locator("[data-part=time]").inner_text()
    page.keyboard.press("1")  # rates nothing
    page.wait_for_timeout(2500)
    assert page.locator("[data-part=time]").inner_text() == shown
    covered = page.evaluate("() => document.elementFromPoint(innerWidth / 2, 150).closest('dialog') !== null")
    assert covered
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-part=steps] [aria-pressed=true]")).to_have_count(0)
    page.mouse.move(10, 10)
    expect(page.locator("[data-part=time]")).not_to_have_text(shown)


def test_a_screening_counts_its_items_and_ends_on_its_result(campaign: Campaign, page: Page, rater: User) -> None:
    assert Round.objects.filter(campaign__slug="probatio").exists()
    sign_in(page, rater, to="/screening/probatio/")
    page.get_by_role("link", name="Start the screening").click()
    done = page.locator("[data-part=done]")
    for count in range(2):
        expect(page.locator("[aria-current=step]")).to_be_visible()
        expect(done).to_have_text(f"Screening: {count} of 2")
        for key in ("3", "3", "1", "Enter"):
            page.keyboard.press(key)
    page.wait_for_url("**/screening/probatio/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are admitted")
