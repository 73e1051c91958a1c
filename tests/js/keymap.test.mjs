import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actionFor, KEY_TABLE, keysFor, tableFor, withOwnKeys } from "../../labelling/rating/static/rating/keys.js";
import { assigned, mapOf, offered, refusal, wireMap, without } from "../../labelling/rating/static/rating/keymap.js";

const press = (key, more = {}) => ({ key, code: "", target: null, ...more });
const first = mapOf(KEY_TABLE);
const put = (map, action, key) => {
  assert.equal(refusal(map, action, 0, key), null, `${key} for ${action}`);
  return assigned(map, action, 0, key);
};

describe("changing keys", () => {
  test("1, 2, 3 become a, s, d once Skip has made room", () => {
    let map = put(first, "negative", "a");
    assert.deepEqual(refusal(map, "neutral", 0, "s"), { key: "keys_clash", values: { owner: "skip" } });
    map = put(map, "skip", "z");
    map = put(put(map, "neutral", "s"), "positive", "d");
    const table = tableFor({ keys: wireMap(map, KEY_TABLE) });
    const wanted = { a: "negative", s: "neutral", d: "positive", z: "skip", f: "unsure", 1: null };
    for (const [key, action] of Object.entries(wanted)) assert.equal(actionFor(press(key), table), action, key);
  });
  test("a clash names who has the key, also within the same action, and changes nothing", () => {
    assert.deepEqual(refusal(first, "negative", 0, "f"), { key: "keys_clash", values: { owner: "unsure" } });
    assert.deepEqual(refusal(first, "next", 0, "ArrowDown"), { key: "keys_clash", values: { owner: "next" } });
    assert.equal(refusal(first, "next", 0, "j"), null, "the same key at its own place");
  });
  test("what the browser, a form or a screen reader needs is refused", () => {
    for (const key of ["Tab", "Escape", " ", "F5", "Home", "PageDown", "Unidentified", "🙂", "\u200b", "\u0301", "\u00a0"]) {
      assert.deepEqual(refusal(first, "undo", 0, key), { key: "keys_reserved", values: {} }, key);
    }
    for (const key of ["é", "ф", "&", "ñ", "字", "Delete", "'"]) assert.equal(refusal(first, "undo", 0, key), null, key);
  });
  test("a modifier alone, a shortcut or a letter being composed offers nothing", () => {
    for (const key of ["Shift", "Control", "Dead", "CapsLock", "AltGraph"]) assert.equal(offered(press(key)), null);
    for (const held of ["ctrlKey", "altKey", "metaKey", "isComposing"]) assert.equal(offered(press("a", { [held]: true })), null);
    assert.equal(offered(press("A", { shiftKey: true })), "a");
    assert.equal(offered(press("ArrowUp")), "ArrowUp");
  });
  test("keys are added behind, taken away, but never the last one", () => {
    const map = assigned(first, "undo", 1, "z");
    assert.deepEqual(map.undo, ["u", "z"]);
    assert.deepEqual(without(map, "undo", 0).undo, ["z"]);
    assert.deepEqual(without(without(map, "undo", 0), "undo", 0).undo, ["z"]);
    assert.deepEqual(first.undo, ["u"]);
  });
  test("the page's own keys are sent as none", () => {
    assert.equal(wireMap(first, KEY_TABLE), null);
    assert.equal(wireMap(put(put(first, "undo", "z"), "undo", "u"), KEY_TABLE), null);
    assert.deepEqual(wireMap({ ...first, skip: [] }, KEY_TABLE).skip, undefined);
  });
});

describe("a rater's own keys on the page", () => {
  test("they take the place of the first ones, and win over those of actions that the map does not name", () => {
    const table = withOwnKeys({ negative: ["f"], undo: ["é"] });
    assert.equal(actionFor(press("f"), table), "negative");
    assert.equal(actionFor(press("É", { shiftKey: true }), table), "undo");
    assert.equal(actionFor(press("u"), table), null);
    assert.deepEqual(keysFor("unsure", table), []);
    const keys = table.flatMap((row) => row.keys);
    assert.equal(new Set(keys).size, keys.length);
  });
  test("without a map the table is the first one", () => {
    for (const own of [null, undefined, {}]) assert.deepEqual(mapOf(withOwnKeys(own)), first);
  });
  test("digits work by their place, wherever they have been put", () => {
    const table = withOwnKeys({ undo: ["1"] });
    assert.equal(actionFor(press("&", { code: "Digit1" }), table), "undo");
    assert.equal(actionFor(press("&", { code: "Digit1", shiftKey: true }), table), null);
  });
  test("a key's own character comes before its place", () => {
    const table = withOwnKeys({ undo: ["&"] });
    assert.equal(actionFor(press("&", { code: "Digit1" }), table), "undo");
    assert.equal(actionFor(press("1", { code: "Digit1" }), table), "negative");
  });
  test("letters work by place where the layout has no Latin ones, but not where it has others", () => {
    assert.equal(actionFor(press("а", { code: "KeyF" })), "unsure");
    assert.equal(actionFor(press("г", { code: "KeyU" })), "undo");
    assert.equal(actionFor(press("q", { code: "KeyA" }), withOwnKeys({ undo: ["a"], ask: ["ö"] })), null);
    assert.equal(actionFor(press("а", { code: "KeyF" }), withOwnKeys({ undo: ["а"] })), "undo");
  });
});
