// The session in its other modes: every step, alternatives of the failing step, error notes, submitting by itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  completes, draftOf, newSession, reduce, submission, submitBlock, wireDraft,
} from "../../labelling/rating/static/rating/session.js";
import {
  alternativesOf, judgedAt, notable, openCount, spotCount, undecided, unnoted,
} from "../../labelling/rating/static/rating/spots.js";

const play = (state, ...events) => events.reduce(reduce, state);
const rate = (rating, index) => ({ type: "rated", rating, index });
const other = (rating, candidate) => ({ type: "rated", rating, candidate });
const undo = { type: "undone" };
const ratings = (list) => list.map((one) => one.rating);
const body = (state, more = {}) => submission(state, { uuid: "u", totalTime: 1, ...more });
const judged = (rating, flagged = false) => ({ rating, flagged });

/** `others`: how many alternatives each step has. */
function open(others, { mode = "first_error", notes = "off", draft = null } = {}) {
  const steps = others.map((count) => (count ? { text: "s", alternatives: Array(count).fill({ text: "o" }) } : { text: "s" }));
  return reduce(newSession(mode, notes), { type: "lease-opened", lease: { id: "l", steps }, draft });
}

describe("every-step mode", () => {
  const every = () => open([0, 0, 0], { mode: "every_step" });

  test("a negative step closes nothing, and each step is needed", () => {
    const state = play(every(), rate(-1), rate(1));
    assert.equal(openCount(state), 3);
    assert.deepEqual(submitBlock(state), { key: "block_unrated", values: { count: 1, first: 3 } });
    const sent = body(play(state, rate(-1)));
    assert.deepEqual(ratings(sent.steps), [-1, 1, -1]);
    assert.equal(sent.finish_reason, "found_error");
  });
  test("without a negative step it is a solution", () => {
    assert.equal(body(play(every(), rate(1), rate(0), rate(1))).finish_reason, "solution");
  });
  test("unsure without a rating lets it go on", () => {
    const state = play(every(), rate(-1), { type: "flagged" }, rate(1, 2));
    assert.equal(submitBlock(state), null);
    assert.deepEqual(body(state).steps[1], judged(null, true));
  });
  test("moving goes past an error", () => {
    assert.equal(play(every(), rate(-1), { type: "moved", index: 2 }).current, 2);
  });
});

describe("alternatives of the failing step", () => {
  const failed = () => play(open([0, 2, 1]), rate(1), rate(-1));

  test("are there once the step is negative, and are rated next, each with one key", () => {
    assert.deepEqual(alternativesOf(open([0, 2, 1])), []);
    const state = failed();
    assert.equal(spotCount(state), 4);
    assert.equal(state.current, 2);
    const rated = play(state, rate(0), rate(-1));
    assert.deepEqual(ratings(alternativesOf(rated)), [0, -1]);
    assert.equal(rated.current, 3);
    assert.equal(submitBlock(rated), null);
    assert.deepEqual(body(rated).steps, [judged(1), { ...judged(-1), alternatives: [judged(0), judged(-1)] }]);
  });
  test("a step without any ends as before", () => {
    const state = play(open([0, 0, 1]), rate(1), rate(-1));
    assert.equal(state.current, 1);
    assert.deepEqual(body(state).steps, [judged(1), judged(-1)]);
  });
  test("those left unrated block the submit, and trying goes to the first of them", () => {
    const state = failed();
    assert.deepEqual(submitBlock(state), { key: "block_alternatives", values: { count: 2, step: 2 } });
    const tried = play(state, other(1, 0), { type: "moved", index: 0 }, { type: "submit-blocked" });
    assert.equal(tried.current, 3);
    assert.equal(tried.notice.key, "block_alternatives");
  });
  test("a step still to rate is named before them", () => {
    const state = play(open([0, 1]), rate(-1, 1));
    assert.deepEqual(submitBlock(state), { key: "block_unrated", values: { count: 1, first: 1 } });
    assert.deepEqual(undecided(state), [0, 2]);
  });
  test("unsure decides one, with or without a rating", () => {
    const state = play(failed(), { type: "flagged" }, { type: "flagged", candidate: 1 }, other(1, 1));
    assert.equal(submitBlock(state), null);
    assert.deepEqual(body(state).steps[1].alternatives, [judged(null, true), judged(1, true)]);
  });
  test("changing the negative rating away hides them and opens the later steps; their ratings are kept", () => {
    const changed = play(failed(), rate(1), rate(0), rate(1, 1));
    assert.deepEqual(alternativesOf(changed), []);
    assert.equal(openCount(changed), 3);
    assert.equal(changed.current, 2);
    assert.deepEqual(body(changed).steps, [judged(1), judged(1), judged(null)]);
    assert.deepEqual(ratings(alternativesOf(play(changed, rate(-1, 1)))), [1, 0]);
    assert.deepEqual(ratings(alternativesOf(reduce(changed, undo))), [1, 0]);
  });
  test("an earlier error has its own, and closes those of the later one", () => {
    const state = play(failed(), rate(1), rate(-1, 0));
    assert.equal(spotCount(state), 1);
    assert.deepEqual(body(state).steps, [judged(-1)]);
  });
  test("undo takes back one at a time, from the alternatives into the steps", () => {
    const state = play(failed(), rate(1), rate(0));
    const [one, two, three] = [play(state, undo), play(state, undo, undo), play(state, undo, undo, undo)];
    assert.deepEqual([ratings(alternativesOf(one)), one.current], [[1, null], 3]);
    assert.deepEqual([ratings(alternativesOf(two)), two.current], [[null, null], 2]);
    assert.deepEqual([ratings(three.steps), three.current], [[1, null, null], 1]);
  });
  test("a rating can be taken away from one, and moving reaches them all and no further", () => {
    const state = play(failed(), rate(1), { type: "moved", by: -1 }, { type: "cleared" });
    assert.deepEqual(judgedAt(state, 2), judged(null));
    assert.equal(play(state, { type: "moved", by: -9 }).current, 0);
    const beyond = play(state, { type: "moved", by: 9 });
    assert.deepEqual([beyond.current, beyond.notice.key], [3, "notice_closed"]);
    assert.equal(play(state, { type: "moved", candidate: 1 }).current, 3);
    assert.equal(play(state, { type: "moved", index: 2 }).current, 1);
  });
  test("one that is not there is closed", () => {
    const state = failed();
    assert.equal(reduce(state, other(1, 2)).notice.key, "notice_closed");
    assert.equal(reduce(open([2]), other(1, 0)).notice.key, "notice_closed");
  });
  test("who gives up sends what was rated so far", () => {
    const sent = body(play(failed(), rate(1)), { finish: "give_up", reason: "Latin" });
    assert.deepEqual(sent.steps[1].alternatives, [judged(1), judged(null)]);
  });
  test("a draft brings them back, unless the lease has others by now", () => {
    const state = play(failed(), rate(1));
    const draft = draftOf(state, 5);
    assert.deepEqual(open([0, 2, 1], { draft }).steps, state.steps);
    assert.deepEqual(ratings(alternativesOf(open([0, 3, 1], { draft }))), [null, null, null]);
    assert.deepEqual(open([0, 0, 0], { draft }).steps[1], judged(-1));
  });
  test("the server's draft has them only while they are shown, and a step as its place", () => {
    const state = play(failed(), rate(1));
    assert.deepEqual(wireDraft(state, 5).steps, [judged(1), { ...judged(-1), alternatives: [judged(1), judged(null)] }, judged(null)]);
    assert.equal(wireDraft(state, 5).current, 1);
    assert.deepEqual(wireDraft(play(state, rate(1, 1)), 5).steps[1], judged(1));
  });
});

