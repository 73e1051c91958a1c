"""Alternatives mode at the keyboard: whole runs on samples, on a stand-in generator, and on nothing at all."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labelling.corpus.models import Alternative, Origin
from labelling.people.models import User
from labelling.rating.models import Annotation, Turn
from labelling.rounds.models import Item
from tests.browser.conftest import sign_in
from tests.factories import AlternativeFactory, ItemFactory, RoundFactory, SampleFactory
from tests.processes import Processes, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STEPS = ["Add $2 + 2$ to get $4$.", "Now take the double, $8$.", "So it is $8$.\n\n# Answer\n\n8"]


@pytest.fixture
def model() -> str:
    """The stand-in's; empty for no generator at all."""
    return ""


@pytest.fixture
def site(processes: Processes, model: str) -> str:
    extra: Mapping[str, str] = {}
    if model:
        extra = {"STEPMARK_GENERATOR_URL": processes.stand_in(), "STEPMARK_GENERATOR_MODEL": model}
        processes.worker(queues="default,generator", extra=extra)
    return processes.web(extra=extra)


@pytest.fixture
def item(transactional_db: None) -> Item:
    round_ = RoundFactory.create(campaign__slug="maths", campaign__mode="alternatives", campaign__name="Next steps")
    problem = "What is twice $2 + 2$?"
    made: Item = ItemFactory.create(
        round=round_, solution__steps=STEPS, solution__final_answer="8", solution__problem__text=problem
    )
    SampleFactory.create(solution=made.solution)
    for at, text in enumerate(["Guess $\\frac{7}{1}$.", "Halve it: $2$.", "So it is $\\boxed{9}$."]):
        AlternativeFactory.create(problem=made.solution.problem, before=tuple(STEPS[:at]), text=text)
    return made


def opened(page: Page, user: User, *, candidates: int = 2) -> None:
    sign_in(page, user, to="/label/maths/")
    expect(page.locator(".candidates li")).to_have_count(candidates)


def rate_all(page: Page, good: str) -> None:
    """One key a candidate: positive for those that hold ``good``."""
    rows = page.locator(".candidates li")
    for row in range(rows.count()):
        page.keyboard.press("3" if good in (rows.nth(row).locator(".step-text").text_content() or "") else "1")


def stored() -> Annotation:
    wait_until(Annotation.objects.exists, what="the annotation")
    return Annotation.objects.get()


def path_of(annotation: Annotation) -> list[str]:
    """The run's steps, as PRM800K's README reads them off a row."""
    steps = json.loads(annotation.document)["label"]["steps"]
    return [
        step["human_completion"]["text"]
        if step["chosen_completion"] is None
        else step["completions"][step["chosen_completion"]]["text"]
        for step in steps
    ]


def test_a_whole_run_by_keys_alone(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    for step, good in enumerate(["Add", "double", "Answer"]):
        expect(page.get_by_role("heading", name=f"Step {step + 1}: the candidates")).to_be_visible()
        expect(page.locator(".candidates li")).to_have_count(2)
        rate_all(page, good)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The solution is complete")).to_be_visible()
    page.keyboard.press("Enter")
    annotation = stored()
    assert (annotation.finish_reason, annotation.step_ratings) == ("solution", [1, 1, 1])
    assert path_of(annotation) == STEPS
    assert 0 < annotation.total_time < 60_000
    page.keyboard.press("u")  # the item just submitted, as it was
    expect(page.locator("[data-part=reopened]")).to_be_visible()
    expect(page.get_by_role("heading", name="The solution is complete")).to_be_visible()
    expect(page.locator(".is-past")).to_have_count(3)


def test_a_reload_in_the_middle_brings_back_the_run(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "Add")
    page.keyboard.press("Enter")
    expect(page.locator(".is-past")).to_have_count(1)
    expect(page.locator(".candidates li")).to_have_count(2)
    page.keyboard.press("2")
    expect(page.locator("[data-part=status]")).to_contain_text("Saved")
    page.evaluate("localStorage.clear()")  # the server's copy is enough
    page.reload()
    expect(page.locator(".is-past")).to_contain_text("Add")
    expect(page.locator(".candidates li [aria-pressed=true]")).to_have_count(1)


def test_undo_and_change_lead_back_with_all_that_was_rated(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "Add")
    page.keyboard.press("Enter")
    expect(page.locator(".is-past")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator(".is-past")).to_have_count(0)
    expect(page.locator(".candidates li .face[aria-pressed=true]")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator(".candidates li")).to_have_count(2)
    page.get_by_role("button", name="Go back to step 1 and change it").click()
    expect(page.locator(".candidates li .face[aria-pressed=true]")).to_have_count(2)


def test_a_step_of_one_s_own_is_seen_as_it_is_typed(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "nothing")
    page.keyboard.press("o")
    page.keyboard.type("Two and two make $\\frac{8}{2}$ <b>!</b>")
    preview = page.locator(".own-preview")
    expect(preview.locator(".katex")).to_have_count(1)
    expect(preview).to_contain_text("<b>!</b>")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".is-past")).to_contain_text("Two and two make")
    expect(page.locator(".turn-wait")).to_contain_text("no generator is set up")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    annotation = stored()
    assert path_of(annotation) == ["Two and two make $\\frac{8}{2}$ <b>!</b>"]
    assert Alternative.objects.get(origin=Origin.RATER).author == rater


