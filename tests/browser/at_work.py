"""A rater at work on the labelling page, as tests play it: items numbered in their problems, one key a step."""

import time
from collections import Counter
from collections.abc import Callable

from playwright.sync_api import Page, expect

from labelling.people.models import User
from labelling.rating.models import Annotation
from tests.processes import wait_until

LABEL = "/label/maths/"
STEPS = ["Add 2 and 2 to get $4$.", "Double it: $8$.", "So the answer is 9."]
KEYS = {-1: "1", 0: "2", 1: "3"}


def on_screen(page: Page, number: int) -> None:
    expect(page.locator("[data-part=problemText]")).to_contain_text(f"Number {number}:")
    expect(page.locator("[aria-current=step]")).to_be_visible()


def rate(page: Page, number: int, *ratings: int) -> None:
    """When this item is on screen: one key a step, then Enter."""
    on_screen(page, number)
    for rating in ratings:
        page.keyboard.press(KEYS[rating])
    page.keyboard.press("Enter")


def stored(rater: User) -> dict[int, list[int | None]]:
    """The ratings that stand, by the item's number; each item has one annotation, of this rater."""
    rows = list(Annotation.objects.filter(replaced_by=None).select_related("item"))
    assert {row.rater for row in rows} <= {rater}
    assert max(Counter(row.item_id for row in rows).values(), default=1) == 1
    return {row.item.position: row.step_ratings for row in rows}


def pump(page: Page, true: Callable[[], bool], *, what: str) -> None:
    """Wait while Playwright goes on: it runs handlers of routes only then."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError(what)


def wait_for(count: int) -> None:
    wait_until(lambda: Annotation.objects.count() >= count, seconds=60, what=f"{count} annotations")
    time.sleep(0.3)  # what would come twice would come now
    assert Annotation.objects.count() == count


def waiting(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('stepmark:outbox:')).length"))