describe("error notes", () => {
  const note = { type: "logic", explanation: "It does not follow.", corrected: "" };
  const write = (change, index = 1) => ({ type: "noted", index, note: { ...note, ...change } });
  const failed = (notes = "required") => play(open([0, 0, 0], { notes }), rate(1), rate(-1));

  test("a required one blocks the submit until its type and explanation are there", () => {
    const state = failed();
    assert.deepEqual(submitBlock(state), { key: "block_note", values: { step: 2 } });
    for (const half of [{ type: "" }, { explanation: "  " }]) assert.deepEqual(unnoted(reduce(state, write(half))), [1]);
    const done = reduce(state, write({}));
    assert.equal(submitBlock(done), null);
    assert.deepEqual(body(done).steps[1], { ...judged(-1), note });
  });
  test("an optional one blocks nothing", () => {
    assert.equal(submitBlock(failed("optional")), null);
    assert.deepEqual(body(failed("optional")).steps[1], judged(-1));
  });
  test("each negative step of every-step mode has its own, and trying goes to the first without", () => {
    const state = play(open([0, 0, 0], { mode: "every_step", notes: "required" }), rate(-1), rate(1), rate(-1), write({}, 0));
    assert.deepEqual(notable(state), [0, 2]);
    assert.deepEqual(submitBlock(state).values, { step: 3 });
    assert.equal(reduce({ ...state, current: 0 }, { type: "submit-blocked" }).current, 2);
  });
  test("typing is one edit to undo; a rating between two of them makes them two", () => {
    const typed = play(failed(), write({ explanation: "I" }), write({ explanation: "It" }));
    assert.equal(reduce(typed, undo).steps[1].note, undefined);
    const twice = play(typed, { type: "flagged" }, write({ explanation: "It f" }), undo, undo);
    assert.equal(twice.steps[1].note.explanation, "It");
  });
  test("a step that is negative no more keeps its note here and sends none", () => {
    const state = play(failed(), write({}), rate(0, 1), rate(1));
    assert.deepEqual(body(state).steps[1], judged(0));
    assert.deepEqual(wireDraft(state, 1).steps[1], judged(0));
    assert.deepEqual(draftOf(state, 1).steps[1].note, note);
  });
  test("a campaign that asks for none gets none, whatever a draft holds", () => {
    const draft = draftOf(play(failed(), write({})), 1);
    assert.deepEqual(body(open([0, 0, 0], { draft })).steps[1], judged(-1));
  });
});

describe("submitting by itself", () => {
  const last = (before, event) => completes(before, reduce(before, event), event);

  test("the last needed rating does it, and no other event", () => {
    const state = play(open([0, 0, 0]), rate(1), rate(1));
    assert.equal(last(open([0, 0, 0]), rate(1)), false);
    assert.equal(last(state, rate(1)), true);
    assert.equal(last(state, rate(0, 0)), false);
    assert.equal(last(state, { type: "flagged" }), false);
    assert.equal(last(play(state, rate(1)), rate(0, 0)), false);
  });
  test("a first error does it at once, or with the last of its alternatives", () => {
    assert.equal(last(open([0, 0]), rate(-1)), true);
    assert.equal(last(open([2, 0]), rate(-1)), false);
    assert.equal(last(play(open([2, 0]), rate(-1), rate(1)), rate(1)), true);
  });
  test("not where a note may still be written", () => {
    assert.equal(last(open([0, 0], { notes: "optional" }), rate(-1)), false);
    assert.equal(last(play(open([0, 0], { notes: "optional" }), rate(1)), rate(1)), true);
  });
});
