// What is kept on this machine, each under the account that made it.

const PREFIX = "stepmark:";

export const draftKey = (rater, lease) => `${PREFIX}draft:${rater}:${lease}`;
export const outboxKey = (rater, uuid) => `${PREFIX}outbox:${rater}:${uuid}`;

/** Reading the property alone may throw where storage is forbidden. */
export function localStore() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

export function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null; // no storage (private window) or text that is not ours
  }
}

export function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or forbidden: the caller says so on the page
  }
}

export function erase(storage, key) {
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
    ...(Array.isArray(value.step_times) && { step_times: value.step_times.filter(isCount) }),
    ...(value.replaces && { replaces: value.replaces }), // a correction that was begun
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

/** As it was kept, whatever it holds: for `cleanDraft`. */
export function loadDraft(storage, rater, lease) {
  return read(storage, draftKey(rater, lease));
}

/** Mark the kept draft as stored by the server, unless it has grown since. */
export function markSynced(storage, rater, lease, seq) {
  const kept = read(storage, draftKey(rater, lease));
  if (kept?.seq === seq) write(storage, draftKey(rater, lease), { ...kept, synced: true });
}

export function eraseDraft(storage, rater, lease) {
  erase(storage, draftKey(rater, lease));
}

const RECENT = 20;
const recentKey = (rater, campaign) => `${PREFIX}recent:${rater}:${campaign}`;

/** The ids of the leases submitted last, oldest first: what "undo" on a fresh item opens again. */
export function loadRecent(storage, rater, campaign) {
  const kept = read(storage, recentKey(rater, campaign));
  return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
}

export function addRecent(storage, rater, campaign, leaseId) {
  const recent = [...loadRecent(storage, rater, campaign).filter((id) => id !== leaseId), leaseId].slice(-RECENT);
  write(storage, recentKey(rater, campaign), recent);
  return recent;
}

/** What a change by another tab is about: { kind: draft | outbox, id, value }, or null where it is not this account's. */
export function noticed({ key, newValue }, rater) {
  for (const kind of ["draft", "outbox"]) {
    const prefix = `${PREFIX}${kind}:${rater}:`;
    if (key?.startsWith(prefix)) return { kind, id: key.slice(prefix.length), value: JSON.parse(newValue) };
  }
  return null;
}

export function keysOf(storage) {
  try {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index)).sort();
  } catch {
    return [];
  }
}
