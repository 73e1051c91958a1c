import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answered, cleanDraft, draftOf, isWaiting, newSession, primaryOf, reduce, submission, submitBlock,
} from "../../labelling/rating/static/rating/turns.js";
import { choiceOf, pathId, statesAnswer, wishes } from "../../labelling/rating/static/rating/turn_state.js";
import { turnsDriver } from "../../labelling/rating/static/rating/turns_driver.js";
import { answerOf, candidates, GO, lease, load, loaded, open, play, rate, ratings, start } from "./turns_kit.mjs";

describe("rating the candidates of a turn", () => {
  test("a fresh item has no candidates yet, and waits", () => {
    assert.equal(start().turn.status, "wanted");
    assert.equal(isWaiting(start()), true);
    assert.equal(submitBlock(start()).key, "block_waiting");
  });
  test("each rating advances by itself; after the last the first positive one is in hand", () => {
    const half = play(open(), rate(-1), rate(1));
    assert.equal(half.current, 2);
    assert.equal(half.seq, 2);
    const all = reduce(half, rate(1));
    assert.deepEqual(ratings(all), [-1, 1, 1]);
    assert.equal(all.current, 1);
  });
  test("else the first neutral one; else none", () => {
    assert.equal(play(open(), rate(-1), rate(0), rate(0)).current, 1);
    const failed = play(open(), rate(-1), rate(-1), rate(-1));
    assert.equal(choiceOf(failed), -1);
    assert.equal(submitBlock(failed), null);
  });
  test("a rating changed afterwards leaves the place where it may go on from", () => {
    const state = play(open(), rate(1), rate(-1), rate(-1), rate(1, 2));
    assert.equal(choiceOf(state), 2);
    assert.equal(choiceOf(reduce(state, rate(0, 2))), 0);
  });
  test("unsure without a rating decides a candidate, but is never gone on from", () => {
    const state = play(open(2), { type: "flagged", index: 0 }, rate(-1, 1));
    assert.equal(choiceOf(state), -1);
    assert.equal(submitBlock(state), null);
    const unsure = play(open(1), { type: "flagged" });
    assert.equal(submitBlock(unsure).key, "block_no_choice");
  });
  test("trying to submit goes to the first that is not rated", () => {
    const state = play(open(), rate(1, 2), { type: "submit-blocked" });
    assert.equal(state.current, 0);
    assert.deepEqual(state.notice, { key: "block_candidates", values: { count: 2, first: 1 } });
  });
  test("a rating can be taken away, and moving stays within", () => {
    assert.deepEqual(ratings(play(open(2), rate(1), { type: "cleared", index: 0 })), [null, null]);
    assert.equal(play(open(2), { type: "moved", by: 9 }).current, 1);
    assert.equal(play(open(2), { type: "moved", index: 1 }).current, 1);
  });
  test("nothing is changed in place, and nonsense is a programming error", () => {
    const before = open();
    const copy = structuredClone(before);
    play(before, rate(1), rate(0), rate(-1), GO, { type: "undone" });
    assert.deepEqual(before, copy);
    assert.throws(() => reduce(before, rate(2)), /no such rating/);
    assert.throws(() => reduce(before, { type: "danced" }), /no such event/);
  });
});

describe("going on", () => {
  const rated = (...given) => given.reduce((state, rating) => reduce(state, rate(rating)), open(given.length));

  test("Enter goes on from the candidate in hand where it may", () => {
    const state = play(rated(1, -1, 1), { type: "moved", index: 2 });
    assert.deepEqual(primaryOf(state), { label: "go_on", event: GO });
    const next = reduce(state, GO);
    assert.equal(next.turns[0].chosen, 12);
    assert.equal(next.turn.status, "wanted");
    assert.deepEqual(next.steps, []);
  });
  test("else from the first best one", () => {
    assert.equal(play(rated(-1, 1, 0), { type: "moved", index: 2 }, GO).turns[0].chosen, 11);
  });
  test("not before all are rated, and not while a step is written", () => {
    assert.equal(primaryOf(reduce(open(), rate(1))), null);
    assert.equal(primaryOf(reduce(rated(1), { type: "own-opened" })), null);
    assert.equal(submitBlock(reduce(rated(1), { type: "own-opened" })).key, "block_writing");
  });
  test("a step that states the answer completes the run", () => {
    const state = play(load(start(), 1, 2, true), rate(1), rate(-1), GO);
    assert.equal(state.complete, true);
    assert.equal(submitBlock(state), null);
    assert.deepEqual(wishes(state), []);
  });
  test("the rater may call it complete, or not complete after all", () => {
    assert.equal(play(open(), { type: "end-toggled" }).notice.key, "notice_no_step");
    const ended = play(load(play(rated(1), GO), 2), rate(1), { type: "end-toggled" });
    assert.equal(ended.complete, true);
    assert.deepEqual(submission(ended, { uuid: "u", totalTime: 1 }).turns.map(({ chosen }) => chosen), [10]);
    const again = reduce(ended, { type: "end-toggled" });
    assert.deepEqual(ratings(again), [1, null, null]);
  });
  test("what is known already is shown at once", () => {
    const state = rated(1);
    const ahead = { type: "turn-loaded", lease: "lease-1", id: pathId([{ chosen: 10, own: null }]), answer: answerOf(2) };
    const next = play(state, ahead, GO);
    assert.equal(next.turn.status, "ready");
    assert.equal(next.steps.length, 3);
  });
});

