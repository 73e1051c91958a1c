import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keptWork, onSignOut } from "../../annotator/static/stepmark/signout.js";
import {
  cleanDraft, draftKey, eraseDraft, loadDraft, markSynced, newerDraft, noticed, outboxKey, saveDraft,
} from "../../labelling/rating/static/rating/drafts.js";
import { outboxFor } from "../../labelling/rating/static/rating/outbox.js";
import { FullStorage, MemoryStorage } from "./storage.mjs";

const draft = (seq = 1, rating = 1) => ({ seq, steps: [{ rating, flagged: false }], total_time: 10, current: 0 });
const item = (leaseId = "l1", uuid = "u1") => ({ leaseId, url: "/api/x/", body: { uuid, steps: [] } });

describe("drafts on this machine", () => {
  test("what is saved comes back", () => {
    const storage = new MemoryStorage();
    assert.equal(saveDraft(storage, "ann", "l1", draft(3)), true);
    assert.deepEqual(cleanDraft(loadDraft(storage, "ann", "l1"), 1), draft(3));
  });
  test("another account or another lease never sees it", () => {
    const storage = new MemoryStorage();
    saveDraft(storage, "ann", "l1", draft());
    assert.equal(cleanDraft(loadDraft(storage, "bob", "l1"), 1), null);
    assert.equal(cleanDraft(loadDraft(storage, "ann", "l2"), 1), null);
  });
  test("a full or missing storage is told, not thrown", () => {
    assert.equal(saveDraft(new FullStorage(), "ann", "l1", draft()), false);
    assert.equal(saveDraft(null, "ann", "l1", draft()), false);
    assert.equal(cleanDraft(loadDraft(null, "ann", "l1"), 1), null);
    assert.doesNotThrow(() => eraseDraft(null, "ann", "l1"));
  });
  test("garbage is not a draft", () => {
    const storage = new MemoryStorage();
    storage.setItem(draftKey("ann", "l1"), "{not json");
    assert.equal(cleanDraft(loadDraft(storage, "ann", "l1"), 1), null);
    for (const broken of [null, {}, { ...draft(), seq: "1" }, { ...draft(), steps: "x" }, draft(1, 2), draft(1, "1")]) {
      assert.equal(cleanDraft(broken, 1), null);
    }
  });
  test("a draft of another length is not this solution's", () => assert.equal(cleanDraft(draft(), 2), null));
  test("time and place out of range are mended, unknown fields dropped", () => {
    const cleaned = cleanDraft({ ...draft(), total_time: -5, current: 99, extra: 1 }, 1);
    assert.deepEqual(cleaned, { ...draft(), total_time: 0, current: 0 });
  });
  test("the higher number wins; with equal ones this machine's", () => {
    const [local, server] = [draft(4, 1), draft(5, -1)];
    assert.equal(newerDraft(local, server), server);
    assert.equal(newerDraft(draft(6), server).seq, 6);
    const same = draft(5, 0);
    assert.equal(newerDraft(same, server), same);
    assert.equal(newerDraft(null, server), server);
    assert.equal(newerDraft(local, null), local);
    assert.equal(newerDraft(null, null), null);
  });
});

