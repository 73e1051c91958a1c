// Alternatives mode, what is asked of the server: the candidates of the turn on screen until they are there, and those
// that each choice worth making would lead to, so that they are there when it is made.

import { pathId, pathOf, wishes } from "./turn_state.js";

const POLL_MS = [400, 700, 1000, 1500, 2000];
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

const at = (waits, tries) => waits[Math.min(tries, waits.length - 1)];

/** `request(method, url, body)` as in http.js. Returns { after(state), ahead(leases), settle(), again() }. */
export function turnsDriver({ request, send, getState, timers }) {
  let lease = null;
  let asked = new Map(); // by path: { busy, isOpen, tries, timer }
  const begun = new Set(); // leases ahead whose first turn was asked for

  function forget(id) {
    for (const { timer } of asked.values()) timers.clear(timer);
    [lease, asked] = [id, new Map()];
  }

  async function ask({ id, path, isOpen }, extra = {}) {
    const before = asked.get(id);
    const own = { busy: true, isOpen, tries: before?.tries ?? 0, timer: null };
    timers.clear(before?.timer);
    asked.set(id, own);
    const { id: leaseId, turn_url: url, turns } = getState().lease;
    const { answer, error } = await request("POST", url, { path, ...extra }).then((answer) => ({ answer }), (error) => ({ error }));
    if (asked.get(id) !== own) return; // asked anew meanwhile, or of an item that is gone
    own.busy = false;
    if (answer?.candidates.length) shown(turns, answer);
    const isToCome = answer ? answer.waiting : error.retryable;
    if (isToCome && own.isOpen) own.timer = timers.set(() => again(id), at(answer ? POLL_MS : RETRY_MS, own.tries++));
    if (answer) send({ type: "turn-loaded", lease: leaseId, id, answer });
    else if (own.isOpen) send({ type: "turn-failed", lease: leaseId, id, message: error.retryable ? "" : error.message });
  }

  /** The lease knows what it has shown: a draft or an answer that is opened again is read by it. */
  function shown(turns, { key, candidates }) {
    if (!turns.some((turn) => turn.key === key)) turns.push({ key, candidates });
  }

  /** Only what is on screen is asked for again and again; of what lies ahead a worker has been told. */
  function again(id) {
    const wish = wishes(getState()).find((one) => one.id === id);
    if (wish?.isOpen) ask(wish);
  }

  function open(extra) {
    const { turns, lease: held } = getState();
    if (held) ask({ id: pathId(turns), path: pathOf(turns), isOpen: true }, extra);
  }

  return {
    after(state) {
      if ((state.lease?.id ?? null) !== lease) forget(state.lease?.id ?? null);
      const wished = wishes(state);
      const onScreen = wished.find((wish) => wish.isOpen)?.id;
      for (const [id, one] of asked) if (id !== onScreen) one.isOpen = false;
      for (const wish of wished) {
        const before = asked.get(wish.id);
        if (!before || (wish.isOpen && !before.isOpen && !before.busy)) ask(wish);
        else if (wish.isOpen) before.isOpen = true;
      }
    },
    /** The first turn of items to come: a generator then works while this item is rated. A failure is met when it opens. */
    ahead(leases) {
      for (const { id, turn_url: url, turns } of leases) {
        if (turns.length === 0 && !begun.has(id)) request("POST", url, { path: [] }).catch(() => begun.delete(id));
        begun.add(id);
      }
    },
    /** Wait no longer: take what is there. */
    settle: () => open({ settle: true }),
    /** Ask a generator that failed once more. */
    again: () => open({ again: true }),
  };
}
