// The desk against a small server in memory: what a rater presses must arrive once, in order, whatever breaks between.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { outboxKey } from "../../labelling/rating/static/rating/drafts.js";
import { gone, OFFLINE, open, server, settle, stored, tab } from "./desk_kit.mjs";
import { MemoryStorage } from "./storage.mjs";

describe("the next item", () => {
  test("is open at once, before the last one has arrived, and the one after it is being set", async () => {
    const served = server();
    const one = await open(served);
    one.rate(-1);
    one.desk.submit();
    assert.equal(one.item(), "l1");
    assert.equal(served.stored.length, 0);
    assert.equal(one.prepared.at(-1), "l2");
    await settle();
    assert.deepEqual(stored(served), [["l0", [-1]]]);
    assert.equal(one.drawn.state.done, 1);
  });
  test("comes without a network, and all goes out in order when it is back, once each", async () => {
    const served = server();
    const one = await open(served);
    served.broken = OFFLINE;
    for (const rating of [-1, 0, 1]) {
      one.rate(rating, -1);
      one.desk.submit();
      await settle();
    }
    assert.equal(one.item(), "l3");
    assert.deepEqual([one.drawn.desk.link, one.drawn.desk.waiting], ["offline", 3]);
    served.broken = null;
    await one.ring();
    assert.deepEqual(stored(served).map(([lease]) => lease), ["l0", "l1", "l2"]);
    assert.deepEqual([one.drawn.desk.link, one.drawn.desk.waiting, one.item()], ["ok", 0, "l3"]);
  });
  test("where none is left without a network, the page says so, and goes on when it is back", async () => {
    const served = server();
    const one = await open(served);
    served.broken = OFFLINE;
    for (let item = 0; item < 4; item += 1) {
      one.rate(-1);
      one.desk.submit();
      await settle();
    }
    assert.equal(one.drawn.state.empty.reason, "unreachable");
    served.broken = null;
    await one.ring();
    assert.deepEqual([one.item(), served.stored.length], ["l4", 4]);
  });
  test("the end of the work is told once the last is done", async () => {
    const served = server(1);
    const one = await open(served);
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.deepEqual([one.drawn.state.phase, one.drawn.state.empty.reason], ["empty", "queue-empty"]);
  });
});

describe("a skipped item", () => {
  test("gives way to the next, and comes back when the server could not be told", async () => {
    const served = server();
    const one = await open(served);
    one.rate(1);
    served.broken = OFFLINE;
    one.desk.skip();
    await settle();
    assert.deepEqual([one.item(), one.drawn.state.phase], ["l0", "labelling"]);
    served.broken = null;
    one.desk.skip();
    await settle();
    assert.deepEqual([one.item(), one.drawn.state.done], ["l1", 0]);
    one.desk.undo();
    await settle();
    assert.equal(one.item(), "l1");
  });
});

describe("a stop by the server", () => {
  test("closes an item that was not begun, and says why", async () => {
    const served = server();
    const one = await open(served);
    served.reason = "paused";
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.deepEqual([one.drawn.state.empty.reason, one.drawn.state.empty.message], ["paused", "Because paused."]);
  });
  test("lets an item that was begun be finished", async () => {
    const served = server();
    const one = await open(served);
    served.reason = "guidelines";
    one.rate(-1);
    one.desk.submit();
    one.rate(1);
    await settle();
    assert.equal(one.item(), "l1");
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.equal(one.drawn.state.empty.reason, "guidelines");
    assert.deepEqual(stored(served), [["l0", [-1]], ["l1", [1, -1]]]);
  });
  test("gives back an item that it did not take, with its ratings", async () => {
    const served = server();
    const one = await open(served);
    served.refuse.l0 = true;
    one.rate(1, -1);
    one.desk.submit();
    await settle();
    assert.equal(one.drawn.desk.waiting, 0);
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.equal(one.item(), "l0");
    assert.deepEqual(one.drawn.state.steps.map(({ rating }) => rating), [1, -1]);
  });
});

