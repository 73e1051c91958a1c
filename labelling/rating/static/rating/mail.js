// Notes to the lead on their way: kept on this machine under the account that wrote them, sent in the order in which they
// were written, each with its own UUID until it has arrived or is refused. They hold no submit back, and what the account
// signed in now may not send holds no other one back.

import { backoff, failureKind } from "./sync.js";

export const LATER_MS = 60_000; // until what may not be sent now is tried again: its account may be back

const prefixFor = (rater) => `stepmark:mail:${rater}:`;

/** Whether something of this account waits here: asked before this module is needed. */
export function mailWaits(storage, rater) {
  return keysOf(storage, prefixFor(rater)).length > 0;
}

function keysOf(storage, prefix) {
  try {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    return keys.filter((key) => key.startsWith(prefix)).sort();
  } catch {
    return []; // no storage, or one that may not be read
  }
}

function itemAt(storage, key) {
  try {
    const item = JSON.parse(storage.getItem(key));
    return item?.url?.startsWith("/") && item.body?.uuid ? item : null;
  } catch {
    return null; // not ours to send
  }
}

/** `report({ kind, item, error })`: sent | refused, and for the first try that fails: kept | unkept. */
export function mailbox({ storage, rater, request, timers, report, now = Date.now, random = Math.random }) {
  const prefix = prefixFor(rater);
  const unkept = new Map(); // what this browser would not keep, for as long as the page lives
  const aside = new Set(); // keys of what may not be sent now
  const told = new Set();
  let busy = false;
  let tries = 0;
  let timer = null;

  function next() {
    for (const key of [...keysOf(storage, prefix), ...unkept.keys()].sort().filter((one) => !aside.has(one))) {
      const item = unkept.get(key) ?? itemAt(storage, key);
      if (item) return { key, item };
    }
    return null;
  }

  function drop(key) {
    if (!unkept.delete(key)) storage.removeItem(key);
    tries = 0;
  }

  async function attempt() {
    timers.clear(timer);
    if (busy) return;
    const first = next();
    if (!first && aside.size > 0) timer = timers.set(again, LATER_MS);
    if (!first) return;
    busy = true;
    const error = await request("POST", first.item.url, first.item.body).then(() => null, (reason) => reason);
    busy = false;
    if (error && failureKind(error) !== "refused") return waiting(first, error);
    drop(first.key);
    report({ kind: error ? "refused" : "sent", item: first.item, error });
    attempt();
  }

  function waiting({ key, item }, error) {
    if (!told.has(key)) report({ kind: unkept.has(key) ? "unkept" : "kept", item, error });
    told.add(key);
    if (failureKind(error) !== "denied") return void (timer = timers.set(attempt, backoff(tries++, random)));
    aside.add(key);
    attempt();
  }

  function again() {
    aside.clear();
    return attempt();
  }

  return {
    poke: again,
    send(item) {
      const key = `${prefix}${String(now()).padStart(15, "0")}:${item.body.uuid}`;
      try {
        storage.setItem(key, JSON.stringify(item));
      } catch {
        unkept.set(key, item);
      }
      return attempt();
    },
  };
}