def test_nothing_to_go_on_from_is_submitted_as_it_is(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "nothing")
    page.keyboard.press("Enter")
    annotation = stored()
    assert (annotation.finish_reason, annotation.first_error, annotation.step_ratings) == ("found_error", 0, [-1])


def test_giving_up_in_the_middle_keeps_the_reason_and_the_run(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "Add")
    page.keyboard.press("Enter")
    expect(page.locator(".candidates li")).to_have_count(2)
    page.keyboard.press("x")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("Beyond me.")
    page.get_by_role("button", name="Send").click()
    annotation = stored()
    assert (annotation.finish_reason, annotation.reason, annotation.step_ratings) == ("give_up", "Beyond me.", [1])


def test_by_role_and_name_alone(item: Item, page: Page, rater: User) -> None:
    """As a screen reader finds its way: nothing here asks for classes or places."""
    sign_in(page, rater, to="/label/maths/")
    turn = page.get_by_role("region", name="Step 1: the candidates")
    for number in (1, 2):
        group = turn.get_by_role("group", name=f"Rate candidate {number}")
        group.get_by_role("button", name=f"Positive, candidate {number}").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("listitem").filter(has_text="Step 1, Positive.")).to_be_visible()
    expect(page.get_by_role("heading", name="Step 2: the candidates")).to_be_visible()


def waits(page: Page) -> Any:
    return page.get_by_role("status").filter(has_text="Waiting for candidates")


@pytest.mark.parametrize("model", ["stand-in"])
class TestGenerator:
    def test_a_whole_run_on_what_a_generator_gives(self, item: Item, page: Page, rater: User) -> None:
        opened(page, rater, candidates=4)
        for step in range(2, 9):
            rate_all(page, "")
            page.keyboard.press("Enter")
            complete = page.get_by_role("heading", name="The solution is complete")
            expect(complete.or_(page.get_by_role("heading", name=f"Step {step}: the candidates"))).to_be_visible()
            if complete.is_visible():
                break
            expect(page.locator(".candidates li").first).to_be_visible()
        page.keyboard.press("Enter")
        annotation = stored()
        assert annotation.finish_reason == "solution"
        assert set(Alternative.objects.filter(origin=Origin.GENERATOR).values_list("generator", flat=True)) == {
            "stand-in"
        }

    def test_the_next_turn_is_asked_for_while_this_one_is_rated(self, item: Item, page: Page, rater: User) -> None:
        opened(page, rater, candidates=4)
        page.keyboard.press("3")
        wait_until(lambda: Turn.objects.count() >= 1, what="the first turn")
        asked = Alternative.objects.filter(origin=Origin.GENERATOR, step_index=1)
        wait_until(lambda: asked.count() >= 2, what="candidates for the step after the first positive one")


@pytest.mark.parametrize("model", ["stand-in:slow"])
def test_a_wait_is_shown_and_is_no_active_time(item: Item, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    expect(waits(page)).to_be_visible()
    expect(page.locator(".turn-seconds")).to_contain_text("2 s")
    expect(page.locator(".candidates li")).to_have_count(4)
    expect(waits(page)).to_have_count(0)
    rate_all(page, "nothing")
    page.keyboard.press("Enter")
    assert stored().total_time < 2_500


@pytest.mark.parametrize("model", ["stand-in:slow"])
def test_nobody_has_to_wait(item: Item, page: Page, rater: User) -> None:
    sign_in(page, rater, to="/label/maths/")
    page.get_by_role("button", name="Don’t wait").click()
    expect(page.locator(".candidates li")).to_have_count(2)


@pytest.mark.parametrize("model", ["stand-in:refuse"])
def test_a_generator_that_refuses_leaves_what_there_is(item: Item, page: Page, rater: User) -> None:
    opened(page, rater)
    rate_all(page, "nothing")
    page.keyboard.press("o")
    page.keyboard.type("Mine.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".turn-wait")).to_contain_text("could not be reached")
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()


@pytest.mark.parametrize("model", ["stand-in:hostile"])
def test_hostile_candidates_are_texts(item: Item, page: Page, rater: User) -> None:
    opened(page, rater, candidates=4)
    expect(page.locator(".candidates")).to_contain_text("<script>")
    assert "owned" not in page.title()
    assert page.locator(".candidates img, .candidates script, .candidates a").count() == 0
