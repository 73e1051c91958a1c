import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  backoff, DRAFT_DELAY_MS, draftSaver, failureKind, LAST_RETRY_MS,
} from "../../labelling/rating/static/rating/sync.js";
import { outboxFor, sender } from "../../labelling/rating/static/rating/outbox.js";
import { FullStorage, MemoryStorage } from "./storage.mjs";
import { handTimers, settle } from "./timers.mjs";

const offline = { retryable: true, code: "network" };
/** A server that answers as scripted, null for "fine", and keeps what it was sent. */
function scripted(...answers) {
  const sent = [];
  const send = async (job) => {
    sent.push(job);
    const answer = answers.shift() ?? null;
    if (answer instanceof Promise) await answer;
    else if (answer) throw answer;
    return { annotation: job.body?.uuid, next: null };
  };
  return { sent, send };
}

describe("waiting", () => {
  test("doubles, stays under its cap, and is spread", () => {
    assert.equal(backoff(0, () => 1), 1000);
    assert.equal(backoff(3, () => 1), 8000);
    assert.equal(backoff(50, () => 1), LAST_RETRY_MS);
    assert.equal(backoff(0, () => 0), 750);
  });
  test("each failure is called by its name", () => {
    assert.equal(failureKind(offline), "offline");
    assert.equal(failureKind({ signedOut: true }), "signed-out");
    assert.equal(failureKind({ outdated: true }), "outdated");
    assert.equal(failureKind({ code: "stale-draft" }), "stale");
    assert.equal(failureKind({ code: "invalid" }), "refused");
    assert.equal(failureKind({ code: "no-lease" }), "denied");
    assert.equal(failureKind({ status: 403 }), "denied");
  });
});

describe("drafts", () => {
  function saver(...answers) {
    const timers = handTimers();
    const server = scripted(...answers);
    const said = [];
    const saving = draftSaver({ send: server.send, timers, random: () => 1, report: (kind) => said.push(kind) });
    return { timers, server, said, saving };
  }

  test("several changes within a moment are one request with the last of them", async () => {
    const { timers, server, said, saving } = saver();
    for (const seq of [1, 2, 3]) saving.changed({ seq });
    assert.deepEqual(timers.delays(), [DRAFT_DELAY_MS]);
    assert.equal(server.sent.length, 0);
    await timers.ring();
    assert.deepEqual(server.sent, [{ seq: 3 }]);
    assert.equal(said.at(-1), "saved");
  });
  test("a change while one is on its way goes after it, and it does not say saved too early", async () => {
    let arrive;
    const { timers, server, said, saving } = saver(new Promise((resolve) => (arrive = resolve)));
    saving.changed({ seq: 1 });
    await timers.ring();
    saving.changed({ seq: 2 });
    arrive();
    await settle();
    assert.equal(said.includes("saved"), false);
    await timers.ring();
    assert.deepEqual(server.sent.map(({ seq }) => seq), [1, 2]);
    assert.equal(said.at(-1), "saved");
  });
  test("without a network it says so and tries again, later each time, with the newest", async () => {
    const { timers, server, said, saving } = saver(offline, offline);
    saving.changed({ seq: 1 });
    await timers.ring();
    assert.equal(said.at(-1), "offline");
    assert.deepEqual(timers.delays(), [1000]);
    saving.changed({ seq: 2 });
    assert.equal(said.at(-1), "offline");
    await timers.ring();
    assert.deepEqual(timers.delays(), [2000]);
    await timers.ring();
    assert.deepEqual(server.sent.map(({ seq }) => seq), [1, 2, 2]);
    assert.equal(said.at(-1), "saved");
  });
  test("a stale draft is not sent again and again", async () => {
    const { timers, server, said, saving } = saver({ code: "stale-draft" });
    saving.changed({ seq: 1 });
    await timers.ring();
    assert.equal(said.at(-1), "stale");
    await saving.flush();
    assert.equal(server.sent.length, 1);
  });
  test("signed out, it waits for a sign of life instead of hammering", async () => {
    const { timers, server, said, saving } = saver({ signedOut: true });
    saving.changed({ seq: 1 });
    await timers.ring();
    assert.equal(said.at(-1), "signed-out");
    assert.deepEqual(timers.delays(), []);
    await saving.flush();
    assert.equal(server.sent.length, 2);
    assert.equal(said.at(-1), "saved");
  });
  test("an answer for the item before does not speak for the new one", async () => {
    let arrive;
    const { timers, said, saving } = saver(new Promise((resolve) => (arrive = resolve)));
    saving.changed({ seq: 1 });
    await timers.ring();
    saving.reset();
    arrive();
    await settle();
    assert.deepEqual(said, ["saving"]);
    assert.deepEqual(timers.delays(), []);
  });
});

