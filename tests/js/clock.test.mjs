import assert from "node:assert/strict";
import { test } from "node:test";
import {
  activeTime, clockFace, countStep, IDLE_MS, isIdle, noteActivity, noteStop, startClock,
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
  const hidden = noteStop(startClock(0), "hidden", true, 3000);
  assert.equal(activeTime(hidden, 50_000), 3000);
  assert.equal(isIdle(hidden, 3001), true);
  assert.equal(noteActivity(hidden, 40_000), hidden);
  const seen = noteStop(hidden, "hidden", false, 50_000);
  assert.equal(activeTime(seen, 52_000), 5000);
});

test("two reasons to stand still: it goes on when both are over", () => {
  const both = noteStop(noteStop(startClock(0), "break", true, 1000), "hidden", true, 2000);
  const one = noteStop(both, "hidden", false, 60_000);
  assert.equal(activeTime(one, 90_000), 1000);
  assert.equal(activeTime(noteStop(one, "break", false, 100_000), 100_500), 1500);
});

test("a wait is not counted, and its end is no sign of life", () => {
  const waiting = noteStop(startClock(0), "waiting", true, 1000);
  assert.equal(activeTime(waiting, 30_000), 1000);
  assert.equal(activeTime(noteStop(waiting, "waiting", false, 30_000), 40_000), 11_000);
  assert.equal(activeTime(noteStop(waiting, "waiting", false, 200_000), 260_000), 1000);
});

test("hearing the same twice changes nothing", () => {
  const clock = startClock(0);
  assert.equal(noteStop(clock, "hidden", false, 9000), clock);
});

test("a page opened in the background waits", () => {
  assert.equal(activeTime(startClock(0, { stops: ["hidden"] }), 9000), 0);
});

test("each step gets the active time until its rating, and nothing is counted twice", () => {
  let steps = countStep({ times: [], counted: 0 }, 0, 700);
  steps = countStep(steps, 2, 1000);
  steps = countStep(steps, null, 1500);
  steps = countStep(steps, 0, 1600);
  assert.deepEqual(steps, { times: [800, 0, 300], counted: 1600 });
  assert.deepEqual(countStep(steps, 0, 1600), steps);
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
