import assert from "node:assert/strict";
import { test } from "node:test";
import {
  activeTime, clockFace, IDLE_MS, isIdle, noteActivity, noteVisibility, startClock,
} from "../../labelling/rating/static/rating/clock.js";

test("time runs while the rater works", () => {
  assert.equal(activeTime(startClock(1000), 6000), 5000);
});

test("a restored draft goes on from its time", () => {
  assert.equal(activeTime(startClock(1000, { total: 70 }), 1010), 80);
});

test("after a minute without a sign of life it stops", () => {
  const clock = startClock(0);
  assert.equal(activeTime(clock, IDLE_MS), IDLE_MS);
  assert.equal(activeTime(clock, 10 * IDLE_MS), IDLE_MS);
  assert.equal(isIdle(clock, IDLE_MS - 1), false);
  assert.equal(isIdle(clock, IDLE_MS), true);
});

test("coming back from a break adds nothing for the break", () => {
  const back = noteActivity(startClock(0), 10 * IDLE_MS);
  assert.equal(activeTime(back, 10 * IDLE_MS + 5), IDLE_MS + 5);
});

test("steady work over many minutes is counted in full", () => {
  let clock = startClock(0);
  for (let now = 0; now <= 600_000; now += 30_000) clock = noteActivity(clock, now);
  assert.equal(activeTime(clock, 600_000), 600_000);
});

test("a hidden page counts nothing, and seeing it again starts anew", () => {
  const hidden = noteVisibility(startClock(0), false, 3000);
  assert.equal(activeTime(hidden, 50_000), 3000);
  assert.equal(isIdle(hidden, 3001), true);
  assert.equal(noteActivity(hidden, 40_000), hidden);
  const seen = noteVisibility(hidden, true, 50_000);
  assert.equal(activeTime(seen, 52_000), 5000);
});

test("hearing the same visibility twice changes nothing", () => {
  const clock = startClock(0);
  assert.equal(noteVisibility(clock, true, 9000), clock);
});

test("a page opened in the background waits", () => {
  assert.equal(activeTime(startClock(0, { visible: false }), 9000), 0);
});

test("a clock set back never takes time away", () => {
  const clock = startClock(10_000, { total: 4 });
  assert.equal(activeTime(clock, 2000), 4);
  assert.equal(noteActivity(clock, 2000), clock);
});

test("time is written for people", () => {
  assert.equal(clockFace(0), "0:00");
  assert.equal(clockFace(754_999), "12:34");
  assert.equal(clockFace(3_723_000), "1:02:03");
});
