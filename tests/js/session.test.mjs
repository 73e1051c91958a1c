import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { draftOf, newSession, reduce, submission, submitBlock, wireDraft } from "../../labelling/rating/static/rating/session.js";
import { firstError, isOpen, openCount, undecided } from "../../labelling/rating/static/rating/spots.js";

const lease = (count = 4, id = "lease-1") => ({ id, steps: Array.from({ length: count }, (_, i) => ({ text: `s${i}` })) });
const play = (state, ...events) => events.reduce(reduce, state);
const open = (count = 4, mode = "first_error") => play(newSession(mode), { type: "lease-opened", lease: lease(count) });
const rate = (rating, index) => ({ type: "rated", rating, index });
const ratings = (state) => state.steps.map((step) => step.rating);

describe("rating", () => {
  test("a fresh item has no rating, which is null and not neutral", () => {
    assert.deepEqual(ratings(open(2)), [null, null]);
    assert.equal(open(2).current, 0);
  });
  test("each rating advances by itself and raises the draft's number", () => {
    const state = play(open(3), rate(1), rate(0));
    assert.deepEqual(ratings(state), [1, 0, null]);
    assert.equal(state.current, 2);
    assert.equal(state.seq, 2);
  });
  test("the last step keeps the place after its rating", () => {
    assert.equal(play(open(2), rate(1), rate(1)).current, 1);
  });
  test("an unknown rating is a programming error", () => {
    assert.throws(() => play(open(), rate(2)), /no such rating/);
    assert.throws(() => reduce(open(), { type: "danced" }), /no such event/);
  });
  test("the same rating again only moves on", () => {
    const before = play(open(3), rate(1), { type: "moved", by: -1 });
    const after = reduce(before, rate(1));
    assert.equal(after.current, 1);
    assert.equal(after.seq, before.seq);
    assert.equal(after.past.length, before.past.length);
  });
  test("the reducer changes nothing in place", () => {
    const before = open(3);
    const copy = structuredClone(before);
    play(before, rate(1), { type: "flagged" }, rate(-1), { type: "undone" });
    assert.deepEqual(before, copy);
  });
  test("a rating can be taken away", () => {
    const state = play(open(2), rate(1), { type: "cleared", index: 0 });
    assert.deepEqual(ratings(state), [null, null]);
    assert.equal(state.current, 0);
    assert.equal(reduce(state, { type: "cleared", index: 1 }), state);
  });
});

describe("first-error mode", () => {
  const failed = () => play(open(4), rate(1), rate(-1));

  test("the first negative step closes the later ones and keeps the place", () => {
    const state = failed();
    assert.equal(firstError(state), 1);
    assert.equal(openCount(state), 2);
    assert.equal(isOpen(state, 1), true);
    assert.equal(isOpen(state, 2), false);
    assert.equal(state.current, 1);
  });
  test("a closed step takes neither rating nor flag, and says so", () => {
    const state = play(failed(), rate(1, 3));
    assert.deepEqual(ratings(state), [1, -1, null, null]);
    assert.equal(state.notice.key, "notice_closed");
    assert.equal(play(failed(), { type: "flagged", index: 2 }).steps[2].flagged, false);
  });
  test("moving past the error is refused with a word", () => {
    const state = reduce(failed(), { type: "moved", by: 1 });
    assert.equal(state.current, 1);
    assert.equal(state.notice.key, "notice_closed");
  });
  test("changing the negative rating opens the later steps again", () => {
    const state = play(failed(), rate(0, 1));
    assert.equal(openCount(state), 4);
    assert.equal(state.current, 2);
  });
  test("an earlier slip closes what was rated after it; changing it back brings those ratings back", () => {
    const slipped = play(open(3), rate(1), rate(0), rate(1), rate(-1, 0));
    assert.equal(slipped.current, 0);
    assert.deepEqual(submission(slipped, { uuid: "u", totalTime: 5 }).steps, [{ rating: -1, flagged: false }]);
    assert.deepEqual(ratings(play(slipped, rate(1, 0))), [1, 0, 1]);
  });
  test("only the earliest of two negatives counts", () => {
    const state = play(open(4), rate(1), rate(1), rate(-1), rate(-1, 0));
    assert.equal(firstError(state), 0);
    assert.equal(openCount(state), 1);
  });
});

