"""Every page that a rater may open, and every state of the labelling page: axe-core, light and dark, phone and wide.

The pages come from the table of routes: a new one is looked at by existing.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labelling.people.models import User
from labelling.rounds.models import Campaign
from tests.browser.conftest import sign_in
from tests.browser.states import ITEMS, STATES, STEPS, make_campaign, open_page
from tests.factories import GuidelineVersionFactory
from tests.people.test_access import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = sorted(
    name
    for name, (method, _, who) in ROUTES.items()
    if method == "get" and "rater" in who and not name.startswith("api-") and name != "schema"
)
SCHEMES: tuple[Any, ...] = ("light", "dark")
SIZES: tuple[Any, ...] = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})
GUIDE = "# How to judge\n\nFrom the top: $x^2$.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n"


def faults(page: Page) -> list[str]:
    """What axe finds, in the four ways a page may look."""
    found = set()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for size in SIZES:
            page.set_viewport_size(size)
            page.wait_for_timeout(150)  # colours fade over 120 ms
            for violation in Axe().run(page).response["violations"]:
                where = violation["nodes"][0]["target"]
                found.add(f"{scheme} {size['width']}: {violation['id']} at {where}: {violation['help']}")
    return sorted(found)


@pytest.fixture
def campaign(transactional_db: None, request: pytest.FixtureRequest) -> Campaign:
    spec = getattr(request.node, "callspec", None)
    return make_campaign(spec.params.get("state", "") if spec else "")


def label(page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_a_rater_has_a_violation(name: str, campaign: Campaign, page: Page, rater: User) -> None:
    GuidelineVersionFactory.create(campaign=campaign, body=GUIDE)
    open_page(page, name, campaign, rater)
    assert faults(page) == []


# --- the labelling page, state by state -------------------------------------------------------------------------------
@pytest.fixture
def labelling(campaign: Campaign, page: Page, rater: User) -> Iterator[Page]:
    label(page, rater)
    yield page
    page.context.set_offline(False)


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_the_labelling_page_has_a_violation(state: str, labelling: Page) -> None:
    STATES[state](labelling)
    assert faults(labelling) == []


# A field without its name is a violation: so axe looks at what the state is about.
@pytest.mark.parametrize(("state", "field"), [("own_step", "#own-step"), ("note", "#note-explanation")])
def test_axe_sees_what_a_state_is_about(state: str, field: str, labelling: Page) -> None:
    STATES[state](labelling)
    labelling.locator(field).evaluate("(one) => one.labels.forEach((label) => label.remove())")
    labelling.wait_for_timeout(150)  # colours fade over 120 ms
    violations = Axe().run(labelling).response["violations"]
    assert "label" in {one["id"] for one in violations}
    assert {tuple(node["target"]) for one in violations for node in one["nodes"]} == {(field,)}


# --- by role and name only, by keyboard only --------------------------------------------------------------------------
def test_a_whole_session_by_role_and_accessible_name_only(labelling: Page) -> None:
    main = labelling.get_by_role("main")
    for number in range(ITEMS):
        expect(main.get_by_role("region", name="Problem")).to_contain_text(f"Number {number}")
        steps = main.get_by_role("list").get_by_role("listitem")
        expect(steps).to_have_count(len(STEPS))
        expect(steps.first).to_contain_text("Step 1 of 3, not rated")
        submit = labelling.get_by_role("button", name="Submit")
        expect(submit).to_be_disabled()
        expect(submit).to_have_accessible_description("Steps still to rate: 3, the first is step 1.")
        for step in range(1, len(STEPS) + 1):
            group = steps.nth(step - 1).get_by_role("group", name=f"Rate step {step}")
            group.get_by_role("button", name=f"Positive, step {step}").click()
            pressed = group.get_by_role("button", pressed=True)
            expect(pressed).to_have_accessible_name(f"Positive, step {step}")
        expect(steps.last).to_contain_text("Step 3 of 3, Positive")
        expect(submit).to_be_enabled()
        submit.click()
    expect(main.get_by_role("heading", name="No items left for now")).to_be_visible()


def test_wherever_the_keyboard_goes_it_can_be_seen(labelling: Page) -> None:
    """Tab through all of the page: each stop shows itself by an outline or a border, and is in view."""
    labelling.locator("body").press("Tab")
    seen = []
    for _ in range(60):
        stop = labelling.evaluate(
            """() => {
              const one = document.activeElement;
              const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(one);
              const { top, bottom } = one.getBoundingClientRect();
              const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
              return {
                tag: one.tagName, name: one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 30),
                shown: (outlineStyle !== "none" && outlineWidth !== "0px") || one.classList.contains("step"),
                inView: bottom > 0 && top < innerHeight,
              };
            }"""
        )
        if stop["tag"] == "BODY":
            break
        seen.append(stop)
        labelling.keyboard.press("Tab")
    assert len(seen) > 15
    assert [stop for stop in seen if not (stop["shown"] and stop["inView"])] == []


def test_what_changes_is_announced(labelling: Page) -> None:
    """Live regions: why it can't be submitted, and trouble with its end; never each saved rating."""
    statuses = labelling.get_by_role("status")
    labelling.keyboard.press("Enter")
    expect(labelling.locator("[role=status][data-part=notice]")).to_contain_text("Steps still to rate: 3")
    spoken = labelling.locator("[role=status][data-part=spoken]")
    labelling.keyboard.press("3")
    expect(labelling.locator("[data-part=status]")).to_have_text("Saved")
    expect(spoken).to_be_empty()
    labelling.context.set_offline(True)
    labelling.keyboard.press("3")
    expect(spoken).to_contain_text("No connection")
    labelling.context.set_offline(False)
    labelling.keyboard.press("3")
    expect(spoken).to_have_text("Saved")
    assert statuses.count() >= 2


def test_with_forced_colours_a_rating_is_still_told_apart(labelling: Page) -> None:
    labelling.emulate_media(forced_colors="active")
    labelling.keyboard.press("3")
    pressed = labelling.locator("[data-part=steps] > li").first.locator("button.face")
    grounds = pressed.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert grounds[2] != grounds[0]


def test_with_reduced_motion_nothing_moves(labelling: Page) -> None:
    labelling.emulate_media(reduced_motion="reduce")
    moving = labelling.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
          const { transitionDuration, animationName } = getComputedStyle(one);
          return parseFloat(transitionDuration) > 0 || animationName !== "none";
        }).length"""
    )
    assert moving == 0
