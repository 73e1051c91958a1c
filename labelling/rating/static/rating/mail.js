// Notes to the lead on their way: kept on this machine under the account that wrote them, sent in the order in which they
// were written, each with its own UUID until it has arrived or is refused. They hold no submit back.

import { backoff, failureKind } from "./sync.js";

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
  let busy = false;
  let tries = 0;
  let timer = null;

  function next() {
    for (const key of [...keysOf(storage, prefix), ...unkept.keys()].sort()) {
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
    const first = busy ? null : next();
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
    if (tries === 0) report({ kind: unkept.has(key) ? "unkept" : "kept", item, error });
    if (failureKind(error) !== "denied") timer = timers.set(attempt, backoff(tries++, random)); // its account may come back
  }

  return {
    poke: attempt,
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
