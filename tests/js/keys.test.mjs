import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  actionFor, activates, dispatchKeys, glyph, isTyping, KEY_TABLE, keysFor,
} from "../../labelling/rating/static/rating/keys.js";
import { grouped } from "../../labelling/rating/static/rating/dialogs.js";

const press = (key, more = {}) => ({ key, code: "", target: null, ...more });
const inside = (...selectors) => ({ closest: (wanted) => selectors.some((one) => wanted.split(", ").includes(one)) });

describe("the key table", () => {
  test("no key does two things", () => {
    const keys = KEY_TABLE.flatMap((row) => row.keys);
    assert.equal(new Set(keys).size, keys.length);
  });
  test("the keys that the guide promises do what it says", () => {
    const promised = {
      1: "negative", 2: "neutral", 3: "positive", f: "unsure", u: "undo", j: "next", k: "previous",
      ArrowDown: "next", ArrowUp: "previous", Enter: "submit", g: "guidelines", "?": "help", x: "give_up", b: "bad_problem",
    };
    for (const [key, action] of Object.entries(promised)) assert.equal(actionFor(press(key)), action, key);
  });
  test("groups keep the table's order and lose no row", () => {
    const groups = grouped();
    assert.deepEqual(groups.map(([group]) => group), ["rate", "move", "finish", "write", "help"]);
    assert.equal(groups.flatMap(([, rows]) => rows).length, KEY_TABLE.length);
  });
  test("keys are written as on a keyboard", () => {
    assert.equal(glyph("Enter"), "↵");
    assert.equal(glyph("f"), "f");
    assert.deepEqual(keysFor("submit"), ["Enter"]);
    assert.deepEqual(keysFor("fly"), []);
  });
  test("another table maps other keys", () => {
    const table = [{ action: "negative", keys: ["a"], group: "rate" }];
    assert.equal(actionFor(press("a"), table), "negative");
    assert.equal(actionFor(press("1"), table), null);
  });
});

describe("what a key press means", () => {
  test("capital letters count too", () => assert.equal(actionFor(press("U", { shiftKey: true })), "undo"));
  test("unknown keys mean nothing", () => assert.equal(actionFor(press("z")), null));
  test("with Ctrl, Alt or Meta a key is the browser's", () => {
    for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(actionFor(press("f", { [held]: true })), null);
  });
  test("on a keyboard whose digits need Shift the digit row still rates", () => {
    assert.equal(actionFor(press("&", { code: "Digit1" })), "negative");
    assert.equal(actionFor(press("!", { code: "Digit1", shiftKey: true })), null);
  });
  test("a key held down moves on, but rates and submits only once", () => {
    assert.equal(actionFor(press("j", { repeat: true })), "next");
    assert.equal(actionFor(press("3", { repeat: true })), null);
    assert.equal(actionFor(press("Enter", { repeat: true })), null);
  });
  test("while typing, letters are letters", () => {
    assert.equal(actionFor(press("f", { target: inside("textarea") })), null);
    assert.equal(isTyping(inside("input")), true);
    assert.equal(isTyping(inside("li")), false);
    assert.equal(actionFor(press("f", { isComposing: true })), null);
  });
  test("Enter on a button presses the button, other keys go on working there", () => {
    const button = inside("button");
    assert.equal(actionFor(press("Enter", { target: button })), null);
    assert.equal(actionFor(press("2", { target: button })), "neutral");
    assert.equal(activates(inside("a[href]"), "Enter"), true);
    assert.equal(activates(inside("li"), "Enter"), false);
    assert.equal(activates(inside("button"), "Enter"), true);
    assert.equal(activates(inside("button", ".face[aria-pressed=true]"), "Enter"), false); // Enter after a click submits
    assert.equal(activates(inside("button", ".face[aria-pressed=true]"), " "), true);
  });
  test("a press that somebody handled is left alone", () => {
    assert.equal(actionFor(press("1", { defaultPrevented: true })), null);
  });
});

describe("the dispatcher", () => {
  function keydown(target, key) {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, code: "" });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  }

  test("it performs, keeps the browser out of it, and pauses under a dialog", () => {
    const target = new EventTarget();
    const done = [];
    let paused = false;
    const stop = dispatchKeys({ target, perform: { undo: () => done.push("undo") }, isPaused: () => paused });
    assert.equal(keydown(target, "u"), true);
    assert.equal(keydown(target, "1"), false);
    paused = true;
    assert.equal(keydown(target, "u"), false);
    paused = false;
    stop();
    keydown(target, "u");
    assert.deepEqual(done, ["undo"]);
  });
});
