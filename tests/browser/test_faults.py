"""A rater at work while things break: afterwards the server holds each rating exactly once, under the right name."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from labelling.people.models import Role, User
from labelling.rating.models import Annotation, Assignment, Draft
from labelling.rating.services import leases_expire
from labelling.rounds.models import Item
from tests.browser.at_work import LABEL, STEPS, on_screen, pump, rate, stored, wait_for, waiting
from tests.browser.conftest import sign_in
from tests.conftest import person
from tests.factories import ItemFactory, RoundFactory
from tests.processes import Processes, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def items(transactional_db: None) -> list[Item]:
    """Eight items for one rater each, numbered in their problems."""
    round_ = RoundFactory.create(campaign__slug="maths")
    return [
        ItemFactory.create(
            round=round_, position=place, solution__problem__text=f"Number {place}: what is it?", solution__steps=STEPS
        )
        for place in range(8)
    ]


@pytest.fixture
def tolerant(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A page that is allowed to miss its server."""
    contexts = []

    def open_at(site: str) -> Page:
        context = browser.new_context(base_url=site)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield open_at
    for context in contexts:
        context.close()


def test_the_next_item_is_on_screen_before_the_server_has_the_last(items: list[Item], page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    held: list[Any] = []
    page.route("**/submit/", lambda route: held.append(route))  # noqa: PLW0108  it looks into the function
    rate(page, 0, -1)
    on_screen(page, 1)
    pump(page, lambda: bool(held), what="the submit on its way")
    assert not Annotation.objects.exists()
    held[0].continue_()
    pump(page, Annotation.objects.exists, what="the annotation")
    assert stored(rater) == {0: [-1]}


def test_a_network_that_is_cut_over_three_submits_loses_nothing(items: list[Item], page: Page, rater: User) -> None:
    cut_over_three_submits(page, rater, seconds=8)


@pytest.mark.slow
def test_a_network_that_is_cut_for_a_minute_over_three_submits_loses_nothing(
    items: list[Item], page: Page, rater: User
) -> None:
    cut_over_three_submits(page, rater, seconds=60)


def cut_over_three_submits(page: Page, rater: User, *, seconds: float) -> None:
    sign_in(page, rater, to=LABEL)
    rate(page, 0, 1, 0, -1)
    wait_for(1)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    for number, ratings in ((1, (1, -1)), (2, (-1,)), (3, (1, 1, 1))):
        rate(page, number, *ratings)
    expect(page.locator("[data-part=status]")).to_contain_text("Waiting to be sent: 3")
    on_screen(page, 4)  # leased ahead, and readable without a network
    page.wait_for_timeout(seconds * 1000)
    assert (waiting(page), Annotation.objects.count()) == (3, 1)
    page.context.set_offline(False)
    wait_for(4)
    assert stored(rater) == {0: [1, 0, -1], 1: [1, -1], 2: [-1], 3: [1, 1, 1]}
    order = [row.item.position for row in Annotation.objects.order_by("pk").select_related("item")]
    assert order == [0, 1, 2, 3]
    expect(page.locator("[data-part=status]")).not_to_contain_text("Waiting")
    assert waiting(page) == 0


def test_a_server_killed_between_two_ratings_has_all_of_them_once_it_is_back(
    items: list[Item], tolerant: Callable[[str], Page], rater: User, processes: Processes
) -> None:
    site = processes.web()
    page = tolerant(site)
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("3")
    wait_until(Draft.objects.exists, what="the draft")
    processes.stop(processes.running[-1], how=signal.SIGKILL)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    rate(page, 1, -1)
    expect(page.locator("[data-part=status]")).to_contain_text("Waiting to be sent: 2")
    port = site.rpartition(":")[2]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    processes.start("web-again", "-m", "gunicorn", *options, "annotator.wsgi", STEPMARK_DB_POOL="4")
    wait_for(2)
    assert stored(rater) == {0: [1, -1], 1: [-1]}


def test_a_lease_that_ran_out_meanwhile_keeps_its_ratings(items: list[Item], page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.keyboard.press("3")
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    rate(page, 1, -1)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert leases_expire() == 4
    page.context.set_offline(False)
    wait_for(2)
    assert stored(rater) == {0: [1, -1], 1: [-1]}
    assert set(Assignment.objects.filter(item__position__lte=1).values_list("state", flat=True)) == {"completed"}


def test_the_same_item_in_two_tabs_is_neither_lost_nor_doubled(items: list[Item], page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    other = page.context.new_page()
    other.goto(LABEL)
    for tab in (page, other):
        on_screen(tab, 0)
    page.keyboard.press("3")
    expect(other.locator("[data-part=steps] li").first.locator(".face[aria-pressed=true]")).to_have_count(1)
    other.keyboard.press("1")
    other.keyboard.press("Enter")
    for tab in (page, other):
        on_screen(tab, 1)
    wait_for(1)
    assert stored(rater) == {0: [1, -1]}


def test_an_item_submitted_on_two_machines_keeps_the_last_word(
    items: list[Item], page: Page, rater: User, tolerant: Callable[[str], Page], site: str
) -> None:
    sign_in(page, rater, to=LABEL)
    other = tolerant(site)
    mine: Any = page.context.cookies()
    other.context.add_cookies(mine)  # as signed in there too
    other.goto(LABEL)
    for tab in (page, other):
        on_screen(tab, 0)
    rate(page, 0, -1)
    wait_for(1)
    rate(other, 0, 1, 1, 1)
    wait_until(lambda: Annotation.objects.count() == 2, what="the correction")
    assert stored(rater) == {0: [1, 1, 1]}
    assert sorted(Annotation.objects.values_list("version", flat=True)) == [1, 2]


def test_a_submit_whose_answer_is_lost_is_sent_again_and_stored_once(
    items: list[Item], page: Page, rater: User
) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    sent = []

    def lose_the_first_answer(route: Any) -> None:
        sent.append(route.request.post_data_json["uuid"])
        if len(sent) == 1:
            route.fetch()
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/submit/", lose_the_first_answer)
    rate(page, 0, -1)
    pump(page, lambda: len(sent) == 2, what="the second try")
    on_screen(page, 1)
    pump(page, lambda: waiting(page) == 0, what="the answer")
    assert sent[0] == sent[1]
    assert stored(rater) == {0: [-1]}


def test_a_tab_closed_with_an_unsent_submit_sends_it_when_it_is_opened_again(
    items: list[Item], page: Page, rater: User
) -> None:
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.context.set_offline(True)
    rate(page, 0, 1, -1)
    on_screen(page, 1)
    page.keyboard.press("2")
    again = page.context.new_page()
    page.close()
    page.context.set_offline(False)
    assert not Annotation.objects.exists()
    again.goto(LABEL)
    on_screen(again, 1)
    expect(again.locator("[data-part=steps] li").first.locator(".face[aria-pressed=true]")).to_have_count(1)
    wait_for(1)
    assert stored(rater) == {0: [1, -1]}


def test_a_session_that_ended_loses_nothing_and_goes_on_after_signing_in_again(
    items: list[Item], tolerant: Callable[[str], Page], site: str, rater: User
) -> None:
    page = tolerant(site)
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.context.clear_cookies()
    rate(page, 0, -1)
    expect(page.locator("[data-part=status]")).to_contain_text("signed out")
    rate(page, 1, 1, -1)
    assert not Annotation.objects.exists()
    other = page.context.new_page()
    sign_in(other, rater, to="/")
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait_for(2)
    assert stored(rater) == {0: [-1], 1: [1, -1]}


def test_another_account_on_the_same_computer_gets_nothing_credited(
    items: list[Item], tolerant: Callable[[str], Page], site: str, rater: User
) -> None:
    other = person("ruth", Role.RATER)
    page = tolerant(site)
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.context.clear_cookies()
    rate(page, 0, -1)
    expect(page.locator("[data-part=status]")).to_contain_text("signed out")
    theirs = page.context.new_page()
    sign_in(theirs, other, to=LABEL)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-part=status]")).to_contain_text("Somebody else is signed in")
    for number in (1, 2):
        rate(page, number, -1)
        page.wait_for_timeout(500)
        expect(page.locator("[data-part=status]")).to_contain_text("Somebody else is signed in")
    rate(theirs, 4, 1, 1, 1)  # the first four are rita's
    wait_until(Annotation.objects.exists, what="ruth's annotation")
    theirs.wait_for_timeout(1000)
    assert [(row.rater, row.item.position) for row in Annotation.objects.select_related("item")] == [(other, 4)]
    theirs.get_by_role("button", name="Sign out").click()  # nothing of hers is unsent: she is not asked
    theirs.wait_for_url(lambda url: LABEL not in url)
    sign_in(theirs, rater, to="/history/")
    page.evaluate("dispatchEvent(new Event('focus'))")  # the tab that was open all along sends them
    pump(page, lambda: Annotation.objects.filter(rater=rater).count() == 3, what="rita's own")
    mine = Annotation.objects.filter(rater=rater).values_list("item__position", flat=True)
    assert sorted(mine) == [0, 1, 2]


def test_u_on_a_fresh_item_reopens_the_last_ones_and_a_submit_corrects_them(
    items: list[Item], page: Page, rater: User
) -> None:
    sign_in(page, rater, to=LABEL)
    rate(page, 0, 1, -1)
    rate(page, 1, -1)
    wait_for(2)
    on_screen(page, 2)
    page.keyboard.press("u")
    on_screen(page, 1)
    expect(page.locator("[data-part=reopened]")).to_be_visible()
    page.keyboard.press("u")
    on_screen(page, 0)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    on_screen(page, 2)
    expect(page.locator("[data-part=reopened]")).to_be_hidden()
    wait_for(3)
    assert stored(rater) == {0: [-1], 1: [-1]}
    first, second = Annotation.objects.filter(item__position=0).order_by("version")
    assert second.total_time > first.total_time
    assert len(first.step_times) == 2
    page.keyboard.press("u")
    on_screen(page, 0)
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    on_screen(page, 2)
    page.wait_for_timeout(500)
    assert Annotation.objects.count() == 3


def test_what_can_no_longer_be_corrected_says_why(items: list[Item], page: Page, rater: User) -> None:
    sign_in(page, rater, to=LABEL)
    rate(page, 0, -1)
    wait_for(1)
    on_screen(page, 1)
    Item.objects.filter(position=0).update(state="dropped")
    page.keyboard.press("u")
    expect(page.locator("[data-part=notice]")).to_contain_text("closed")
    on_screen(page, 1)


def test_an_item_of_the_history_opens_to_be_corrected_and_undo_goes_on_where_a_draft_was_left(
    items: list[Item], page: Page, rater: User
) -> None:
    sign_in(page, rater, to=LABEL)
    rate(page, 0, 1, -1)
    on_screen(page, 1)
    wait_for(1)
    page.keyboard.press("3")
    page.keyboard.press("2")
    lease = Assignment.objects.get(item__position=0).pk
    page.goto(f"{LABEL}?reopen={lease}")
    expect(page.locator("[data-part=reopened]")).to_be_visible()
    on_screen(page, 0)
    page.keyboard.press("Escape")
    on_screen(page, 1)
    pressed = page.locator("[data-part=steps] .face[aria-pressed=true]")
    expect(pressed).to_have_count(2)
    page.keyboard.press("u")
    expect(pressed).to_have_count(1)
    page.locator("[data-part=steps] > li").nth(1).locator(".face-negative").click()
    page.keyboard.press("Enter")  # the face has the focus: it would only be pressed again
    wait_for(2)
    assert stored(rater) == {0: [1, -1], 1: [1, -1]}


def test_a_page_under_another_account_sends_nothing_and_goes_on_when_its_own_is_back(
    items: list[Item], tolerant: Callable[[str], Page], site: str, rater: User
) -> None:
    other = person("ruth", Role.RATER)
    page = tolerant(site)
    sign_in(page, rater, to=LABEL)
    on_screen(page, 0)
    page.context.clear_cookies()
    theirs = page.context.new_page()
    sign_in(theirs, other, to=LABEL)
    on_screen(theirs, 4)  # the first four are rita's
    sent = []
    page.on("response", lambda answer: sent.append(answer.status) if answer.request.method == "POST" else None)
    for number in range(4):
        rate(page, number, -1)
    expect(page.locator("[data-part=status]")).to_contain_text("Somebody else is signed in")
    page.wait_for_timeout(1500)
    expect(page.locator("[data-part=work]")).to_be_hidden()  # ruth's items are not for a page of rita's
    assert set(sent) == {403}
    assert (waiting(page), Annotation.objects.count()) == (4, 0)
    sign_in_instead(theirs, rater)
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait_for(4)
    assert stored(rater) == {number: [-1] for number in range(4)}
    expect(page.locator("[data-part=status]")).not_to_contain_text("Somebody else")


def sign_in_instead(page: Page, user: User) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: LABEL not in url)
    sign_in(page, user)
