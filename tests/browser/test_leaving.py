"""What a rater's page keeps and says when something comes between: a break, a reload, a lost role, a sign-out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from labelling.people.models import Membership, Role, User
from labelling.rating.models import Annotation, LeadQuestion
from labelling.rounds.models import Campaign
from tests.browser.at_work import LABEL, STEPS, on_screen, pump, waiting
from tests.browser.conftest import sign_in
from tests.factories import AlternativeFactory, GoldFactory, ItemFactory, RoundFactory
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = "\x00\u202e<img src=x onerror=\"document.title='owned'\"> $\\href{javascript:alert(1)}{x}$ \u2028 {message}"


@pytest.fixture
def campaign(transactional_db: None) -> Campaign:
    round_ = RoundFactory.create(campaign__slug="maths", campaign__error_notes="optional", campaign__skips_per_round=3)
    for place in range(5):
        text = f"Number {place}: what is it?"
        ItemFactory.create(round=round_, position=place, solution__problem__text=text, solution__steps=STEPS)
    found: Campaign = round_.campaign
    return found


@pytest.fixture
def tolerant(browser: Browser, site: str) -> Iterator[Page]:
    """A page that is allowed to meet refusals."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def test_a_break_goes_on_over_a_reload_until_the_rater_does(campaign: Campaign, page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("p")
    rest = page.get_by_role("dialog", name="A break")
    expect(rest).to_be_visible()
    page.reload()
    expect(rest).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    expect(page.locator(".bar-time .is-idle, .bar-time.is-idle")).to_have_count(1)
    rest.get_by_role("button", name="Go on").click()
    page.reload()
    on_screen(page, 0)
    page.keyboard.press("3")
    expect(page.locator("[data-part=steps] [aria-pressed=true]")).to_have_count(1)
    expect(rest).to_be_hidden()


def test_words_that_cannot_be_stored_are_put_right_and_hostile_ones_are_texts(
    campaign: Campaign, page: Page, rater: User
) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("q")
    words = page.get_by_label("Your words")
    expect(words).to_be_focused()
    words.evaluate("(field, text) => { field.value = `${text} \\ud800!`; }", HOSTILE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-part=notice]")).to_contain_text("Your lead has it now")
    assert LeadQuestion.objects.get().text.startswith("\u202e<img")
    assert LeadQuestion.objects.get().text.endswith("\ufffd!")
    page.keyboard.press("x")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.evaluate("(field, text) => { field.value = text; }", HOSTILE)
    page.keyboard.press("Control+Enter")
    on_screen(page, 1)
    wait_until(Annotation.objects.exists, what="the annotation")
    assert Annotation.objects.get().reason == HOSTILE.replace("\x00", "")
    page.reload()
    on_screen(page, 1)
    page.keyboard.press("u")
    on_screen(page, 0)
    said = page.locator("[data-part=said]")
    expect(said).to_contain_text("You gave up on it:")
    expect(said).to_contain_text("{message}")
    assert said.locator("*").count() == 0
    page.keyboard.press("x")
    expect(reason).to_have_value(HOSTILE.replace("\x00", ""))
    page.get_by_role("button", name="Cancel").click()
    page.keyboard.press("Escape")
    on_screen(page, 1)
    assert "owned" not in page.title()


def test_hostile_words_in_a_note_are_texts_wherever_they_show(campaign: Campaign, page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("1")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("logic", exact=False).first.check()
    for label in ("Explanation", "The step put right"):
        dialog.get_by_label(label).evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }",
            HOSTILE,
        )
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("<img src=x")
    assert preview.locator("img, script, a").count() == 0
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("button.note")).to_contain_text("<img src=x")
    expect(page.locator("[data-part=status]")).to_contain_text("Saved")
    page.keyboard.press("Enter")
    on_screen(page, 1)
    wait_until(Annotation.objects.exists, what="the annotation")
    (note,) = Annotation.objects.get().notes
    assert note["explanation"] == note["corrected"] == HOSTILE.replace("\x00", "")
    page.keyboard.press("u")
    on_screen(page, 0)
    expect(page.locator("button.note")).to_contain_text("<img src=x")
    assert "owned" not in page.title()


