"""A lead decides held references and undecided answers by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from labelling.corpus.models import ReferenceDecision, Solution
from labelling.people.models import User
from tests.browser.conftest import sign_in
from tests.factories import (
    PoolEntryFactory,
    ProblemFactory,
    ReferenceHoldFactory,
    RoundFactory,
    SampleFactory,
    SolutionFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/campaigns/maths/references/"


@pytest.fixture
def waiting(transactional_db: None) -> None:
    """Three held problems and one undecided answer."""
    round_ = RoundFactory.create(campaign__slug="maths", campaign__name="Grade school maths")
    for number in range(3):
        text = f"A pen costs $2. Number {number}: what is $\\frac{{{number}}}{{2}} \\cdot 18$?"
        problem = ProblemFactory.create(text=text, reference_answer="8")
        PoolEntryFactory.create(campaign="maths", problem=problem)
        for index in range(8):
            answer = "9" if index < 6 else f"1{index}"
            solution = SolutionFactory.create(problem=problem, final_answer=answer)
            SampleFactory.create(problem=problem, solution=solution, sample_index=index)
        ReferenceHoldFactory.create(round=round_, problem=problem, answer="9", share=0.9 - number / 100)
    odd = SolutionFactory.create(final_answer="9%", verdict="undecided", problem__text="What part is it?")
    SampleFactory.create(problem=odd.problem, solution=odd, sample_index=0)
    PoolEntryFactory.create(campaign="maths", problem=odd.problem)


def press(page: Page, key: str) -> None:
    """On a page whose modules have run: each key brings a new one, whose text stands there before it hears keys."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def test_one_key_decides_each_case_and_the_next_one_comes(waiting: None, page: Page, lead: User) -> None:
    sign_in(page, lead, to=PAGE)
    header = page.locator(".page-header p")
    expect(header).to_contain_text("1 of 4")
    expect(page.locator(".case-problem .katex")).to_have_count(1)
    expect(page.locator(".case-problem")).to_contain_text("costs $2. Number 0")
    press(page, "n")
    expect(header).to_contain_text("2 of 4")
    press(page, "p")
    expect(header).to_contain_text("1 of 4")
    for key, title in (("a", "Number 1"), ("c", "Number 2"), ("x", "What part is it?")):
        press(page, key)
        expect(page.locator(".case-problem")).to_contain_text(title)
    press(page, "r")
    expect(page.locator("main")).to_contain_text("Nothing waits for a decision")
    kinds = list(ReferenceDecision.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["confirmed", "corrected", "left_out"]
    assert Solution.objects.get(final_answer="9%").verdict == "right"


def test_keys_typed_into_the_note_decide_nothing_and_the_note_is_kept(waiting: None, page: Page, lead: User) -> None:
    sign_in(page, lead, to=PAGE)
    page.get_by_label("Note").focus()
    page.keyboard.type("a canary, exactly")
    assert not ReferenceDecision.objects.exists()
    page.get_by_role("button", name="Reference is right").click()
    expect(page.locator(".case-problem")).to_contain_text("Number 1")
    assert ReferenceDecision.objects.get().reason == "a canary, exactly"
