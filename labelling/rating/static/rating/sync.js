// Getting work to the server: drafts soon after a change. Knows no DOM and no storage;
// `send` does the request and rejects with an error that says { retryable, signedOut, outdated, code, message }.

export const DRAFT_DELAY_MS = 600;
const FIRST_RETRY_MS = 1000;
export const LAST_RETRY_MS = 30_000;

/** Wait before try number `tries` + 1: doubling, capped, spread so that raters don't come back all at once. */
export function backoff(tries, random = Math.random) {
  const step = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);
  return Math.round(step * (0.75 + random() / 4));
}

export function failureKind(error) {
  if (error.retryable) return "offline";
  if (error.signedOut) return "signed-out";
  if (error.outdated) return "outdated";
  if (error.status === 403 || error.code === "no-lease") return "denied"; // of another account, or not allowed any more
  return error.code === "stale-draft" ? "stale" : "refused";
}

export function alarm({ set, clear }) {
  let id = null;
  const stop = () => {
    if (id !== null) clear(id);
    id = null;
  };
  return {
    stop,
    ring(delay, action) {
      stop();
      id = set(() => {
        id = null;
        action();
      }, delay);
    },
  };
}

/** Saves the latest draft only. `report(kind, error?)`: saving | saved (with its seq) | offline | stale | refused … */
export function draftSaver({ send, timers, report, delay = DRAFT_DELAY_MS, random = Math.random }) {
  const timer = alarm(timers);
  let lane = newLane();

  function newLane() {
    return { pending: null, busy: false, tries: 0 };
  }

  async function flush(options = {}) {
    const own = lane; // after reset() an answer to an old lease must not speak for the new one
    timer.stop();
    if (own.busy || !own.pending) return;
    const job = own.pending;
    own.busy = true;
    own.pending = null;
    const error = await send(job, options).then(() => null, (reason) => reason);
    own.busy = false;
    if (own !== lane) return;
    if (error) failed(own, job, error);
    else stored(own, job);
  }

  function stored(own, job) {
    own.tries = 0;
    if (own.pending) timer.ring(delay, flush);
    report(own.pending ? "saving" : "saved", job);
  }

  function failed(own, job, error) {
    const kind = failureKind(error);
    own.pending ??= job;
    if (["stale", "refused", "denied"].includes(kind)) own.pending = null;
    if (kind === "offline") timer.ring(backoff(own.tries++, random), flush);
    report(kind, job, error);
  }

  return {
    flush,
    changed(job) {
      lane.pending = job;
      if (lane.busy) return;
      timer.ring(lane.tries > 0 ? backoff(lane.tries, random) : delay, flush);
      if (lane.tries === 0) report("saving", job);
    },
    /** A new item: forget what was pending for the old one. */
    reset() {
      timer.stop();
      lane = newLane();
    },
  };
}

/** crypto.randomUUID is missing over plain HTTP. */
export function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