def test_who_may_not_label_any_more_is_told_and_goes_on_once_allowed(
    campaign: Campaign, tolerant: Page, rater: User
) -> None:
    sign_in(tolerant, rater, to=LABEL)
    on_screen(tolerant, 0)
    Membership.objects.filter(user=rater).update(role=Role.REVIEWER)
    for number in range(4):
        on_screen(tolerant, number)
        tolerant.keyboard.press("1")
        tolerant.keyboard.press("Enter")
    expect(tolerant.get_by_role("heading", name="Your work is not taken any more")).to_be_visible()
    expect(tolerant.locator("[data-part=status]")).to_contain_text("Not taken from this account: 4")
    Membership.objects.filter(user=rater).update(role=Role.RATER)
    tolerant.get_by_role("button", name="Look again").click()
    on_screen(tolerant, 4)
    wait_until(lambda: Annotation.objects.filter(rater=rater).count() == 4, what="all four")
    pump(tolerant, lambda: waiting(tolerant) == 0, what="the last answer")


def test_signing_out_asks_about_unsent_work_and_leaves_it_for_the_next_time(
    campaign: Campaign, tolerant: Page, rater: User
) -> None:
    page = tolerant
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("3")
    expect(page.locator("[data-part=status]")).to_contain_text("Saved")
    page.route("**/submit/", lambda route: route.abort())
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    on_screen(page, 1)
    page.keyboard.press("3")
    expect(page.locator("[data-part=status]")).to_contain_text("Waiting to be sent: 1")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("button", name="Sign out").click()
    on_screen(page, 1)
    assert len(asked) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: LABEL not in url)
    assert (len(asked), waiting(page), Annotation.objects.count()) == (2, 1, 0)
    page.unroute("**/submit/")
    sign_in(page, rater, to=LABEL)
    on_screen(page, 1)
    expect(page.locator("[data-part=steps] [aria-pressed=true]")).to_have_count(1)
    wait_until(Annotation.objects.exists, what="the submit that waited")
    assert Annotation.objects.get().step_ratings == [1, -1]


def test_undo_goes_on_in_a_run_that_was_left(transactional_db: None, page: Page, rater: User) -> None:
    round_ = RoundFactory.create(campaign__slug="maths", campaign__mode="alternatives")
    item = ItemFactory.create(round=round_, solution__steps=STEPS)
    for text in ("Guess $7$.", "Halve it: $2$.", "Add $2 + 2$."):
        AlternativeFactory.create(problem=item.solution.problem, before=(), text=text)
    sign_in(page, rater, to=LABEL)
    pressed = page.locator(".candidates [aria-pressed=true]")
    expect(page.locator(".candidates li")).to_have_count(3)
    page.keyboard.press("1")
    page.keyboard.press("3")
    expect(page.locator("[data-part=status]")).to_contain_text("Saved")
    page.reload()
    expect(pressed).to_have_count(2)
    for left in (1, 0):
        page.keyboard.press("u")
        expect(pressed).to_have_count(left)


def test_a_notice_of_no_connection_goes_when_it_is_back(campaign: Campaign, tolerant: Page, rater: User) -> None:
    page = tolerant
    page.route("**/beside.*.js", lambda route: route.abort())
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("s")
    notice = page.locator("[data-part=notice]")
    expect(notice).to_contain_text("no connection")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(notice).to_be_empty()


def test_a_screening_from_the_start_page_to_a_second_try(transactional_db: None, page: Page, rater: User) -> None:
    campaign = RoundFactory.create(campaign__slug="maths", campaign__name="Grade school").campaign
    campaign.screening_required, campaign.screening_items, campaign.screening_tries = True, 2, 2
    campaign.save()
    ItemFactory.create(round=campaign.rounds.get(), solution__problem__text="Number 9: what is it?")
    GoldFactory.create_batch(4, campaign=campaign, screening=True)
    sign_in(page, rater)
    page.get_by_role("link", name="To the screening").click()
    page.get_by_role("link", name="Start the screening").click()
    for keys in ("1", "331"):  # the first error is at the third step
        screen(page, keys)
    page.wait_for_url("**/screening/maths/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The screening was not passed")
    expect(page.get_by_text("1 of 2 right (50 %)")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text("1 of 2 right")
    page.get_by_role("link", name="Result and next steps").click()
    page.get_by_role("button", name="Try the screening again").click()
    for keys in ("331", "331"):
        screen(page, keys)
    page.wait_for_url("**/screening/maths/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are admitted")
    page.get_by_role("link", name="Start labelling").click()
    on_screen(page, 9)


def screen(page: Page, keys: str) -> None:
    """Answer the screening's item on screen."""
    expect(page.locator("[aria-current=step]")).to_be_visible()
    expect(page.locator("[data-part=steps] [aria-pressed=true]")).to_have_count(0)
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