describe("moving and undo", () => {
  test("moving stays within the item", () => {
    assert.equal(reduce(open(3), { type: "moved", by: -1 }).current, 0);
    assert.equal(reduce(open(3), { type: "moved", index: 99 }).current, 2);
  });
  test("moving is not a change: it raises no draft number", () => {
    assert.equal(reduce(open(3), { type: "moved", by: 1 }).seq, 0);
  });
  test("undo takes back one change at a time, with its place", () => {
    const state = play(open(3), rate(1), rate(0), { type: "undone" });
    assert.deepEqual(ratings(state), [1, null, null]);
    assert.equal(state.current, 1);
    assert.deepEqual(ratings(reduce(state, { type: "undone" })), [null, null, null]);
  });
  test("undo is itself a newer draft, so that the server takes it", () => {
    assert.equal(play(open(3), rate(1), { type: "undone" }).seq, 2);
  });
  test("undo of a first error opens the later steps", () => {
    assert.equal(openCount(play(open(3), rate(-1), { type: "undone" })), 3);
  });
  test("undo with nothing to undo says so", () => {
    const state = reduce(open(3), { type: "undone" });
    assert.equal(state.notice.key, "notice_no_undo");
    assert.equal(state.seq, 0);
  });
  test("undo goes on where a draft was left, and leaves a submitted item as it is", () => {
    const kept = { seq: 4, current: 2, steps: [1, 0, null].map((rating) => ({ rating, flagged: false })) };
    const opened = { type: "lease-opened", lease: lease(3), draft: kept };
    const state = reduce(newSession(), opened);
    const once = reduce(state, { type: "undone" });
    assert.deepEqual([ratings(once), once.current, once.seq], [[1, null, null], 1, 5]);
    assert.deepEqual(ratings(reduce(once, { type: "undone" })), [null, null, null]);
    assert.equal(reduce(newSession(), { ...opened, isDone: true }).past.length, 0);
  });
  test("a new item forgets the old one's past", () => {
    const next = play(open(3), rate(1), { type: "submit-started" }, { type: "submit-accepted" },
      { type: "lease-opened", lease: lease(2, "lease-2") }, { type: "undone" });
    assert.deepEqual(ratings(next), [null, null]);
    assert.equal(next.notice.key, "notice_no_undo");
  });
});