describe("a step of one's own", () => {
  test("is written once all are rated", () => {
    assert.equal(play(open(), { type: "own-opened" }).notice.key, "notice_rate_first");
    const state = play(open(1), rate(-1), { type: "own-opened" }, { type: "own-typed", text: " So $x=4$. " }, { type: "own-used" });
    assert.deepEqual([state.turns[0].own, state.turns[0].chosen, state.writing], ["So $x=4$.", null, null]);
  });
  test("may be written while nothing is there to rate, and completes the run where it states the answer", () => {
    const state = play(start(), { type: "own-opened" }, { type: "own-typed", text: "# Answer\n\n4" });
    assert.equal(isWaiting(state), false);
    assert.equal(reduce(state, { type: "own-used" }).complete, true);
  });
  test("is not used unseen when candidates have come meanwhile", () => {
    const state = load(play(start(), { type: "own-opened" }, { type: "own-typed", text: "Mine." }), 1);
    assert.equal(reduce(state, { type: "own-used" }).notice.key, "notice_rate_first");
    assert.equal(state.writing, "Mine.");
  });
  test("an empty one is none", () => {
    assert.equal(play(open(1), rate(-1), { type: "own-opened" }, { type: "own-used" }).notice.key, "notice_own_empty");
  });
  test("what was typed is undone as one, and is saved", () => {
    const typed = play(open(1), rate(-1), { type: "own-opened" }, { type: "own-typed", text: "S" }, { type: "own-typed", text: "So" });
    assert.equal(draftOf(typed, 0).writing, "So");
    assert.equal(reduce(typed, { type: "undone" }).writing, "");
  });
  test("closing it keeps nothing", () => {
    assert.equal(play(open(1), rate(-1), { type: "own-opened" }, { type: "own-closed" }).writing, null);
  });
});

describe("undo and going back", () => {
  const two = () => load(play(open(), rate(1), rate(-1), rate(0), GO), 2);

  test("undo takes back a choice, with its ratings", () => {
    const state = reduce(two(), { type: "undone" });
    assert.deepEqual(ratings(state), [1, -1, 0]);
    assert.equal(state.turns.length, 0);
  });
  test("undo is itself a newer draft; with nothing to undo it says so", () => {
    const state = two();
    assert.equal(reduce(state, { type: "undone" }).seq, state.seq + 1);
    assert.equal(play(open(), { type: "undone" }).notice.key, "notice_no_undo");
  });
  test("going back to a turn and on again brings back what was rated there", () => {
    const state = play(two(), rate(1), rate(-1), { type: "returned", turn: 0 });
    assert.deepEqual(ratings(state), [1, -1, 0]);
    assert.equal(state.current, 0);
    assert.deepEqual(ratings(reduce(state, GO)), [1, -1, null]);
  });
  test("another choice has ratings of its own", () => {
    const state = play(two(), rate(1), { type: "returned", turn: 0 }, rate(1, 2), GO);
    assert.equal(state.turns[0].chosen, 12);
    assert.equal(state.turn.status, "wanted");
  });
  test("going back to an own step opens it again", () => {
    const own = play(open(1), rate(-1), { type: "own-opened" }, { type: "own-typed", text: "Mine." }, { type: "own-used" });
    assert.equal(reduce(own, { type: "returned", turn: 0 }).writing, "Mine.");
  });
  test("candidates that came after an undo are shown by the next", () => {
    const waiting = play(open(1), rate(1), GO);
    const back = reduce(waiting, { type: "undone" });
    const came = reduce(back, loaded(waiting, answerOf(2)));
    assert.equal(reduce(came, GO).turn.status, "ready");
  });
});

