"""A rater at the keyboard, from signing in to the exported row."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from labelling.corpus.world import make_world, to_native
from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment
from tests.browser.conftest import sign_in
from tests.factories import ItemFactory, RoundFactory
from tests.processes import Processes, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEYS = {-1: "1", 0: "2", 1: "3"}
MONEY = "She sells them for $2 each and spends $3 on seed. Her gain grows as $x^2$."


def shown(page: Page) -> str:
    return page.locator("[data-part=problemText]").inner_text()


def press(page: Page, ratings: list[int]) -> None:
    """One key a step, then Enter."""
    expect(page.locator("[aria-current=step]")).to_be_visible()
    for rating in ratings:
        page.keyboard.press(KEYS[rating])
    submit = page.locator("button[data-part=submit]")
    while submit.get_attribute("aria-disabled") == "true":  # alternatives of the failing step
        page.keyboard.press(KEYS[0])
    page.keyboard.press("Enter")


def exported(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "rows.jsonl"
    call_command("export_dataset", format="prm800k", output=str(path), force=True)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ratings_of(row: dict[str, Any]) -> list[int | None]:
    return [step["completions"][0]["rating"] for step in row["label"]["steps"]]


@pytest.fixture(params=["gsm8k", "world"])
def campaign(tmp_path: Path, processes: Processes, request: pytest.FixtureRequest) -> str:
    """Real solutions, or made-up ones, through every station by the commands that people use and a real worker."""
    name: str = request.param
    if name == "gsm8k":
        file = request.getfixturevalue("shared_data") / "gsm8k" / "example_model_solutions.jsonl.gz"
    else:
        file = tmp_path / "world.jsonl"
        lines = (json.dumps(to_native(sample)) for sample in make_world(seed=1, problems=12, samples=4))
        file.write_text("\n".join(lines), encoding="utf-8")
    processes.worker()
    call_command("import_solutions", str(file), campaign=name, wait=True)
    call_command("score_solutions", model="flat", backend="constant", config='{"value": 0.5}', wait=True)
    call_command("open_round", name, strategy="convincing-wrong", per_problem=1, budget=5)
    return name


def test_three_solutions_by_keyboard_end_as_three_rows_with_exactly_the_keys_pressed(
    campaign: str, page: Page, rater: User, tmp_path: Path
) -> None:
    sign_in(page, rater, to=f"/label/{campaign}/")
    page.wait_for_url(f"**/guidelines/{campaign}/")
    page.get_by_role("button", name="I have read the guidelines").focus()
    page.keyboard.press("Enter")
    pressed = []
    for number in range(3):
        steps = page.locator("[data-part=steps] li")
        expect(steps.first).to_be_visible()
        error = min(number, steps.count() - 1)
        ratings = [*[1, 0, 1][:error], -1]
        before = shown(page)
        press(page, ratings)
        pressed.append(ratings)
        expect(page.locator("[data-part=problemText]")).not_to_have_text(before, use_inner_text=True)
    wait_until(lambda: Annotation.objects.count() == 3, what="what was sent behind the page")
    rows = exported(tmp_path)
    assert [ratings_of(row) for row in rows] == pressed
    assert {row["labeler"] for row in rows} == {rater.pseudonym}
    assert {row["label"]["finish_reason"] for row in rows} == {"found_error"}
    assert all(0 < row["label"]["total_time"] < 60_000 for row in rows)
    if campaign == "gsm8k":  # hidden from the rater, kept in the data
        assert any("<<" in step for row in rows for step in row["question"]["pre_generated_steps"])


@pytest.fixture
def money_item(transactional_db: None) -> None:
    round_ = RoundFactory.create(campaign__slug="maths")
    steps = [MONEY, "So $$\\frac{1}{2} \\cdot 4 = 2$$ and <b>not</b> \\(3\\).", "A broken one: $\\frac{1}{$ here."]
    for position in range(2):
        problem = f"Number {position}: what is $x^2$ if a pen costs $5?"
        ItemFactory.create(round=round_, position=position, solution__problem__text=problem, solution__steps=steps)


def test_money_stays_money_maths_is_maths_and_html_is_text(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    steps = page.locator("[data-part=steps] li .step-text")
    expect(steps.first).to_contain_text("for $2 each and spends $3 on seed")
    expect(steps.nth(0).locator(".katex")).to_have_count(1)
    expect(steps.nth(1).locator(".katex")).to_have_count(2)
    expect(steps.nth(1)).to_contain_text("<b>not</b>")
    expect(steps.nth(2)).to_contain_text("\\frac{1}{")
    expect(page.locator("[data-part=problemText]")).to_contain_text("costs $5")


def test_a_reload_brings_the_same_item_and_what_was_pressed(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.keyboard.press("3")
    page.reload()
    expect(page.locator("[data-part=steps] li").first.locator("[aria-pressed=true]")).to_have_count(1)
    assert Assignment.objects.count() == 2  # one on screen, one ahead


def test_the_disabled_button_says_why(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=why]")).not_to_be_empty()
    assert not Annotation.objects.exists()


def test_a_submit_survives_a_server_that_is_away(
    money_item: None, page: Page, rater: User, processes: Processes
) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.context.set_offline(True)
    press(page, [-1])
    expect(page.locator("[data-part=status]")).not_to_be_empty()
    assert not Annotation.objects.exists()
    page.context.set_offline(False)
    wait_until(lambda: Annotation.objects.count() == 1, what="the waiting submit")
    page.wait_for_timeout(200)


def test_give_up_needs_a_reason(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("I do not know this field.")
    page.get_by_role("button", name="Send").click()
    wait_until(Annotation.objects.exists, what="the annotation")
    stored = Annotation.objects.get()
    assert (stored.finish_reason, stored.reason) == ("give_up", "I do not know this field.")


def test_an_item_submitted_in_another_tab_gives_way_to_the_next(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    other = page.context.new_page()
    other.goto("/label/maths/")
    for tab in (page, other):
        expect(tab.locator("[aria-current=step]")).to_be_visible()
    press(other, [-1])
    for tab in (other, page):  # the other tab tells this one
        expect(tab.locator("[data-part=problemText]")).to_contain_text("Number 1")
    wait_until(lambda: Annotation.objects.count() == 1, what="the annotation")


def test_the_count_of_done_items_survives_a_reload(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    press(page, [-1])
    expect(page.locator("[data-part=done]")).to_contain_text("1")
    wait_until(Annotation.objects.exists, what="the annotation")
    page.reload()
    expect(page.locator("[data-part=done]")).to_contain_text("1")


def test_a_skip_is_asked_for_and_gives_the_item_to_others(money_item: None, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(page.locator("[aria-current=step]")).to_be_visible()
    page.keyboard.press("3")
    dialog = page.get_by_role("dialog", name="Skip this item?")
    page.keyboard.press("s")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert not Assignment.objects.filter(state="skipped").exists()
    page.keyboard.press("s")
    expect(dialog.get_by_role("button", name="Skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=problemText]")).to_contain_text("Number 1")
    assert Assignment.objects.get(state="skipped").item.position == 0
    expect(page.locator("[data-part=steps] [aria-pressed=true]")).to_have_count(0)
