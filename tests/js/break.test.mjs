import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBreak, minutesOf } from "../../labelling/rating/static/rating/break.js";

const NOON = Date.UTC(2026, 2, 2, 12, 0, 0);

/** A dialog that opens and closes, and the rest of the page around it. */
function page({ state = null, rater = "ann" } = {}) {
  const listeners = { dialog: {}, end: {} };
  const dialog = {
    open: false,
    addEventListener: (type, listener) => (listeners.dialog[type] = listener),
    showModal() { this.open = true; },
    close() { this.open = false; listeners.dialog.close(); },
  };
  const parts = {
    breakDialog: dialog,
    breakSince: { textContent: "" },
    breakLength: { textContent: "" },
    breakEnd: { addEventListener: (type, listener) => (listeners.end[type] = listener) },
  };
  const stops = [];
  const waits = [];
  const time = { now: NOON };
  const entry = { state, replaceState: (kept) => (entry.state = kept) };
  const rest = createBreak({
    parts,
    rater,
    entry,
    t: (key, values) => `${key} ${JSON.stringify(values)}`,
    stop: (on) => stops.push(on),
    timers: { set: (action, ms) => waits.push({ action, ms }) - 1, clear: (at) => delete waits[at] },
    now: () => time.now,
    locale: "de",
  });
  return { rest, dialog, parts, stops, waits, time, entry, goOn: () => listeners.end.click() };
}

describe("a break", () => {
  it("stops the clock, hides the item and says since when, in the page's language", () => {
    const { rest, dialog, parts, stops } = page();
    rest.open();
    assert.equal(dialog.open, true);
    assert.deepEqual(stops, [true]);
    assert.match(parts.breakSince.textContent, /break_since \{"time":"\d\d:\d\d"\}/);
    assert.equal(parts.breakLength.textContent, "");
  });

  it("lets the clock run on when the rater goes on, by button or by Escape", () => {
    for (const end of [({ goOn }) => goOn(), ({ dialog }) => dialog.close()]) {
      const opened = page();
      opened.rest.open();
      end(opened);
      assert.deepEqual(opened.stops, [true, false]);
      assert.equal(opened.dialog.open, false);
      assert.deepEqual(Object.keys(opened.waits), []);
    }
  });

  it("tells its length by the minute, without a tick between", () => {
    const { rest, parts, waits, time } = page();
    rest.open();
    assert.equal(waits[0].ms, 60_000);
    time.now += 125_000;
    waits[0].action();
    assert.equal(parts.breakLength.textContent, 'break_length {"count":2}');
    assert.equal(waits[1].ms, 55_000);
  });

  it("goes on over a reload since it began, and is over for the next reload once it has ended", () => {
    const before = page();
    before.rest.open();
    const after = page({ state: structuredClone(before.entry.state) });
    after.time.now += 180_000;
    after.rest.open();
    assert.deepEqual([after.dialog.open, after.stops], [true, [true]]);
    assert.equal(after.parts.breakLength.textContent, 'break_length {"count":3}');
    assert.equal(after.parts.breakSince.textContent, before.parts.breakSince.textContent);
    after.goOn();
    assert.equal(after.entry.state, null);
  });

  it("of another account is none of ours", () => {
    const theirs = page({ rater: "bob" });
    theirs.rest.open();
    const ours = page({ state: theirs.entry.state });
    ours.time.now += 180_000;
    ours.rest.open();
    assert.equal(ours.parts.breakLength.textContent, "");
  });

  it("begins once, however often it is asked for", () => {
    const { rest, stops } = page();
    rest.open();
    rest.open();
    assert.deepEqual(stops, [true]);
  });

  it("counts whole minutes", () => {
    assert.deepEqual([0, 59_999, 60_000, 3_600_000].map(minutesOf), [0, 0, 1, 60]);
  });
});
