"""The states of the labelling page, each reached as a rater reaches it: for axe, and for pictures."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page, expect

from labelling.people.models import User
from labelling.rounds.models import Campaign, Item
from tests.browser.conftest import sign_in
from tests.factories import AlternativeFactory, AnnotationFactory, AssignmentFactory, ItemFactory, RoundFactory
from tests.people.test_access import ROUTES

STEPS = [
    "Let $x = 3$, so \\[x^2 = 9.\\]",
    "Then $\\frac{x^2}{3} = 3$ and $\\vec{a}$ is long.",
    "A broken $\\frac{1}{$ one.",
]
ITEMS = 2


def make_campaign(state: str = "") -> Campaign:
    """Two items, with all that may be shown beside them, and what this state needs."""
    settings = {f"campaign__{name}": value for name, value in SETTINGS.get(state, {}).items()}
    round_ = RoundFactory.create(
        campaign__slug="maths", campaign__name="Algebra", campaign__show_reference_solution=True, **settings
    )
    for position in range(ITEMS):
        item = ItemFactory.create(
            round=round_,
            position=position,
            solution__steps=STEPS,
            solution__problem__text=f"Number {position}: what is $x^2$ if a pen costs $5?",
            solution__problem__reference_solution="It is $9$.",
        )
        for text in ("Guess $\\frac{7}{1}$.", "Halve it: $2$.") if "mode" in SETTINGS.get(state, {}) else ():
            AlternativeFactory.create(problem=item.solution.problem, before=(), text=text)
    campaign: Campaign = round_.campaign
    return campaign


def first_view(page: Page) -> None:
    expect(page.locator("[data-part=steps] .katex").first).to_be_visible()


def all_rated(page: Page) -> None:
    for key in "323":
        page.keyboard.press(key)
    expect(page.locator("[data-part=why]")).to_be_empty()


def error_found(page: Page) -> None:
    page.keyboard.press("3")
    page.keyboard.press("1")
    expect(page.locator(".is-error")).to_have_count(1)


def unsure(page: Page) -> None:
    page.keyboard.press("f")
    expect(page.locator(".flag[aria-pressed=true]")).to_have_count(1)


def blocked(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.locator(".bar-why.is-urgent")).to_be_visible()


def help_open(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def give_up(page: Page) -> None:
    page.keyboard.press("x")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).not_to_be_empty()


def bad_problem(page: Page) -> None:
    page.keyboard.press("b")
    expect(page.get_by_role("dialog")).to_be_visible()


def wrong_answer(page: Page) -> None:
    page.keyboard.press("w")
    expect(page.get_by_role("dialog")).to_be_visible()


def ask(page: Page) -> None:
    page.keyboard.press("q")
    dialog = page.get_by_role("dialog", name="Ask the lead")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()


def key_editor(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the keys").click()
    expect(page.get_by_role("dialog", name="Change the keys")).to_be_visible()


def skip(page: Page) -> None:
    page.keyboard.press("s")
    expect(page.get_by_role("dialog", name="Skip this item?")).to_be_visible()


def on_a_break(page: Page) -> None:
    page.keyboard.press("p")
    expect(page.get_by_role("dialog", name="A break")).to_be_visible()


def reopened(page: Page) -> None:
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=problemText]")).to_contain_text("Number 1")
    page.keyboard.press("u")
    expect(page.locator("[data-part=reopened]")).to_be_visible()
    expect(page.locator("[data-part=problemText]")).to_contain_text("Number 0")


def note(page: Page) -> None:
    page.keyboard.press("1")
    page.get_by_role("button", name="Say what is wrong with step 1").click()
    dialog = page.get_by_role("dialog", name="What is wrong with step 1?")
    dialog.get_by_label("The step put right").fill("So $x = \\frac{1}{2}$.")
    expect(dialog.locator(".katex").first).to_be_visible()


def noted(page: Page) -> None:
    note(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Explanation").fill("Wrong sign")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Note on step 1: Wrong sign")).to_be_visible()


def candidates(page: Page) -> None:
    expect(page.locator(".candidates li")).to_have_count(2)
    page.keyboard.press("3")


def own_step(page: Page) -> None:
    expect(page.locator(".candidates li")).to_have_count(2)
    for key in "11o":
        page.keyboard.press(key)
    page.keyboard.type("So $x = \\frac{1}{2}$.")
    expect(page.locator(".own-preview .katex")).to_have_count(1)


def offline(page: Page) -> None:
    page.context.set_offline(True)
    page.keyboard.press("3")
    expect(page.locator(".status.is-trouble")).to_be_visible()


def submitting(page: Page) -> None:
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".status.is-trouble")).to_be_visible()


def empty(page: Page) -> None:
    for number in range(ITEMS):
        expect(page.locator("[data-part=problemText]")).to_contain_text(f"Number {number}")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
    expect(page.locator("[data-part=empty]")).to_be_visible()


ALL = [
    *(first_view, all_rated, error_found, unsure, blocked, help_open, give_up, bad_problem, wrong_answer, ask),
    *(key_editor, skip, on_a_break, reopened, note, noted, candidates, own_step, offline, submitting, empty),
]
SETTINGS: dict[str, dict[str, Any]] = {
    "note": {"error_notes": "optional"},
    "noted": {"error_notes": "optional"},
    "candidates": {"mode": "alternatives"},
    "own_step": {"mode": "alternatives"},
}
NOT_FOR_THE_SIGNED_IN = {"account_login", "account_signup", "account_inactive"}


def open_page(page: Page, name: str, campaign: Campaign, rater: User) -> None:
    """A page of the table of routes, with something of the rater's own where it shows one thing of theirs."""
    _, arguments, _ = ROUTES[name]
    if "lease" in arguments:
        lease = AssignmentFactory.create(rater=rater, item=campaign_item(campaign), completed=True)
        AnnotationFactory.create(assignment=lease)
        arguments = {**arguments, "lease": lease.pk}
    if name not in NOT_FOR_THE_SIGNED_IN:
        sign_in(page, rater)
    page.goto(reverse(name, kwargs=arguments))
    expect(page.get_by_role("main")).to_be_visible()


def campaign_item(campaign: Campaign) -> Item:
    item: Item = ItemFactory.create(round=campaign.rounds.get(), done=True, position=ITEMS, solution__steps=STEPS)
    return item


STATES: dict[str, Callable[[Page], None]] = {state.__name__: state for state in ALL}