describe("tabs and accounts", () => {
  const told = (other, key, storage) => other.desk.elsewhere({ key, newValue: storage.getItem(key) });

  test("what another tab has pressed is taken over, and what it has submitted is not shown again", async () => {
    const served = server();
    const storage = new MemoryStorage();
    const [one, two] = [await open(served, { storage }), await open(served, { storage })];
    one.rate(1);
    told(two, "stepmark:draft:ann:l0", storage);
    assert.deepEqual(two.drawn.state.steps[0].rating, 1);
    served.broken = OFFLINE;
    two.rate(-1);
    two.desk.submit();
    const [key] = Array.from({ length: storage.length }, (_, place) => storage.key(place)).filter((name) => name.includes("outbox"));
    told(one, key, storage);
    assert.deepEqual([one.item(), two.item()], ["l1", "l1"]);
    assert.deepEqual([one.drawn.state.done, two.drawn.state.done], [1, 1]);
  });
  test("an item that another machine has submitted becomes a correction, unless it says the same", async () => {
    const served = server();
    const [one, two] = [await open(served), await open(served)];
    const three = await open(served);
    one.rate(-1);
    one.desk.submit();
    await settle();
    two.rate(-1);
    two.desk.submit();
    await settle();
    assert.equal(served.stored.length, 1);
    three.rate(1, -1);
    three.desk.submit();
    await settle();
    assert.deepEqual(stored(served), [["l0", [-1]], ["l0", [1, -1]]]);
    assert.equal(served.stored[1].body.replaces, served.stored[0].body.uuid);
  });
  test("what waits goes out after a reload, and is counted as done once", async () => {
    const served = server();
    const storage = new MemoryStorage();
    const one = await open(served, { storage });
    served.broken = OFFLINE;
    one.rate(-1);
    one.desk.submit();
    await settle();
    served.broken = null;
    const again = await open(served, { storage });
    assert.deepEqual(stored(served), [["l0", [-1]]]);
    assert.deepEqual([again.item(), again.drawn.state.done], ["l1", 1]);
    assert.equal((await open(served, { storage, done: 1 })).drawn.state.done, 1);
  });
  test("signed out it waits, and goes on when the same account is back", async () => {
    const served = server();
    const one = await open(served);
    served.broken = gone({ signedOut: true, status: 401 });
    one.rate(-1);
    one.desk.submit();
    await settle();
    assert.deepEqual([one.drawn.desk.link, one.drawn.desk.waiting], ["signed-out", 1]);
    served.broken = null;
    one.desk.look();
    await settle();
    await one.ring();
    assert.deepEqual(stored(served), [["l0", [-1]]]);
  });
  test("nothing goes out while somebody else is signed in", async () => {
    const served = server();
    const one = await open(served);
    served.broken = gone({ outdated: true, status: 403 });
    served.rater = "bob";
    one.rate(-1);
    one.desk.submit();
    await settle();
    await one.ring();
    one.desk.poke();
    await settle();
    assert.deepEqual([one.drawn.desk.link, one.drawn.desk.waiting, served.stored.length], ["other-account", 1, 0]);
    const [entry] = Array.from({ length: one.storage.length }, (_, place) => one.storage.key(place)).filter((key) => key.includes("outbox"));
    assert.ok(entry.startsWith(outboxKey("ann", "")));
  });
});

describe("a reopened item", () => {
  async function twoDone() {
    const served = server();
    const one = await open(served);
    for (const rating of [-1, 0]) {
      one.clock += 2000;
      one.rate(rating, -1);
      one.desk.submit();
      await settle();
    }
    return { served, one };
  }

  test("undo on a fresh item opens the last one, then the one before; Escape goes back without changes", async () => {
    const { served, one } = await twoDone();
    one.desk.undo();
    await settle();
    assert.equal(one.item(), "l1");
    one.desk.undo();
    await settle();
    assert.deepEqual([one.item(), one.drawn.state.steps[0].rating], ["l0", -1]);
    one.rate(1);
    one.desk.back();
    await settle();
    assert.deepEqual([one.item(), one.drawn.desk.reopened, served.stored.length], ["l2", null, 2]);
  });
  test("a submit is a correction with the whole time, and nothing changed sends nothing", async () => {
    const { served, one } = await twoDone();
    one.desk.undo();
    await settle();
    one.desk.submit();
    await settle();
    assert.deepEqual([served.stored.length, one.item(), one.drawn.state.notice.key], [2, "l2", "notice_unchanged"]);
    one.desk.undo();
    await settle();
    one.clock += 3000;
    one.desk.send({ type: "moved", index: 0 });
    one.rate(-1);
    one.desk.submit();
    await settle();
    const [, first, second] = served.stored;
    assert.equal(second.body.replaces, first.body.uuid);
    assert.equal(second.body.total_time, first.body.total_time + 3000);
    assert.equal(one.drawn.state.done, 2);
  });
  test("one that waits to be sent can be corrected without a network: both go out in order", async () => {
    const served = server();
    const one = await open(served);
    served.broken = OFFLINE;
    one.rate(-1);
    one.desk.submit();
    await settle();
    one.desk.undo();
    await settle();
    assert.equal(one.item(), "l0");
    one.rate(1, -1);
    one.desk.submit();
    served.broken = null;
    await one.ring();
    assert.deepEqual(stored(served), [["l0", [-1]], ["l0", [1, -1]]]);
  });
  test("one that the page is asked for is on screen however late the open item comes", async () => {
    const { served, one } = await twoDone();
    const page = tab(served, { storage: one.storage });
    await page.start("l0");
    assert.deepEqual([page.item(), page.drawn.state.steps[0].rating], ["l0", -1]);
    page.desk.back();
    assert.equal(page.item(), "l2");
  });
  test("one that was given up shows what was said then", async () => {
    const one = await open();
    for (const [finish, reason] of [["give_up", "Beyond me."], ["bad_problem", "Asks nothing."]]) {
      one.desk.submit(finish, reason);
      await settle();
      one.desk.undo();
      await settle();
      assert.deepEqual(one.drawn.state.said, { kind: finish, reason });
      one.desk.back();
      assert.equal(one.drawn.state.said, undefined);
    }
  });
  test("why it can't be corrected is said, and the fresh item stays", async () => {
    const { served, one } = await twoDone();
    served.closed = true;
    one.desk.undo();
    await settle();
    assert.deepEqual([one.item(), one.drawn.state.notice.key], ["l2", "reopen_round_closed"]);
  });
});

describe("time", () => {
  test("each step's time goes with the submit", async () => {
    const served = server();
    const one = await open(served);
    one.clock += 1500;
    one.rate(1);
    one.clock += 700;
    one.rate(-1);
    one.clock += 5000;
    one.desk.submit();
    await settle();
    const { total_time: total, step_times: times } = served.stored[0].body;
    assert.deepEqual([total, times], [7200, [1500, 700]]);
  });
});
