// Getting work to the server: drafts soon after a change, submits until they are stored. Knows no DOM and no storage;
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
  return error.code === "stale-draft" ? "stale" : "refused";
}

function alarm({ set, clear }) {
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
    if (kind === "stale" || kind === "refused") own.pending = null;
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

/** Sends one submit until it is stored or refused, always the same body with the same UUID. */
export function submitter({ send, outbox, timers, report, random = Math.random }) {
  const timer = alarm(timers);
  let item = null;
  let busy = false;
  let tries = 0;
  let isKept = true;

  async function attempt() {
    timer.stop();
    if (!item || busy) return;
    busy = true;
    report.waiting({ kind: "sending" });
    const outcome = await send(item).then((answer) => ({ answer }), (error) => ({ error }));
    busy = false;
    if (outcome.error) failed(outcome.error);
    else settled((leaseId) => report.accepted(outcome.answer, leaseId));
  }

  function settled(tell) {
    const { leaseId } = item;
    outbox.remove(leaseId);
    item = null;
    tries = 0;
    tell(leaseId);
  }

  function failed(error) {
    const kind = failureKind(error);
    if (kind === "refused" || kind === "stale") return settled(() => report.refused(error));
    if (kind === "offline") timer.ring(backoff(tries++, random), attempt);
    return report.waiting({ kind: kind === "offline" && !isKept ? "unkept" : kind });
  }

  return {
    /** Keeps the item on this machine first, so that closing the tab loses nothing. */
    submit(next) {
      item = next;
      isKept = outbox.put(item);
      return attempt();
    },
    isWaiting: () => item !== null,
    /** Try now: the network is back, or the rater asks. */
    poke: attempt,
  };
}

/** crypto.randomUUID is missing over plain HTTP. */
export function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
