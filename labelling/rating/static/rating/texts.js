// Imported texts on the page: drawn with their maths at once where that is quick, else when there is time or when they
// come near the screen; until then their source can be read. A formula wider than its text gets a scroll bar of its own.

import { typeset } from "./typeset.js";

const AT_ONCE_MS = 40; // all of an ordinary solution, the beginning of one of two hundred steps
const PAUSE_MS = 60; // after which the next text is no more of the same item
const NEAR = "600px";
const LONG = 5000; // characters
const idly = globalThis.requestIdleCallback ?? ((draw) => setTimeout(() => draw({ timeRemaining: () => 0 }), 20));

/** Only now, as the page is laid out, is it known what is too wide; the keyboard must reach it to scroll it. */
export function openScrollers(element) {
  const width = element.clientWidth;
  for (const maths of element.querySelectorAll(".maths")) {
    const isWide = maths.scrollWidth > maths.clientWidth && maths.clientWidth > 0; // an inline one has no widths of its own
    if (!isWide && (width === 0 || maths.getBoundingClientRect().width <= width)) continue;
    maths.classList.add("maths-wide");
    maths.tabIndex = 0;
  }
}

export function textDrawer(tools) {
  const waiting = new Map(); // element -> text
  let end = 0;
  let last = 0;

  function drawNow(element, text) {
    waiting.delete(element);
    typeset(element, text, tools);
    near.observe(element);
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      if (waiting.has(target)) drawNow(target, waiting.get(target));
      near.unobserve(target);
      openScrollers(target);
    }
  }, { rootMargin: NEAR });

  function drawSome(deadline) {
    for (const [element, text] of waiting) {
      drawNow(element, text);
      if (deadline.timeRemaining() < 4) break;
    }
    if (waiting.size > 0) idly(drawSome);
  }

  return {
    /** Of the next item, out of sight: drawn now, `adopt`ed when it is shown. */
    ahead: (element, text) => typeset(element, text, tools),
    adopt: (element) => near.observe(element),
    /** A new item: what still waits of the old one is not drawn any more. */
    begin() {
      waiting.clear();
      near.disconnect();
      last = 0;
    },
    draw(element, text) {
      element.classList.toggle("is-long", text.length > LONG);
      const now = performance.now();
      if (now > last + PAUSE_MS) end = now + AT_ONCE_MS;
      last = now;
      if (now < end) return drawNow(element, text);
      element.textContent = text;
      near.observe(element);
      if (waiting.size === 0) idly(drawSome);
      return waiting.set(element, text);
    },
  };
}
