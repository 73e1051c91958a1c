"""Whether a page that shows hostile texts stays whole: no script of theirs, no report, nothing beside its box."""

import base64
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

HERE = Path(__file__).parent
AUDIT = (HERE / "audit.js").read_text(encoding="utf-8")
BOXES = (HERE / "boxes.js").read_text(encoding="utf-8")
PAINT_DIFF = (HERE / "paint_diff.js").read_text(encoding="utf-8")
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
TALLEST = 6_000  # pixels of a page that are looked at
# Where imported texts stand, and what of a page changes by itself.
HOLDERS = (
    "[data-part=problemText], [data-part=answerText], [data-part=solutionText], .step-text, [data-maths], [data-text]"
)
RESTLESS = ".bar-status"
SHOW = """([selector, visibility]) => {
  for (const one of document.querySelectorAll(selector)) one.style.visibility = visibility;
}"""
UNFOLD = """holders => {
  for (const one of document.querySelectorAll(holders)) one.style.contentVisibility = "visible";
}"""


class Guard:
    """Watches one browser context; ``found`` grows."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context, self.site = context, site
        self.found: set[str] = set()
        self._blank: Page | None = None
        context.add_init_script(path=HERE / "guard.js")
        context.route(lambda url: not url.startswith(site), self._foreign)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.found.add(f"a script failed: {error.error}"))

    def look(self, page: Page) -> set[str]:
        """All that is wrong with the page as it is now, wide and on a phone."""
        for size in (PHONE, WIDE):
            page.set_viewport_size({**size})  # type: ignore[typeddict-item]
            self.found |= set(page.evaluate(AUDIT, HOLDERS))
        self.found |= self._paint(page)
        self.found |= set(page.evaluate("hostileSeen"))
        found, self.found = self.found, set()
        return found

    def _foreign(self, route: Route) -> None:
        self.found.add(f"a request to {route.request.url[:80]}")
        route.fulfill(status=204)  # which leaves even a page that is led away where it is

    def _dialog(self, dialog: Any) -> None:
        self.found.add(f"a dialog: {dialog.message[:80]}")
        dialog.dismiss()

    def _paint(self, page: Page) -> set[str]:
        """With the texts made invisible, nothing may change but in their own boxes."""
        page.evaluate(SHOW, [RESTLESS, "hidden"])
        page.evaluate(UNFOLD, HOLDERS)  # what is far from the screen gets its true height now, not between the pictures
        self._picture(page)
        boxes = page.evaluate(BOXES, HOLDERS)
        with_texts = self._picture(page)
        page.evaluate(SHOW, [HOLDERS, "hidden"])
        without = self._picture(page)
        page.evaluate(SHOW, [f"{HOLDERS}, {RESTLESS}", ""])
        self._blank = self._blank or self.context.browser.new_page()  # type: ignore[union-attr]
        diff = self._blank.evaluate(PAINT_DIFF, [with_texts, without, boxes])
        found = {f"paint beside the texts' boxes, at {diff['outside'][0]}"} if diff["outside"] else set()
        return found | ({"no text was painted"} if diff["inside"] == 0 else set())

    @staticmethod
    def _picture(page: Page) -> str:
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        area: Any = {"x": 0, "y": 0, "width": WIDE["width"], "height": height}
        return base64.b64encode(page.screenshot(full_page=True, clip=area)).decode()

    def close(self) -> None:
        if self._blank is not None:
            self._blank.close()
        self.context.close()
