"""A rater writes to the lead and reads the answer; reports a shown answer; changes the keys: all by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from labelling.corpus.models import ReferenceDecision
from labelling.people.models import User
from labelling.rating.models import Annotation, KeyMap, LeadQuestion, ReferenceReport
from tests.browser.conftest import sign_in
from tests.factories import ItemFactory, RoundFactory
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LABEL = "/label/maths/"


@pytest.fixture
def items(transactional_db: None) -> None:
    round_ = RoundFactory.create(campaign__slug="maths", campaign__name="Grade school maths")
    for position in range(4):
        ItemFactory.create(round=round_, position=position, solution__problem__text=f"Number {position}: is $2$ it?")


def begin(page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    expect(page.locator("[aria-current=step]")).to_be_visible()


def notice(page: Page, words: str) -> None:
    expect(page.locator("[data-part=notice]")).to_contain_text(words)


@pytest.fixture
def desk(browser: Browser, site: str, lead: User) -> Iterator[Page]:
    """The lead's own browser."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    sign_in(page, lead, to="/campaigns/maths/questions/")
    yield page
    context.close()


def test_a_question_is_asked_answered_and_read_by_keys(items: None, page: Page, desk: Page, rater: User) -> None:
    begin(page, rater)
    page.keyboard.press("3")
    page.keyboard.press("q")
    dialog = page.get_by_role("dialog", name="Ask the lead")
    expect(dialog.get_by_label("Your words")).to_be_focused()
    expect(dialog.get_by_label("About")).to_have_value("1")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Please write what it is.")
    page.keyboard.type("Is 1 + 1 one step?")
    page.keyboard.press("Escape")
    expect(page.locator("[aria-current=step]")).to_be_focused()
    page.keyboard.press("q")
    page.keyboard.press("Control+Enter")
    notice(page, "Your lead has it now.")
    asked = LeadQuestion.objects.get()
    assert (asked.text, asked.step, asked.kind) == ("Is 1 + 1 one step?", 1, "question")

    desk.reload()
    desk.get_by_label("Answer", exact=True).focus()
    desk.keyboard.type("It is one.")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Answered. The rater finds it")).to_be_visible()

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when the rater comes back to the tab
    notice(page, "Your lead has answered")
    new = page.get_by_role("link", name=re.compile("Answers"))
    expect(new).to_contain_text("1")
    new.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is one.")).to_be_visible()
    wait_until(lambda: LeadQuestion.objects.get().read_at is not None, what="the answer's being read")
    expect(page.locator("[data-unread]")).to_be_hidden()


def test_a_badly_split_step_is_named_with_its_step(items: None, page: Page, rater: User) -> None:
    begin(page, rater)
    page.get_by_role("button", name="Ask the lead").click()
    dialog = page.get_by_role("dialog", name="Ask the lead")
    dialog.get_by_label("A badly split step").check()
    dialog.get_by_label("About").select_option("")
    dialog.get_by_label("Your words").fill("Two in one.")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_have_text("Please say which step.")
    dialog.get_by_label("About").select_option("2")
    dialog.get_by_role("button", name="Send").click()
    notice(page, "Your lead has it now.")
    assert (LeadQuestion.objects.get().kind, LeadQuestion.objects.get().step) == ("split", 2)


# The modules that an idle moment has brought.
BROUGHT = """() => performance.getEntriesByType("resource").filter(({ name, responseEnd }) =>
  responseEnd && /\\/(beside|dialogs|letters|mail|watch)\\./.test(name)).length >= 5"""


def test_a_question_without_a_network_survives_the_tab_and_goes_out_once(items: None, page: Page, rater: User) -> None:
    begin(page, rater)
    page.wait_for_function(BROUGHT)
    page.context.set_offline(True)
    page.keyboard.press("q")
    page.keyboard.type("Anybody there?")
    page.keyboard.press("Control+Enter")
    notice(page, "kept on this machine")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    again = page.context.new_page()
    page.close()
    page.context.set_offline(False)
    again.goto(LABEL)
    wait_until(lambda: LeadQuestion.objects.count() == 1, what="the waiting question")
    wait_until(lambda: Annotation.objects.count() == 1, what="the waiting submit")
    again.reload()
    expect(again.locator("[aria-current=step]")).to_be_visible()
    assert LeadQuestion.objects.get().text == "Anybody there?"


