import assert from "node:assert/strict";
import { test } from "node:test";
import { marks } from "../../labelling/dashboard/static/dashboard/loop.js";

const STAGES = ["export", "train", "score"];

test("stages before the one under way are done, those behind it are to come", () => {
  assert.deepEqual(marks(STAGES, "train"), ["is-done", "is-now", ""]);
});

test("a stage that is not known is the first: the job waits for a worker", () => {
  assert.deepEqual(marks(STAGES, "queued"), ["is-now", "", ""]);
});
