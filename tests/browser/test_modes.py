"""A rater at the keyboard in every mode: every step, alternatives of the failing step, error notes, auto-submit."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from labelling.corpus.models import Alternative
from labelling.people.models import User
from labelling.rating.models import Annotation
from labelling.rounds.models import Item
from tests.browser.conftest import sign_in
from tests.factories import AlternativeFactory, ItemFactory, RoundFactory
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOSTILE = "<img src=x onerror=alert(1)> so $\\href{javascript:alert(1)}{x} = \\frac{1}{2}$"


def queued(*, items: int = 2, steps: int = 3, others: int = 0, **settings: Any) -> list[Item]:
    """Items whose second step has so many alternatives."""
    round_ = RoundFactory.create(
        campaign__slug="maths", **{f"campaign__{name}": value for name, value in settings.items()}
    )
    made = []
    for position in range(items):
        texts = [f"Item {position}, step {number + 1}: $x^{number} = {number}$." for number in range(steps)]
        item = ItemFactory.create(round=round_, position=position, solution__steps=texts)
        for number in range(others):
            text = f"Another way, {number}: $\\frac{{{number}}}{{2}}$."
            AlternativeFactory.create(problem=item.solution.problem, before=(texts[0],), text=text)
        made.append(item)
    Alternative.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return made


def opened(page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def step(page: Page, number: int) -> Locator:
    return page.locator("[data-part=steps] > li").nth(number - 1)


def pressed(place: Locator) -> Locator:
    return place.locator("> .step-faces [aria-pressed=true]")


def stored(count: int = 1) -> Annotation:
    wait_until(lambda: Annotation.objects.count() == count, seconds=20, what=f"{count} annotations")
    return Annotation.objects.latest("pk")


def test_every_step_is_rated_also_past_an_error(page: Page, rater: User) -> None:
    queued(mode="every_step")
    opened(page, rater)
    press(page, "13")
    expect(page.locator("[data-part=why]")).to_contain_text("Steps still to rate: 1, the first is step 3")
    press(page, "1")
    page.keyboard.press("Enter")
    assert (stored().step_ratings, stored().first_error) == ([-1, 1, -1], 0)


def test_alternatives_of_the_failing_step_are_rated_by_the_same_keys_and_undo(page: Page, rater: User) -> None:
    queued(others=2)
    opened(page, rater)
    press(page, "3")
    expect(page.locator(".alternatives")).to_have_count(0)
    press(page, "1")
    rows = page.get_by_role("list", name="Other candidates for step 2: rate each").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_have_attribute("aria-current", "step")
    expect(rows.nth(0)).to_be_focused()
    expect(rows.nth(0).locator(".katex")).to_have_count(1)
    expect(page.locator("[data-part=why]")).to_have_text("Other candidates for step 2 still to rate: 2.")
    press(page, "2")
    expect(rows.nth(1)).to_have_attribute("aria-current", "step")
    press(page, "u")  # undone, and again
    expect(pressed(rows.nth(0))).to_have_count(0)
    press(page, "2f")  # unsure decides the second one
    press(page, "kk3")  # the step was right after all: they are gone …
    expect(page.locator(".alternatives")).to_have_count(0)
    expect(step(page, 3)).to_have_attribute("aria-current", "step")
    press(page, "u")  # … and come back with what was said of them
    expect(pressed(rows.nth(0))).to_have_attribute("data-rating", "0")
    rows.nth(0).get_by_role("button", name="Positive, alternative 2a").click()
    expect(pressed(rows.nth(0))).to_have_attribute("data-rating", "1")
    page.reload()  # kept on this machine
    expect(pressed(rows.nth(0))).to_have_attribute("data-rating", "1")
    page.keyboard.press("Enter")
    answer = stored()
    assert (answer.step_ratings, answer.finish_reason) == ([1, -1], "found_error")
    assert answer.document.count('"rating": 1, "flagged": false') == 2
    assert answer.document.count('"rating": null, "flagged": true') == 1
    expect(page.locator("[data-part=steps]")).to_contain_text("Item 1, step 1")


def test_an_error_note_is_written_by_key_with_a_preview_and_survives_a_reload(page: Page, rater: User) -> None:
    queued(error_notes="required")
    opened(page, rater)
    press(page, "n")
    expect(page.locator("[data-part=notice]")).to_have_text("A note belongs to a step rated negative.")
    press(page, "1")
    expect(page.locator("[data-part=why]")).to_have_text("Step 1 needs its kind of error and an explanation.")
    page.keyboard.press("Enter")  # what is missing is asked for
    dialog = page.get_by_role("dialog", name="What is wrong with step 1?")
    expect(dialog).to_be_visible()
    press(page, "2")  # the kind, by its number; the explanation is next
    page.keyboard.type("It does not follow. ")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Tab")
    page.keyboard.type("So $x = \\frac{1}{2}$ <b>now</b>.")
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview.locator(".katex")).to_have_count(1)
    expect(preview).to_contain_text("<b>now</b>")
    page.reload()
    button = page.get_by_role("button", name="Note on step 1: Logic")
    expect(button).to_contain_text("It does not follow.")
    button.click()
    expect(dialog.get_by_role("radio", name="Logic")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Enter")
    (note,) = stored().notes
    assert note == {
        "step": 0,
        "type": "logic",
        "explanation": f"It does not follow. {HOSTILE}",
        "corrected": "So $x = \\frac{1}{2}$ <b>now</b>.",
    }


def test_a_note_is_undone_and_removed(page: Page, rater: User) -> None:
    queued(error_notes="optional", mode="every_step")
    opened(page, rater)
    press(page, "31")
    page.get_by_role("button", name="Say what is wrong with step 2").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Explanation").fill("Wrong sign")
    dialog.get_by_role("button", name="Start from the step").click()
    expect(dialog.get_by_label("The step put right")).to_have_value("Item 0, step 2: $x^1 = 1$.")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Note on step 2: Wrong sign")).to_be_visible()
    press(page, "u")
    expect(page.get_by_role("button", name="Say what is wrong with step 2")).to_be_visible()
    press(page, "jn")  # of the negative step before the current one
    expect(dialog).to_contain_text("step 2")
    dialog.get_by_label("Explanation").fill("Wrong sign")
    dialog.get_by_role("button", name="Remove the note").click()
    press(page, "3")
    page.keyboard.press("Enter")
    assert stored().notes == []


def test_ten_right_steps_take_exactly_ten_keys_where_items_submit_themselves(page: Page, rater: User) -> None:
    queued(steps=10, auto_submit=True)
    opened(page, rater)
    press(page, "3333333333")
    expect(page.locator("[data-part=steps]")).to_contain_text("Item 1, step 1")
    assert stored().step_ratings == [1] * 10
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)


def test_a_first_error_submits_itself_with_the_last_of_its_alternatives(page: Page, rater: User) -> None:
    queued(others=1, auto_submit=True)
    opened(page, rater)
    press(page, "31")
    expect(page.locator(".alternatives li")).to_have_count(1)
    press(page, "1")
    expect(page.locator("[data-part=steps]")).to_contain_text("Item 1, step 1")
    assert stored().step_ratings == [1, -1]


def test_a_guess_is_called_a_guess(page: Page, rater: User) -> None:
    queued(answer_shown="guess")
    opened(page, rater)
    expect(page.locator("[data-part=answer]")).to_contain_text("Current guess")