describe("unsent submits", () => {
  const uuids = (box) => box.all().map(({ body }) => body.uuid);

  test("they are kept in the order in which they were made, until each is removed", () => {
    const storage = new MemoryStorage();
    const box = outboxFor(storage, "ann", () => 7); // a clock that stands still
    for (const uuid of ["z", "a", "m"]) box.put(item("l1", uuid));
    assert.deepEqual(uuids(outboxFor(storage, "ann")), ["z", "a", "m"]);
    box.remove(box.first());
    assert.deepEqual(uuids(box), ["a", "m"]);
    assert.deepEqual(box.counts(), { waiting: 2, aside: 0, unkept: 0 });
  });
  test("they go out only under the account that made them", () => {
    const storage = new MemoryStorage();
    outboxFor(storage, "ann").put(item());
    assert.equal(outboxFor(storage, "bob").first(), null);
    assert.equal(outboxFor(storage, "an").first(), null);
  });
  test("a broken one does not hide a good one, and none leaves this site", () => {
    const storage = new MemoryStorage();
    storage.setItem(outboxKey("ann", "a"), "garbage");
    storage.setItem(outboxKey("ann", "b"), JSON.stringify({ ...item("b"), url: "https://elsewhere.example/" }));
    outboxFor(storage, "ann").put(item("c"));
    assert.equal(outboxFor(storage, "ann").first().leaseId, "c");
  });
  test("what the browser does not keep lives as long as the page, and is told", () => {
    for (const storage of [new FullStorage(), null]) {
      const box = outboxFor(storage, "ann");
      box.put(item());
      assert.deepEqual([uuids(box), box.counts().unkept], [["u1"], 1]);
      box.remove(box.first());
      assert.equal(box.first(), null);
    }
  });
  test("what is set aside holds nothing back, and is kept", () => {
    const box = outboxFor(new MemoryStorage(), "ann");
    box.put(item("l1", "u1"));
    box.put(item("l2", "u2"));
    box.setAside(box.first());
    assert.equal(box.first().body.uuid, "u2");
    assert.deepEqual(box.counts(), { waiting: 1, aside: 1, unkept: 0 });
  });
  test("another tab's changes are told by account", () => {
    const change = { key: outboxKey("ann", "u1"), newValue: JSON.stringify(item()) };
    assert.deepEqual(noticed(change, "ann"), { kind: "outbox", id: "u1", value: item() });
    assert.equal(noticed(change, "bob"), null);
    assert.equal(noticed({ key: null, newValue: null }, "ann"), null);
    assert.equal(noticed({ key: draftKey("ann", "l1"), newValue: null }, "ann").value, null);
  });
});

describe("signing out", () => {
  const event = () => new Event("submit", { cancelable: true });

  test("drafts that the server has are erased without a question, other sites' keys stay", () => {
    const storage = new MemoryStorage();
    saveDraft(storage, "ann", "l1", draft(2));
    markSynced(storage, "ann", "l1", 2);
    storage.setItem("theme", "dark");
    const leaving = event();
    onSignOut(leaving, storage, "ann", () => assert.fail("asked"));
    assert.equal(leaving.defaultPrevented, false);
    assert.equal(cleanDraft(loadDraft(storage, "ann", "l1"), 1), null);
    assert.equal(storage.getItem("theme"), "dark");
  });
  test("unsent work asks first, and No keeps everything", () => {
    const storage = new MemoryStorage();
    outboxFor(storage, "ann").put(item());
    const leaving = event();
    onSignOut(leaving, storage, "ann", () => false);
    assert.equal(leaving.defaultPrevented, true);
    assert.equal(outboxFor(storage, "ann").first().body.uuid, "u1");
    onSignOut(event(), storage, "ann", () => true);
    assert.equal(outboxFor(storage, "ann").first().body.uuid, "u1"); // it stays for the next time
  });
  test("an answer for an older draft does not mark the newer one as stored", () => {
    const storage = new MemoryStorage();
    saveDraft(storage, "ann", "l1", draft(3));
    markSynced(storage, "ann", "l1", 2);
    assert.equal(keptWork(storage, "ann").unsent.length, 1);
    markSynced(storage, "ann", "l1", 3);
    assert.equal(keptWork(storage, "ann").unsent.length, 0);
  });
  test("another account's work is neither asked about nor erased", () => {
    const storage = new MemoryStorage();
    outboxFor(storage, "bob").put(item());
    saveDraft(storage, "bob", "l1", draft(2), true);
    onSignOut(event(), storage, "ann", () => assert.fail("asked"));
    assert.equal(storage.length, 2);
  });
});