describe("drafts and submits", () => {
  const run = () => load(play(open(), rate(1), rate(-1), rate(0), GO), 2, 2);

  test("a draft brings back turns, ratings and place, from what the lease has shown", () => {
    const state = play(run(), rate(1));
    const kept = cleanDraft(JSON.parse(JSON.stringify(draftOf(state, 42))));
    const shown = [1, 2].map((step) => ({ key: `key-${step}`, candidates: candidates(step, step === 1 ? 3 : 2) }));
    const again = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft: kept });
    assert.deepEqual(again.turns, state.turns);
    assert.deepEqual(ratings(again), [1, null]);
    assert.deepEqual([again.current, again.seq, again.turn.status], [1, state.seq, "ready"]);
  });
  test("of a complete run too, and of an own step half written", () => {
    const state = play(open(1), rate(1), GO, { type: "end-toggled" });
    const shown = [{ key: "key-1", candidates: candidates(1, 1) }];
    const again = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft: cleanDraft(draftOf(state, 0)) });
    assert.equal(again.complete, true);
    const half = play(open(1), rate(-1), { type: "own-opened" }, { type: "own-typed", text: "Ha" });
    const writing = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft: cleanDraft(draftOf(half, 0)) });
    assert.equal(writing.writing, "Ha");
  });
  test("an answer opens again as it was submitted", () => {
    const body = submission(play(open(1), rate(1), GO, { type: "end-toggled" }), { uuid: "u", totalTime: 7 });
    const again = reduce(newSession(), { type: "lease-opened", lease: lease([{ key: "key-1", candidates: candidates(1, 1) }]), draft: answered(body) });
    assert.deepEqual([again.complete, again.turns[0].chosen, answered(body).total_time], [true, 10, 7]);
    const bare = answered({ turns: [{ key: "key-1", candidates: [{ id: 10, rating: -1, flagged: false }] }], finish_reason: "found_error", total_time: 1 });
    assert.deepEqual([bare.complete, bare.turns[0].chosen, bare.turns[0].own], [false, null, null]);
  });
  test("what does not fit the lease any more is asked for anew", () => {
    const draft = cleanDraft(draftOf(run(), 0));
    const again = reduce(newSession(), { type: "lease-opened", lease: lease([{ key: "key-1", candidates: candidates(1, 2) }]), draft });
    assert.deepEqual([again.turns.length, again.turn.status], [0, "wanted"]);
  });
  test("what is opened again is undone as if it had just been rated", () => {
    const before = play(load(play(open(2), rate(-1), rate(1), GO), 2, 2), rate(0));
    const shown = [1, 2].map((step) => ({ key: `key-${step}`, candidates: candidates(step, 2) }));
    const draft = cleanDraft(JSON.parse(JSON.stringify(draftOf(before, 0))));
    const seen = [];
    let state = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft });
    for (; !state.notice; state = reduce(state, { type: "undone" })) seen.push([state.turns.length, ...ratings(state)]);
    assert.deepEqual(seen, [[1, 0, null], [1, null, null], [0, -1, 1], [0, -1, null], [0, null, null]]);
    assert.equal(state.notice.key, "notice_no_undo");
    const done = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft, isDone: true });
    assert.deepEqual(done.past, []); // there u goes to the item before
  });
  test("what was complete is opened again by undo, be it so by the rater's word or by its step", () => {
    const called = play(load(play(open(1), rate(1), GO), 2, 1), { type: "end-toggled" });
    const ended = play(load(start(), 1, 1, true), rate(1), GO);
    for (const [state, turns] of [[called, [1, 0]], [ended, [0, 0]]]) {
      const shown = [{ key: "key-1", candidates: candidates(1, 1, state === ended) }];
      const again = reduce(newSession(), { type: "lease-opened", lease: lease(shown), draft: cleanDraft(draftOf(state, 0)) });
      const back = [reduce(again, { type: "undone" }), play(again, { type: "undone" }, { type: "undone" })];
      assert.deepEqual([again.complete, ...back.map((one) => one.complete)], [true, false, false]);
      assert.deepEqual(back.map((one) => one.turns.length), turns);
    }
  });
  test("what the page tells keeps its values", () => {
    const told = play(open(), { type: "told", key: "notice_refused", values: { message: "No." } });
    assert.deepEqual(told.notice.values, { message: "No." });
  });
  test("nonsense is no draft", () => {
    for (const bad of [null, {}, { seq: 1 }, { seq: 1, turns: [{}] }, { seq: -1, turns: [] },
      { seq: 1, turns: [{ key: "k", candidates: [{ id: 1, rating: 7, flagged: false }], chosen: null, own: null }] },
      { seq: 1, turns: [{ key: "k", candidates: [], chosen: 5, own: null }] }]) assert.equal(cleanDraft(bad), null);
  });
  test("a complete run is a solution, one without a way on has found an error", () => {
    const complete = play(open(1), rate(1), GO, { type: "end-toggled" });
    assert.deepEqual(submission(complete, { uuid: "u", totalTime: 7 }), {
      uuid: "u",
      turns: [{ key: "key-1", candidates: [{ id: 10, rating: 1, flagged: false }], chosen: 10, own: null }],
      finish_reason: "solution", reason: "", total_time: 7,
    });
    const failed = submission(play(open(1), rate(-1)), { uuid: "u", totalTime: 7 });
    assert.deepEqual([failed.finish_reason, failed.turns.length, failed.turns[0].chosen], ["found_error", 1, null]);
  });
  test("giving up carries what was rated of the turn on screen", () => {
    const body = submission(play(run(), rate(0)), { uuid: "u", totalTime: 1, finish: "give_up", reason: "Why." });
    assert.deepEqual(body.turns.map(({ candidates: all }) => all.map(({ rating }) => rating)), [[1, -1, 0], [0, null]]);
  });
  test("while it is being sent nothing changes", () => {
    const state = play(open(1), rate(-1), { type: "submit-started" });
    assert.equal(reduce(state, rate(1)), state);
    assert.equal(reduce(state, loaded(state, answerOf(1))), state);
  });
});