def test_a_shown_answer_is_reported_and_the_rater_goes_on(items: None, page: Page, desk: Page, rater: User) -> None:
    begin(page, rater)
    page.keyboard.press("w")
    dialog = page.get_by_role("dialog", name="The shown answer looks wrong")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Please give a reason.")
    page.keyboard.type("It is 9.")
    page.keyboard.press("Control+Enter")
    notice(page, "Your lead has it now.")
    assert (ReferenceReport.objects.get().note, ReferenceReport.objects.get().shown) == ("It is 9.", "8")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=problemText]")).to_contain_text("Number 1")
    desk.goto("/campaigns/maths/references/")
    expect(desk.get_by_text("It is 9.")).to_be_visible()
    desk.keyboard.press("a")
    expect(desk.get_by_text("Nothing waits for a decision")).to_be_visible()
    assert ReferenceDecision.objects.get().kind == "confirmed"


def change(page: Page, action: str, key: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{action}: .*Change it")).first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press(key)


def test_a_rater_moves_1_2_3_to_a_s_d_and_labels_with_them_on_any_machine(
    items: None, page: Page, browser: Browser, site: str, rater: User
) -> None:
    begin(page, rater)
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the keys").press("Enter")
    dialog = page.get_by_role("dialog", name="Change the keys")
    change(page, "Negative", "a")
    change(page, "Neutral", "s")
    expect(dialog.get_by_role("alert")).to_have_text("s is used by Skip.")
    page.keyboard.press("F2")
    expect(dialog.get_by_role("alert")).to_contain_text("needed otherwise")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    change(page, "Skip", "z")
    change(page, "Neutral", "s")
    change(page, "Positive", "d")
    dialog.get_by_role("button", name="Save").press("Enter")
    notice(page, "Your keys are saved.")
    assert KeyMap.objects.get(rater=rater).keys["positive"] == ["d"]
    expect(page.locator("[data-part=skip] kbd")).to_have_text("z")
    expect(page.locator(".face-positive").first).to_have_attribute("title", "Positive (d)")
    for key in "dsa":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    wait_until(Annotation.objects.exists, what="the annotation")
    assert Annotation.objects.get().step_ratings == [1, 0, -1]

    other = browser.new_context(base_url=site).new_page()
    begin(other, rater)
    other.keyboard.press("3")
    expect(other.locator("[aria-pressed=true].face")).to_have_count(0)
    other.keyboard.press("d")
    expect(other.locator("[data-part=steps] .face[aria-pressed=true]")).to_have_count(1)
    other.keyboard.press("?")
    expect(other.get_by_role("row", name=re.compile("Positive: true")).locator("kbd")).to_have_text("d")
    other.get_by_role("button", name="Change the keys").press("Enter")
    other.get_by_role("button", name="Back to the first keys").press("Enter")
    other.get_by_role("button", name="Save").press("Enter")
    notice(other, "Your keys are saved.")
    assert not KeyMap.objects.exists()
    other.keyboard.press("3")
    expect(other.locator("[data-part=steps] .face[aria-pressed=true]")).to_have_count(2)
    other.context.close()


def test_what_is_typed_while_a_dialog_is_on_its_way_rates_nothing(items: None, page: Page, rater: User) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(1_000)
        route.continue_()

    page.route(re.compile("dialogs"), slowly)
    begin(page, rater)
    for key in "x123":
        page.keyboard.press(key)
    expect(page.get_by_role("dialog", name="Give up on this item")).to_be_visible()
    expect(page.locator("[data-part=steps] .face[aria-pressed=true]")).to_have_count(0)


def test_reasons_are_required_escape_goes_back_and_what_was_typed_stays(items: None, page: Page, rater: User) -> None:
    begin(page, rater)
    for key, name in (("x", "Give up on this item"), ("b", "Report a bad problem")):
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog.get_by_label("Reason")).to_be_focused()
        page.keyboard.press("Control+Enter")
        expect(dialog.get_by_role("alert")).to_have_text("Please give a reason.")
        expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
        page.keyboard.type("Because")
        page.keyboard.press("Escape")
        expect(page.locator("[aria-current=step]")).to_be_focused()
        page.keyboard.press(key)
        expect(dialog.get_by_label("Reason")).to_have_value("Because")
        page.keyboard.press("Escape")
    assert not Annotation.objects.exists()
