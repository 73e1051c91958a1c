// What the modules ask of the page must be on the page; and the rules that every file of the front end keeps.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fill } from "../../labelling/rating/static/rating/dom.js";
import { KEY_TABLE } from "../../labelling/rating/static/rating/keys.js";
import { newSession, reduce } from "../../labelling/rating/static/rating/session.js";
import { statusOf } from "../../labelling/rating/static/rating/view.js";

const ROOT = new URL("../../", import.meta.url);
const RATING = "labelling/rating/static/rating/";
const SHARED = "annotator/static/stepmark/";
const read = (path) => readFileSync(new URL(path, ROOT), "utf8");
const list = (folder, end) => readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith(end)).map((name) => folder + name);
const modules = [...list(RATING, ".js"), ...list(SHARED, ".js")];
const styles = [...list(RATING, ".css"), ...list(SHARED, ".css")];
const code = list(RATING, ".js").filter((path) => !path.endsWith("clock.js")).map(read).join("\n");
const page = ["label", "label_break", "label_letters", "label_note", "label_skip"].map((name) => read(`labelling/rating/templates/rating/${name}.html`)).join("");
const words = ["label_strings", "turn_strings"].map((name) => read(`labelling/rating/templates/rating/${name}.html`)).join("");
const keysOnPage = [...words.matchAll(/data-key="(\w+)"/g)].map((match) => match[1]);
const all = (pattern, text) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))];

describe("words", () => {
  test("no key is there twice", () => assert.equal(new Set(keysOnPage).size, keysOnPage.length));
  test("every word that a module asks for is on the page", () => {
    const asked = [...all(/\bt\("(\w+)"/g, code), ...all(/(?:key: |tell\(\w+, )"(\w+)"/g, code)];
    assert.ok(asked.length > 12);
    for (const kind of ["step", "alternative", "candidate"]) asked.push(`face_${kind}`, `rate_${kind}`, `unsure_${kind}`);
    for (const kind of ["give_up", "bad_problem", "wrong_answer"]) asked.push(`${kind}_title`, `${kind}_hint`);
    const reasons = ["queue_empty", "guidelines", "paused", "quota", "unreachable", "signed_out", "other_account", "denied"];
    for (const reason of [...reasons, "screening_failed", "screening_missing"]) {
      asked.push(`empty_${reason}`, `empty_${reason}_text`);
    }
    asked.push("said_give_up", "said_bad_problem");
    assert.deepEqual(asked.filter((key) => !keysOnPage.includes(key)), []);
  });
  test("every action and group of the key table has its words", () => {
    const wanted = KEY_TABLE.flatMap((row) => [`key_${row.action}`, `name_${row.action}`, `keys_${row.group}`]);
    assert.deepEqual(wanted.filter((key) => !keysOnPage.includes(key)), []);
  });
  test("every state of saving and sending has its words", () => {
    const open = reduce(newSession(), { type: "lease-opened", lease: { id: "l", steps: [{ text: "s" }] } });
    const kinds = ["idle", "saving", "saved", "offline", "local-failed", "local", "stale", "refused", "signed-out", "outdated"];
    const saving = kinds.map((kind) => statusOf(reduce(open, { type: "draft-reported", kind })).key);
    const calm = { link: "ok", waiting: 1, aside: 0, unkept: 0 };
    const desks = [{}, { link: "offline" }, { link: "offline", unkept: 1 }, { waiting: 0, aside: 1 }, { link: "signed-out" }];
    const sending = [...desks, { link: "outdated" }, { link: "other-account" }]
      .map((desk) => statusOf(open, { ...calm, ...desk }).key);
    assert.equal(new Set(sending).size, 7);
    const others = [statusOf(newSession()).key, statusOf({ ...newSession(), phase: "empty" }).key];
    for (const key of [...saving, ...sending, ...others]) assert.ok(keysOnPage.includes(key), String(key));
    assert.equal(new Set(saving).size, kinds.length);
  });
  test("only real trouble is marked as trouble", () => {
    const open = reduce(newSession(), { type: "lease-opened", lease: { id: "l", steps: [{ text: "s" }] } });
    const trouble = (kind) => statusOf(reduce(open, { type: "draft-reported", kind })).trouble;
    assert.deepEqual(["saved", "saving", "idle", "offline", "refused"].map(trouble), [false, false, false, true, true]);
  });
  test("placeholders are filled, unknown ones stay visible", () => {
    assert.equal(fill("{a} of {b}, {c}", { a: 0, b: "x" }), "0 of x, {c}");
  });
});

describe("parts", () => {
  test("every part that a module reaches for is on the page", () => {
    const reached = all(/\bparts\.(\w+)/g, code);
    const onPage = all(/data-part="(\w+)"/g, page);
    assert.ok(reached.length > 15);
    assert.deepEqual(reached.filter((part) => !onPage.includes(part)), []);
  });
  test("nothing in the page needs a looser policy", () => {
    for (const html of [page, words, read("annotator/templates/base.html"), read("annotator/templates/partials/nav.html")]) {
      assert.doesNotMatch(html, /\sstyle=|\son\w+=|javascript:|\|safe/);
      assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
    }
  });
});

describe("rules", () => {
  test("no module parses HTML or text as code", () => {
    for (const path of modules) {
      assert.doesNotMatch(read(path), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, path);
    }
  });
  test("only http.js reaches the network", () => {
    const reaching = modules.filter((path) => /\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket/.test(read(path)));
    assert.deepEqual(reaching, [`${SHARED}http.js`]);
  });
  test("modules stay small, stylesheets too", () => {
    for (const path of modules) assert.ok(read(path).split("\n").length <= 200, path);
    for (const path of styles) assert.ok(read(path).split("\n").length <= 400, path);
  });
});

describe("colours", () => {
  const tokens = read(`${SHARED}tokens.css`);
  const [light, dark] = tokens.split("@media").map((part) => Object.fromEntries(
    [...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex])));
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (hex) => [0.2126, 0.7152, 0.0722]
    .reduce((sum, share, at) => sum + share * channel(parseInt(hex.slice(1 + 2 * at, 3 + 2 * at), 16) / 255), 0);
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };

  for (const [scheme, colours] of [["light", light], ["dark", dark]]) {
    test(`${scheme}: every text can be read on every ground, the greyed one too`, () => {
      const pairs = ["text", "text-soft", "accent", "negative", "positive", "warn", "neutral"]
        .flatMap((ink) => ["ground", "surface", "sunken"].map((ground) => [ink, ground]));
      const tinted = ["negative", "neutral", "positive", "warn", "accent"].map((tone) => [tone, `${tone}-soft`]);
      for (const [ink, ground] of [...pairs, ...tinted, ["on-accent", "accent"], ["on-accent", "accent-hover"]]) {
        const ratio = contrast(colours[ink], colours[ground]);
        assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
      }
    });
    test(`${scheme}: edges of controls can be seen`, () => {
      for (const ground of ["surface", "ground"]) assert.ok(contrast(colours["line-strong"], colours[ground]) >= 3, ground);
    });
  }
});
