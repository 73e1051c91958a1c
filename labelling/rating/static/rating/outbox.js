// Submits on their way: kept on this machine until the server has them, sent in order, each with its own UUID.

import { erase, keysOf, outboxKey, read, write } from "./drafts.js";
import { alarm, backoff, failureKind } from "./sync.js";

const isItem = (item) => Boolean(item?.leaseId && item.url?.startsWith("/") && item.body?.uuid);

/**
 * Unsent submits of one account, in the order in which they were made. Each entry: { leaseId, url, body }, and `at` by
 * this. What the browser does not keep lives as long as the page.
 */
export function outboxFor(storage, rater, now = Date.now) {
  const unkept = new Map();
  const aside = new Set(); // until the next occasion: the account may be allowed again
  const prefix = outboxKey(rater, "");
  let last = 0;

  function all() {
    const kept = keysOf(storage).filter((name) => name.startsWith(prefix)).map((key) => ({ key, ...read(storage, key) }));
    return [...kept, ...unkept.values()].filter(isItem).sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  }

  return {
    all,
    first: () => all().find((entry) => !aside.has(entry.body.uuid)) ?? null,
    put(item) {
      last = Math.max(now(), last + 1);
      const entry = { ...item, at: last };
      const isKept = write(storage, outboxKey(rater, item.body.uuid), entry);
      if (!isKept) unkept.set(item.body.uuid, entry);
    },
    /** `refused`: other tabs, which have counted it, are told. */
    remove(entry, refused = false) {
      const { key = outboxKey(rater, entry.body.uuid) } = entry;
      unkept.delete(entry.body.uuid);
      if (refused) write(storage, key, { ...entry, refused });
      erase(storage, key);
    },
    setAside: (entry) => aside.add(entry.body.uuid),
    takeUp: () => aside.clear(),
    counts: () => {
      const entries = all();
      const asides = entries.filter((entry) => aside.has(entry.body.uuid)).length;
      return { waiting: entries.length - asides, aside: asides, unkept: unkept.size };
    },
  };
}

/**
 * Sends what the outbox holds, one after the other, each until it is stored or refused, always with the same UUID. Only
 * one tab at a time gets through `lock`. What this account may not send is set aside and holds nothing back.
 * `report`: state(kind) while it goes or can't; accepted(answer, entry); refused(error, entry), before it is removed: whether
 * it counts as done no more, undefined where that can't be told yet.
 */
export function sender({ send, outbox, timers, report, lock = (work) => work(), random = Math.random }) {
  const timer = alarm(timers);
  let busy = false;
  let again = false;
  let tries = 0;

  async function attempt() {
    timer.stop();
    again = busy;
    if (busy || !outbox.first()) return;
    busy = true;
    await lock(async () => {
      let entry = null;
      while ((entry = outbox.first()) && (await settles(entry)));
    });
    busy = false;
    if (again) attempt();
  }

  async function settles(entry) {
    report.state("sending");
    const outcome = await send(entry).then((answer) => ({ answer }), (error) => ({ error }));
    const kind = outcome.error && failureKind(outcome.error);
    if (["offline", "signed-out", "outdated"].includes(kind)) return stopped(kind);
    tries = 0;
    if (kind === "denied") outbox.setAside(entry);
    else {
      const isUndone = kind ? await report.refused(outcome.error, entry) : false;
      if (isUndone === undefined) return stopped("offline");
      outbox.remove(entry, isUndone);
    }
    if (!kind) report.accepted(outcome.answer, entry);
    report.state("ok");
    return true;
  }

  function stopped(kind) {
    if (kind === "offline") timer.ring(backoff(tries++, random), attempt);
    report.state(kind);
    return false;
  }

  return { poke: attempt, isBusy: () => busy };
}
