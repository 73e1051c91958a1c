import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keptWork } from "../../annotator/static/stepmark/signout.js";
import { LATER_MS, mailbox, mailWaits } from "../../labelling/rating/static/rating/mail.js";
import { LOOK_MS, watchAnswers } from "../../labelling/rating/static/rating/watch.js";
import { FullStorage, MemoryStorage } from "./storage.mjs";
import { handTimers, settle } from "./timers.mjs";

const offline = { retryable: true, code: "network" };
const letter = (uuid, text = uuid) => ({ url: "/api/question/", body: { uuid, kind: "question", text } });

function post(storage, { rater = "ann", answers = [] } = {}) {
  const sent = [];
  const said = [];
  const timers = handTimers();
  let time = 0;
  const request = async (method, url, body) => {
    sent.push(body.uuid);
    const answer = answers.shift() ?? null;
    if (answer) throw answer;
    return {};
  };
  const report = ({ kind, item, error }) => said.push([kind, item.body.uuid, error?.message].filter(Boolean).join(" "));
  const box = mailbox({ storage, rater, request, timers, report, now: () => ++time, random: () => 1 });
  return { box, sent, said, timers, answers };
}

describe("notes to the lead", () => {
  test("one goes out at once and leaves the machine", async () => {
    const storage = new MemoryStorage();
    const { box, sent, said } = post(storage);
    await box.send(letter("a"));
    assert.deepEqual([sent, said], [["a"], ["sent a"]]);
    assert.equal(mailWaits(storage, "ann"), false);
  });
  test("without a network they wait here, say so once, and go out in their order, each with its own UUID", async () => {
    const storage = new MemoryStorage();
    const { box, sent, said, timers, answers } = post(storage, { answers: [offline, offline] });
    await box.send(letter("b"));
    await box.send(letter("a"));
    assert.deepEqual(said, ["kept b"]);
    assert.equal(mailWaits(storage, "ann"), true);
    assert.equal(answers.length, 0);
    await timers.ring();
    await settle();
    assert.deepEqual(sent, ["b", "b", "b", "a"]);
    assert.deepEqual(said, ["kept b", "sent b", "sent a"]);
    assert.deepEqual(timers.delays(), []);
  });
  test("a closed tab loses none: the next page sends what waits, under the same account only", async () => {
    const storage = new MemoryStorage();
    await post(storage, { answers: [offline] }).box.send(letter("a"));
    const other = post(storage, { rater: "bob" });
    await other.box.poke();
    assert.deepEqual(other.sent, []);
    const again = post(storage);
    await again.box.poke();
    assert.deepEqual(again.sent, ["a"]);
    assert.equal(mailWaits(storage, "ann"), false);
  });
  test("what is refused is told and does not come again", async () => {
    const storage = new MemoryStorage();
    const { box, said, timers } = post(storage, { answers: [{ code: "invalid", message: "no" }] });
    await box.send(letter("a"));
    assert.deepEqual(said, ["refused a no"]);
    assert.equal(mailWaits(storage, "ann"), false);
    assert.deepEqual(timers.delays(), []);
  });
  test("signed out, it is kept and goes by itself once its account is back", async () => {
    const storage = new MemoryStorage();
    const { box, sent, timers } = post(storage, { answers: [{ signedOut: true }] });
    await box.send(letter("a"));
    assert.equal(mailWaits(storage, "ann"), true);
    await timers.ring();
    assert.deepEqual(sent, ["a", "a"]);
    assert.equal(mailWaits(storage, "ann"), false);
  });
  test("one that this account may not send now keeps none back, and is tried again later, without a word more", async () => {
    for (const refusal of [{ status: 403, code: "forbidden" }, { status: 404, code: "no-lease" }]) {
      const { box, sent, said, timers, answers } = post(new MemoryStorage(), { answers: [refusal] });
      await box.send(letter("a"));
      await settle();
      await box.send(letter("b"));
      await settle();
      assert.deepEqual([sent, said, timers.delays()], [["a", "b"], ["kept a", "sent b"], [LATER_MS]]);
      answers.push(refusal);
      await timers.ring();
      assert.deepEqual([sent.at(-1), said.at(-1), timers.delays()], ["a", "sent b", [LATER_MS]]);
      await timers.ring();
      assert.deepEqual([said.at(-1), timers.delays()], ["sent a", []]);
    }
  });
  test("too many within an hour come later, and hold up nothing but themselves", async () => {
    const { box, timers, said } = post(new MemoryStorage(), { answers: [{ retryable: true, code: "too-many" }] });
    await box.send(letter("a"));
    assert.deepEqual(timers.delays(), [1000]);
    await timers.ring();
    assert.deepEqual(said, ["kept a", "sent a"]);
  });
  test("where the browser keeps nothing, it says so and sends all the same", async () => {
    const { box, said, timers } = post(new FullStorage(), { answers: [offline] });
    await box.send(letter("a"));
    await timers.ring();
    assert.deepEqual(said, ["unkept a", "sent a"]);
  });
  test("two pokes at once send once", async () => {
    const storage = new MemoryStorage();
    const { box, sent } = post(storage, { answers: [offline] });
    await box.send(letter("a"));
    await Promise.all([box.poke(), box.poke()]);
    await settle();
    assert.deepEqual(sent, ["a", "a"]);
  });
  test("what is not ours, or would leave this site, is left alone", async () => {
    const storage = new MemoryStorage();
    storage.setItem("stepmark:mail:ann:1:x", "garbage");
    storage.setItem("stepmark:mail:ann:2:y", JSON.stringify({ url: "https://elsewhere.example/", body: { uuid: "y" } }));
    const { box, sent } = post(storage);
    await box.send(letter("a"));
    assert.deepEqual(sent, ["a"]);
  });
  test("signing out knows that a note is unsent work", async () => {
    const storage = new MemoryStorage();
    await post(storage, { answers: [offline] }).box.send(letter("a"));
    assert.equal(keptWork(storage, "ann").unsent.length, 1);
  });
});

describe("waiting for answers", () => {
  function watching(...answers) {
    const timers = handTimers();
    const shown = [];
    let asked = 0;
    let hidden = false;
    const request = async () => {
      asked += 1;
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const watch = watchAnswers({ request, url: "/api/answers/", timers, isHidden: () => hidden, show: (n) => shown.push(n) });
    return { watch, timers, shown, asked: () => asked, hide: (is) => (hidden = is) };
  }

  test("it looks again while something waits or is unread, and then no more", async () => {
    const { watch, timers, shown } = watching(
      { unread: 0, waiting: 1 }, { unread: 1, waiting: 0 }, { unread: 0, waiting: 0 });
    await watch.look();
    assert.deepEqual(timers.delays(), [LOOK_MS]);
    await timers.ring();
    await timers.ring();
    assert.deepEqual([shown, timers.delays()], [[0, 1, 0], []]);
  });
  test("without a network it keeps looking and says nothing", async () => {
    const { watch, timers, shown } = watching(new Error("away"), { unread: 2, waiting: 0 });
    await watch.look();
    assert.deepEqual(shown, []);
    await timers.ring();
    assert.deepEqual(shown, [2]);
  });
  test("a hidden page asks nothing", async () => {
    const { watch, asked, hide } = watching({ unread: 0, waiting: 0 });
    hide(true);
    await watch.look();
    assert.equal(asked(), 0);
    hide(false);
    await watch.look();
    assert.equal(asked(), 1);
  });
});
