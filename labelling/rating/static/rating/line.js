// The items that a rater holds, in their order; and whether two judgements say the same. Plain values.

/** The leases held, in their order. `finished`: handed over here, whatever an older answer says. */
export const newLine = (finished = []) => ({ held: [], leases: new Map(), finished: new Set(finished), reason: null, message: "" });

/** What a claim, submit or skip answers. */
export function takeOffer(line, { held, leases, reason, message }) {
  const all = new Map([...line.leases, ...leases.map((lease) => [lease.id, lease])]);
  return { ...line, held: held.filter((id) => !line.finished.has(id)), leases: all, reason, message };
}

export function finishLease(line, id) {
  return { ...line, held: line.held.filter((one) => one !== id), finished: new Set([...line.finished, id]) };
}

/** It comes back: what was handed over was not taken. */
export function unfinishLease(line, id) {
  return { ...line, finished: new Set([...line.finished].filter((one) => one !== id)) };
}

/** The lease at this place of the line; undefined where none is held there, or it was never brought. */
export const leaseAt = (line, place = 0) => line.leases.get(line.held[place]);

export const isBrought = (line) => line.held.every((id) => line.leases.has(id));

const judged = ({ uuid, replaces, version, total_time, step_times, ...rest }) => rest;

/** The order of keys, and what is left out or empty, make no difference. */
function canonical(value) {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, one]) => one !== "" && one !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, canonical(one)]));
}

export function saySame(one, other) {
  return JSON.stringify(canonical(judged(one))) === JSON.stringify(canonical(judged(other)));
}