describe("submitting", () => {
  test("an undecided step blocks it and is named", () => {
    const state = play(open(3), rate(1));
    assert.deepEqual(undecided(state), [1, 2]);
    assert.deepEqual(submitBlock(state), { key: "block_unrated", values: { count: 2, first: 2 } });
  });
  test("trying anyway goes to the first undecided step and says why", () => {
    const state = play(open(3), rate(1, 2), { type: "submit-blocked" });
    assert.equal(state.current, 0);
    assert.equal(state.notice.key, "block_unrated");
  });
  test("a step skipped before the error blocks it", () => {
    assert.deepEqual(submitBlock(play(open(3), rate(-1, 1))).values, { count: 1, first: 1 });
  });
  test("unsure without a rating decides a step and is sent as null, not 0", () => {
    const state = play(open(2), { type: "flagged" }, rate(1, 1));
    assert.equal(submitBlock(state), null);
    const body = submission(state, { uuid: "u", totalTime: 7 });
    assert.deepEqual(body.steps, [{ rating: null, flagged: true }, { rating: 1, flagged: false }]);
  });
  test("the first error ends the body and names the reason", () => {
    const body = submission(play(open(4), rate(1), rate(-1)), { uuid: "id-1", totalTime: 1234 });
    assert.deepEqual(body, {
      uuid: "id-1",
      steps: [{ rating: 1, flagged: false }, { rating: -1, flagged: false }],
      finish_reason: "found_error",
      reason: "",
      total_time: 1234,
    });
  });
  test("a solution without an error is sent whole", () => {
    const body = submission(play(open(2), rate(1), rate(0)), { uuid: "u", totalTime: 1 });
    assert.equal(body.finish_reason, "solution");
    assert.equal(body.steps.length, 2);
  });
  test("giving up carries its reason and whatever was rated", () => {
    const body = submission(play(open(2), rate(1)), { uuid: "u", totalTime: 1, finish: "give_up", reason: "in Latin" });
    assert.equal(body.finish_reason, "give_up");
    assert.equal(body.reason, "in Latin");
    assert.deepEqual(body.steps.map((step) => step.rating), [1, null]);
  });
  test("while it is being sent nothing changes, not even by a key pressed too often", () => {
    const state = play(open(1), rate(1), { type: "submit-started" });
    assert.equal(submitBlock(state).key, "block_sending");
    assert.equal(reduce(state, rate(-1)), state);
    assert.equal(reduce(state, { type: "undone" }), state);
    assert.equal(reduce(state, { type: "submit-started" }), state);
  });
  test("waiting for the network is shown and keeps the ratings", () => {
    const state = play(open(1), rate(1), { type: "submit-started" }, { type: "submit-waiting", kind: "offline" });
    assert.equal(state.sending.kind, "offline");
    assert.deepEqual(ratings(state), [1]);
  });
  test("a refused submit gives the item back with the server's word", () => {
    const state = play(open(1), rate(1), { type: "submit-started" }, { type: "submit-refused", message: "closed" });
    assert.equal(state.phase, "labelling");
    assert.deepEqual(state.notice, { key: "notice_refused", values: { message: "closed" } });
    assert.equal(submitBlock(state), null);
  });
  test("an accepted one is counted, and the next item opens fresh", () => {
    const state = play(open(1), rate(1), { type: "submit-started" }, { type: "submit-accepted" },
      { type: "lease-opened", lease: lease(3, "lease-2") });
    assert.equal(state.done, 1);
    assert.equal(state.lease.id, "lease-2");
    assert.equal(state.seq, 0);
  });
  test("with nothing left the page says why and blocks the button", () => {
    const state = reduce(open(1), { type: "lease-none", reason: "queue-empty", message: "" });
    assert.equal(state.phase, "empty");
    assert.equal(state.lease, null);
    assert.equal(submitBlock(state).key, "block_nothing");
  });
  test("an item without steps can't be submitted as judged", () => {
    assert.equal(submitBlock(open(0)).key, "block_no_steps");
  });
});

describe("drafts", () => {
  const draft = { seq: 9, current: 2, total_time: 5, steps: [1, 0, null].map((rating) => ({ rating, flagged: false })) };

  test("a draft restores ratings, place and number", () => {
    const state = reduce(newSession(), { type: "lease-opened", lease: lease(3), draft });
    assert.deepEqual(ratings(state), [1, 0, null]);
    assert.equal(state.current, 2);
    assert.equal(reduce(state, rate(1)).seq, 10);
  });
  test("a draft's place beyond its first error is brought back", () => {
    const beyond = { ...draft, steps: [-1, null, null].map((rating) => ({ rating, flagged: false })) };
    assert.equal(reduce(newSession(), { type: "lease-opened", lease: lease(3), draft: beyond }).current, 0);
  });
  test("this machine keeps closed ratings, the server gets none", () => {
    const state = play(open(3), rate(1), rate(1), rate(1), rate(-1, 0));
    assert.deepEqual(draftOf(state, 8).steps.map((step) => step.rating), [-1, 1, 1]);
    assert.deepEqual(wireDraft(state, 8), {
      seq: 4, current: 0, total_time: 8,
      steps: [{ rating: -1, flagged: false }, { rating: null, flagged: false }, { rating: null, flagged: false }],
    });
  });
  test("a late report about a draft does not touch an item that is gone", () => {
    const gone = reduce(open(1), { type: "lease-none", reason: "queue-empty", message: "" });
    assert.equal(reduce(gone, { type: "draft-reported", kind: "saved" }), gone);
    assert.equal(reduce(open(1), { type: "draft-reported", kind: "saved" }).saving.kind, "saved");
  });
});
