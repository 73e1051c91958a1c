// Put into the page before its own scripts: notes when the first step of an item can be read, and how long keys take
// to their paint. It knows the page's structure only, none of its modules.
(() => {
  const seen = { readable: [], keys: [], until };
  globalThis.benchmarkSeen = seen;
  const waiters = [];
  let lastItem = null;
  let lastKey = null;
  let isLooking = false;

  /** The problem's text, once it and the first step are laid out with formulas and every font that they use is there. */
  function itemShown() {
    const problem = document.querySelector("[data-part=problemText]");
    const step = document.querySelector("[data-part=steps] > li .step-text");
    if (!problem?.querySelector(".katex") || !step?.querySelector(".katex")) return null;
    if (step.getBoundingClientRect().height === 0 || problem.getBoundingClientRect().height === 0) return null;
    return document.fonts.status === "loaded" ? problem.textContent : null;
  }

  function look() {
    isLooking = false;
    const item = itemShown();
    if (item === null) return lookSoon();
    if (item === lastItem) return undefined;
    lastItem = item;
    const key = lastKey;
    // This frame shows it; at the beginning of the next one it surely is painted.
    return requestAnimationFrame(() => {
      const at = performance.now();
      seen.readable.push({ at, afterKey: key === null ? null : at - key });
      for (const waiter of waiters) waiter();
    });
  }

  function lookSoon() {
    if (isLooking) return;
    isLooking = true;
    requestAnimationFrame(look);
  }

  /** Resolves with what is known of item number `count`, from 1, once that one is readable. */
  function until(count) {
    return new Promise((resolve) => {
      const waiter = () => seen.readable.length >= count && resolve(seen.readable[count - 1]);
      waiters.push(waiter);
      waiter();
    });
  }

  addEventListener("keydown", (event) => (lastKey = event.timeStamp), { capture: true });
  new MutationObserver(lookSoon).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === "keydown") seen.keys.push(duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
})();
