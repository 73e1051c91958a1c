// A run of alternatives mode in two tabs: the draft of one is taken over by the other, which may not have seen as much.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cleanDraft, draftOf, reduce, submitBlock } from "../../labelling/rating/static/rating/turns.js";
import { candidates, GO, lease, load, open, play, rate, ratings } from "./turns_kit.mjs";

const taken = (state, other, turns) =>
  reduce(state, { type: "lease-opened", lease: lease(turns), draft: cleanDraft(JSON.parse(JSON.stringify(draftOf(other, 0)))) });
const FIRST = { key: "key-1", candidates: candidates(1, 2) };
const SECOND = { key: "key-2", candidates: candidates(2, 2) };

describe("another tab's draft", () => {
  const ahead = play(load(play(open(2), rate(1), rate(-1), GO), 2, 2), rate(0));

  test("is taken over with all its ratings, also of turns that this tab still has to ask for", () => {
    const here = taken(open(2), ahead, [FIRST]);
    assert.deepEqual([here.turns.length, here.turn.status], [1, "wanted"]);
    assert.deepEqual(ratings(load(here, 2, 2)), [0, null]);
  });
  test("that knows less takes nothing away", () => {
    const back = play(open(2), rate(-1), rate(1), rate(1, 0));
    const here = play(taken(ahead, { ...back, seq: 99 }, [FIRST, SECOND]), { type: "moved", index: 0 }, GO);
    assert.deepEqual([here.turns.length, ratings(here)], [1, [0, null]]);
  });
  test("of a complete run is not complete where its last steps were never seen", () => {
    const complete = play(load(play(open(2), rate(1), rate(-1), GO), 2, 2), rate(1), rate(-1), GO, { type: "end-toggled" });
    assert.equal(complete.complete, true);
    const here = taken(open(2), complete, [FIRST]);
    assert.deepEqual([here.complete, here.turns.length, submitBlock(here).key], [false, 1, "block_waiting"]);
    assert.equal(taken(open(2), complete, [FIRST, SECOND]).complete, true);
  });
});