describe("submits", () => {
  const item = (uuid = "u1") => ({ leaseId: `l-${uuid}`, url: "/s/", body: { uuid } });

  function sending(...answers) {
    const timers = handTimers();
    const server = scripted(...answers);
    const said = [];
    const box = outboxFor(new MemoryStorage(), "ann");
    const report = {
      state: (kind) => said.push(kind),
      accepted: (answer, entry) => said.push(`accepted ${answer.annotation} ${entry.leaseId}`),
      refused: async (error) => (said.push(`refused ${error.code}`), error.settles),
    };
    const out = sender({ send: server.send, outbox: box, timers, report, random: () => 1 });
    const submit = (uuid) => (box.put(item(uuid)), out.poke());
    return { timers, server, said, box, out, submit };
  }

  test("those that arrive are reported once, in order, and leave the machine", async () => {
    const { server, said, box, out } = sending();
    box.put(item("u1"));
    box.put(item("u2"));
    await out.poke();
    assert.deepEqual(said, ["sending", "accepted u1 l-u1", "ok", "sending", "accepted u2 l-u2", "ok"]);
    assert.equal(server.sent.length, 2);
    assert.equal(box.first(), null);
  });
  test("a failed one is tried again with the very same UUID until it arrives; those behind it wait", async () => {
    const { timers, server, said, box, out } = sending(offline, offline, offline);
    box.put(item("u1"));
    box.put(item("u2"));
    await out.poke();
    for (const delay of [1000, 2000, 4000]) {
      assert.deepEqual(timers.delays(), [delay]);
      assert.equal(said.at(-1), "offline");
      await timers.ring();
    }
    assert.deepEqual(server.sent.map((one) => one.body.uuid), ["u1", "u1", "u1", "u1", "u2"]);
    assert.equal(box.first(), null);
  });
  test("when the network is back it goes out at once, and only once", async () => {
    const { timers, server, submit, out } = sending(offline);
    await submit();
    await Promise.all([out.poke(), out.poke()]);
    assert.equal(server.sent.length, 2);
    assert.deepEqual(timers.delays(), []);
    await out.poke();
    assert.equal(server.sent.length, 2);
  });
  test("one that is made while another is on its way goes after it", async () => {
    let arrive;
    const { server, submit } = sending(new Promise((resolve) => (arrive = resolve)));
    submit("u1");
    submit("u2");
    arrive();
    await settle();
    assert.deepEqual(server.sent.map((one) => one.body.uuid), ["u1", "u2"]);
  });
  test("signed out or out of date, it is kept and waits to be asked", async () => {
    for (const failure of [{ signedOut: true }, { outdated: true }]) {
      const { timers, said, box, submit } = sending(failure);
      await submit();
      assert.equal(said.at(-1), failureKind(failure));
      assert.deepEqual(timers.delays(), []);
      assert.equal(box.first().body.uuid, "u1");
    }
  });
  test("a refused one is given back and does not come again", async () => {
    const { timers, said, box, submit } = sending({ code: "invalid", settles: true });
    await submit();
    assert.deepEqual(said, ["sending", "refused invalid", "ok"]);
    assert.equal(box.first(), null);
    assert.deepEqual(timers.delays(), []);
  });
  test("what is not this account's is kept, and the next one goes out", async () => {
    const { server, box, out } = sending({ code: "no-lease" });
    box.put(item("u1"));
    box.put(item("u2"));
    await out.poke();
    assert.deepEqual(server.sent.map((one) => one.body.uuid), ["u1", "u2"]);
    assert.deepEqual(box.counts(), { waiting: 0, aside: 1, unkept: 0 });
    box.takeUp();
    await out.poke();
    assert.equal(server.sent.at(-1).body.uuid, "u1");
    assert.deepEqual(box.counts(), { waiting: 0, aside: 0, unkept: 0 });
  });
  test("a refusal that can't be dealt with yet leaves it here, to be met again", async () => {
    const { timers, said, box, submit } = sending({ code: "submitted" }, { code: "submitted", settles: false });
    await submit();
    assert.deepEqual([said.at(-1), box.counts().waiting, timers.delays()], ["offline", 1, [1000]]);
    await timers.ring();
    assert.deepEqual([said.at(-1), box.counts().waiting], ["ok", 0]);
  });
});