describe("what is asked of the server", () => {
  test("the turn on screen, then what each positive candidate would lead to", () => {
    assert.deepEqual(wishes(start()), [{ id: "[]", path: [], isOpen: true }]);
    const ahead = (state) => wishes(state).map(({ path }) => path.at(-1).candidate);
    assert.deepEqual(ahead(open()), []);
    assert.deepEqual(ahead(play(open(), rate(0))), [10]);
    assert.deepEqual(ahead(play(open(), rate(0), rate(1))), [11]);
    assert.deepEqual(ahead(play(open(), rate(1), rate(1), rate(0))), [10, 11]);
    assert.deepEqual(ahead(play(open(3, true), rate(1))), []);
  });
  test("a word on another item or another path changes nothing on screen", () => {
    const state = start();
    assert.equal(reduce(state, { type: "turn-loaded", lease: "other", id: "[]", answer: answerOf(1) }), state);
    const waiting = { type: "turn-loaded", lease: "lease-1", id: "[99]", answer: { waiting: true } };
    assert.equal(reduce(state, waiting), state);
  });
  test("nothing at all is shown as such, with the server's word", () => {
    const state = reduce(start(), loaded(start(), { ...answerOf(1, 0), generator: "none", message: "None." }));
    assert.deepEqual([state.turn.status, state.turn.message, state.steps.length], ["ready", "None.", 0]);
    assert.equal(submitBlock(state).key, "block_no_choice");
  });
  test("final answers are told by their form", () => {
    for (const text of ["So\n\n# Answer\n\n4", "$\\boxed{4}$", "Answer: 4", "#### 4\n# Answer"]) assert.equal(statesAnswer(text), true, text);
    for (const text of ["So it is 4.", "The answer is near.", "box"]) assert.equal(statesAnswer(text), false, text);
  });
});

