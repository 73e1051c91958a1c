// What is kept on this machine: drafts and unsent submits, each under the account and lease that made it.

const PREFIX = "stepmark:";

export const draftKey = (rater, lease) => `${PREFIX}draft:${rater}:${lease}`;
export const outboxKey = (rater, lease) => `${PREFIX}outbox:${rater}:${lease}`;

/** Reading the property alone may throw where storage is forbidden. */
export function localStore() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null; // no storage (private window) or text that is not ours
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or forbidden: the caller says so on the page
  }
}

function erase(storage, key) {
  try {
    storage.removeItem(key);
  } catch {
    // nothing was kept, so nothing is left to erase
  }
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isJudged = (one) => [-1, 0, 1, null].includes(one?.rating) && typeof one.flagged === "boolean";
const judged = ({ rating, flagged }) => ({ rating, flagged });

function cleanStep({ alternatives, note, ...step }) {
  const clean = judged(step);
  if (Array.isArray(alternatives) && alternatives.every(isJudged)) clean.alternatives = alternatives.map(judged);
  if (note) clean.note = Object.fromEntries(["type", "explanation", "corrected"].map((key) => [key, String(note[key] ?? "")]));
  return clean;
}

/** The draft as we understand it, or null when it does not fit a solution of `count` steps. */
export function cleanDraft(value, count) {
  if (!isCount(value?.seq) || !Array.isArray(value.steps) || value.steps.length !== count) return null;
  if (!value.steps.every(isJudged)) return null;
  return {
    seq: value.seq,
    steps: value.steps.map(cleanStep),
    total_time: isCount(value.total_time) ? value.total_time : 0,
    current: isCount(value.current) ? Math.min(value.current, Math.max(0, count - 1)) : 0,
  };
}

/** The one with the higher seq; of equal ones the local one, which knows closed ratings too. */
export function newerDraft(local, server) {
  if (!local || !server) return local ?? server ?? null;
  return server.seq > local.seq ? server : local;
}

/** `synced`: the server has this very draft, so that signing out may erase it. */
export function saveDraft(storage, rater, lease, draft, synced = false) {
  return write(storage, draftKey(rater, lease), { ...draft, synced });
}

export function loadDraft(storage, rater, lease, count, clean = cleanDraft) {
  return clean(read(storage, draftKey(rater, lease)), count);
}

/** Mark the kept draft as stored by the server, unless it has grown since. */
export function markSynced(storage, rater, lease, seq) {
  const kept = read(storage, draftKey(rater, lease));
  if (kept?.seq === seq) write(storage, draftKey(rater, lease), { ...kept, synced: true });
}

export function eraseDraft(storage, rater, lease) {
  erase(storage, draftKey(rater, lease));
}

const isItem = (item) => Boolean(item?.leaseId && item.url?.startsWith("/") && item.body?.uuid);

/** Unsent submits of one account. Each item: { leaseId, url, body }. */
export function outboxFor(storage, rater) {
  return {
    put: (item) => write(storage, outboxKey(rater, item.leaseId), item),
    remove: (leaseId) => erase(storage, outboxKey(rater, leaseId)),
    first() {
      const prefix = outboxKey(rater, "");
      const mine = keysOf(storage).filter((name) => name.startsWith(prefix));
      return mine.map((key) => read(storage, key)).find(isItem) ?? null;
    },
  };
}

function keysOf(storage) {
  try {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index)).sort();
  } catch {
    return [];
  }
}
