// The desk where the server, or another tab, does not take what was submitted: nothing is lost, and the page says what is so.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gone, OFFLINE, open, server, settle, stored } from "./desk_kit.mjs";
import { MemoryStorage } from "./storage.mjs";

const done = (...tabs) => tabs.map((one) => one.drawn.state.done);

/** Two tabs over one storage, each told of the other's changes as browsers do: later, in order. */
async function twoTabs(served) {
  const storage = new MemoryStorage();
  const tabs = [];
  const told = (from, key, newValue) =>
    setTimeout(() => tabs.filter((one) => one.storage !== from).forEach((one) => one.desk.elsewhere({ key, newValue })));
  const heard = () => {
    const self = {
      get length() { return storage.length; },
      key: (index) => storage.key(index),
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => (storage.setItem(key, value), told(self, key, value)),
      removeItem: (key) => (storage.removeItem(key), told(self, key, null)),
    };
    return self;
  };
  for (const view of [heard(), heard()]) tabs.push(await open(served, { storage: view }));
  return tabs;
}

async function failFour(one) {
  for (let item = 0; item < 4; item += 1) {
    one.rate(-1);
    one.desk.submit();
    await settle();
  }
}

describe("two tabs count alike", () => {
  test("an item skipped in one and submitted in the other is done in neither", async () => {
    const served = server();
    const [one, two] = await twoTabs(served);
    one.desk.skip();
    await settle();
    two.rate(-1);
    two.desk.submit();
    await settle();
    assert.match(two.drawn.state.notice.values.message, /Given back/);
    assert.deepEqual(done(one, two), [0, 0]);
    two.rate(-1);
    two.desk.submit();
    await settle();
    assert.deepEqual([done(one, two), stored(served)], [[1, 1], [["l1", [-1]]]]);
  });
  test("one that the server refuses is taken back in both", async () => {
    const served = server();
    const [one, two] = await twoTabs(served);
    served.refuse.l0 = true;
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.deepEqual(done(one, two), [0, 0]);
    served.refuse.l0 = false;
    await failFour(one);
    assert.equal(stored(served).some(([lease]) => lease === "l0"), true);
    assert.deepEqual(done(one, two), [4, 4]);
  });
});

describe("an item that was submitted elsewhere", () => {
  test("is kept here until it can be compared with what is there", async () => {
    const served = server();
    const [one, two] = [await open(served), await open(served)];
    one.rate(-1);
    one.desk.submit();
    await settle();
    served.hidden = OFFLINE;
    two.rate(1, -1);
    two.desk.submit();
    await settle();
    assert.deepEqual([two.drawn.desk.link, two.drawn.desk.waiting], ["offline", 1]);
    served.hidden = null;
    await two.ring();
    assert.deepEqual(stored(served), [["l0", [-1]], ["l0", [1, -1]]]);
  });
});

describe("where the server takes nothing from this account", () => {
  const FORBIDDEN = gone({ status: 403, code: "forbidden", message: "Your roles do not allow this." });
  const shown = ({ drawn: { state, desk } }) => [state.phase, state.empty?.reason, desk.aside];

  test("the page says so once nothing is left to rate, and goes on when it is allowed again", async () => {
    const served = server();
    const one = await open(served);
    served.broken = FORBIDDEN;
    await failFour(one);
    assert.deepEqual(shown(one), ["empty", "denied", 4]);
    one.desk.poke();
    await settle();
    assert.deepEqual(shown(one), ["empty", "denied", 4]);
    served.broken = null;
    one.desk.poke();
    await settle();
    assert.deepEqual([one.item(), one.drawn.desk.aside, stored(served).length], ["l4", 0, 4]);
  });
  test("so does a page whose first claim is refused", async () => {
    const served = server();
    served.broken = FORBIDDEN;
    assert.deepEqual(shown(await open(served)), ["empty", "denied", 0]);
  });
  test("signed out, or under another account, the middle says which", async () => {
    const ways = [["ann", { signedOut: true, status: 401 }, "signed-out"], ["bob", { outdated: true, status: 403 }, "other-account"]];
    for (const [rater, broken, reason] of ways) {
      const served = server();
      const one = await open(served);
      Object.assign(served, { rater, broken: gone(broken) });
      await failFour(one);
      assert.deepEqual(shown(one), ["empty", reason, 0]);
    }
  });
});

describe("a notice that the server can't be reached", () => {
  test("goes once it answers again; other notices stay", async () => {
    const one = await open();
    const tell = (key) => one.desk.send({ type: "told", key, values: {} });
    const answers = [() => one.desk.poke(), () => (one.rate(1), tell("notice_unreachable"), one.ring())]; // a draft arrives
    for (const answer of answers) {
      tell("notice_unreachable");
      await answer();
      assert.equal(one.drawn.state.notice.key, "");
    }
    tell("notice_unchanged");
    one.desk.poke();
    assert.equal(one.drawn.state.notice.key, "notice_unchanged");
  });
});