describe("the driver", () => {
  function desk(answers) {
    const sent = [];
    const waits = [];
    let state = start();
    const driver = turnsDriver({
      request: (method, url, body) => {
        sent.push(body);
        const answer = answers(body, sent.length);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      send: (event) => act(event),
      getState: () => state,
      timers: { set: (action, ms) => waits.push([ms, action]), clear: () => {} },
    });
    function act(event) {
      state = reduce(state, event);
      driver.after(state);
    }
    driver.after(state);
    return { sent, waits, act, driver, now: () => state };
  }
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const ring = (waits) => waits.shift()[1]();

  test("the lease keeps what it has shown, so that a draft from another tab, or an answer, is read by it", async () => {
    const { act, now } = desk(({ path }) => answerOf(path.length + 1, 1));
    await settled();
    act(rate(1));
    const draft = cleanDraft(draftOf(now(), 0));
    act({ type: "lease-opened", lease: now().lease, draft });
    assert.deepEqual([now().lease.turns.map(({ key }) => key), ratings(now())], [["key-1"], [1]]);
  });
  test("asks until the candidates are there, further and further apart, then stops", async () => {
    const { sent, waits, now } = desk((_, nth) => (nth < 3 ? { ...answerOf(1, 0), waiting: true } : answerOf(1)));
    await settled();
    assert.equal(now().turn.status, "waiting");
    assert.deepEqual(waits.map(([ms]) => ms), [400]);
    ring(waits);
    await settled();
    assert.deepEqual(waits.map(([ms]) => ms), [700]);
    ring(waits);
    await settled();
    assert.equal(now().steps.length, 3);
    assert.equal(sent.length, 3);
    assert.equal(waits.length, 0);
  });
  test("asks ahead once for each choice worth making, and is there when it is made", async () => {
    const { sent, act, now } = desk(({ path }) => answerOf(path.length + 1));
    await settled();
    act(rate(1));
    act(rate(1));
    act(rate(-1));
    await settled();
    assert.deepEqual(sent.map(({ path }) => path.length), [0, 1, 1]);
    act(GO);
    assert.equal(now().turn.status, "ready");
    assert.equal(sent.length, 3);
  });
  test("what was asked ahead and is still to come is waited for once it is on screen", async () => {
    const { sent, act, waits } = desk(({ path }) => (path.length ? { ...answerOf(2, 0), waiting: true } : answerOf(1, 1)));
    await settled();
    act(rate(1));
    await settled();
    assert.equal(waits.length, 0);
    act(GO);
    await settled();
    assert.equal(sent.length, 3);
    assert.equal(waits.length, 1);
  });
  test("a lost connection is tried again, a refusal is told and left", async () => {
    const lost = Object.assign(new Error("gone"), { retryable: true });
    const { waits, now } = desk((_, nth) => (nth === 1 ? lost : Object.assign(new Error("Over."), { retryable: false })));
    await settled();
    assert.deepEqual([now().turn.status, now().turn.message], ["failed", ""]);
    ring(waits);
    await settled();
    assert.deepEqual([now().turn.status, now().turn.message], ["failed", "Over."]);
    assert.equal(waits.length, 0);
  });
  test("the rater may wait no longer, or have it asked once more", async () => {
    const { sent, act, driver, now } = desk(({ settle, again }) =>
      (settle ? { ...answerOf(1, 0), generator: "asked" } : again ? answerOf(1, 2) : { ...answerOf(1, 0), waiting: true }));
    await settled();
    driver.settle();
    await settled();
    assert.equal(now().turn.status, "ready");
    driver.again();
    act({ type: "turn-asked-again" });
    await settled();
    assert.equal(now().steps.length, 2);
    assert.deepEqual(sent.map(({ settle, again }) => [settle, again]), [[undefined, undefined], [true, undefined], [undefined, true]]);
  });
  test("the first turn of items to come is asked for once, and again where that failed", async () => {
    let fails = 1;
    const urls = [];
    const driver = turnsDriver({ request: (method, url) => (urls.push(url), fails-- > 0 ? Promise.reject(new Error()) : Promise.resolve({})) });
    const to = (id, turns = []) => ({ id, turn_url: `/${id}/`, turns });
    for (let look = 0; look < 3; look += 1) {
      driver.ahead([to("a"), to("b", [{}])]);
      await settled();
    }
    assert.deepEqual(urls, ["/a/", "/a/"]);
  });
  test("an answer to an item that is gone says nothing", async () => {
    let answer;
    const { act, now } = desk(() => new Promise((resolve) => { answer ??= resolve; }));
    act({ type: "lease-opened", lease: lease([], "lease-2") });
    answer(answerOf(1));
    await settled();
    assert.equal(now().lease.id, "lease-2");
    assert.equal(now().steps.length, 0);
  });
});
