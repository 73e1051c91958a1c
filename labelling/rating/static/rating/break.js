// A break: the clock stands still and the item is out of sight until the rater goes on, over a reload, too.

import { setText } from "./dom.js";

const MINUTE_MS = 60_000;

export function minutesOf(ms) {
  return Math.floor(ms / MINUTE_MS);
}

/** `stop(on)` stops the clock, or lets it run on; `entry`: the page's place in the tab's history, which a reload keeps. */
export function createBreak({
  parts, t, rater, stop, timers, entry = history, now = Date.now, locale = document.documentElement.lang,
}) {
  const { breakDialog: dialog, breakSince, breakLength, breakEnd } = parts;
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  let since = null;
  let timer = null;

  function tick() {
    if (since === null) return;
    const count = minutesOf(now() - since);
    setText(breakLength, count > 0 ? t("break_length", { count }) : "");
    timer = timers.set(tick, MINUTE_MS - ((now() - since) % MINUTE_MS));
  }

  function end() {
    since = null;
    entry.replaceState(null, "");
    timers.clear(timer);
    stop(false);
  }

  dialog.addEventListener("close", end);
  breakEnd.addEventListener("click", () => dialog.close());

  return {
    open() {
      if (dialog.open) return;
      since = entry.state?.rest === rater ? entry.state.since : now();
      entry.replaceState({ rest: rater, since }, "");
      stop(true);
      setText(breakSince, t("break_since", { time: clock.format(since) }));
      dialog.showModal();
      tick();
    },
  };
}
