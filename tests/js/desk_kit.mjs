// A small server in memory, and desks before it.
import { createDesk } from "../../labelling/rating/static/rating/desk.js";
import { cleanDraft, outboxKey } from "../../labelling/rating/static/rating/drafts.js";
import "../../labelling/rating/static/rating/reopening.js"; // the desk brings it when it is needed: here it is at hand
import * as steps from "../../labelling/rating/static/rating/session.js";
import { MemoryStorage } from "./storage.mjs";

export const settle = async () => {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
};
export const gone = (over) => Object.assign(new Error("gone"), { status: 0, ...over });
export const OFFLINE = gone({ retryable: true });
const at = (id) => `/api/campaigns/maths/leases/${id}/`;
const leaseOf = (id) => ({
  id, draft_url: `${at(id)}draft/`, submit_url: `${at(id)}submit/`, skip_url: `${at(id)}skip/`, draft: null,
  problem: { text: `Problem ${id}` }, steps: [{ text: "one" }, { text: "two" }],
});

/** Leases four items at a time, and stores each UUID once. `broken`: what every request meets, `hidden`: a look at an item. */
export function server(count = 8) {
  const all = Array.from({ length: count }, (_, place) => `l${place}`);
  const self = { broken: null, hidden: null, rater: "ann", stored: [], drafts: [], refuse: {}, reason: null, given: new Set() };
  const done = () => new Set(self.stored.map(({ lease }) => lease));
  function offer(fresh) {
    const held = self.reason ? [] : all.filter((id) => !done().has(id)).slice(0, 4);
    const brought = held.filter((id) => !fresh || !self.given.has(id));
    held.forEach((id) => self.given.add(id));
    const reason = self.reason ?? (held.length < 4 ? "queue-empty" : null);
    return { held, leases: brought.map(leaseOf), reason, message: reason ? `Because ${reason}.` : "" };
  }
  self.request = async (method, url, body) => {
    await null;
    if (self.broken) throw self.broken;
    if (url.endsWith("/claim/")) return offer(false);
    const [, lease, what] = /leases\/(\w+)\/(\w*)/.exec(url);
    if (what === "skip") return void all.splice(all.indexOf(lease), 1) ?? offer(true);
    if (what === "draft") return void self.drafts.push({ lease, ...body });
    const answers = self.stored.filter((one) => one.lease === lease);
    if (method === "GET" && self.hidden) throw self.hidden;
    if (method === "GET") return { lease: leaseOf(lease), answer: answers.at(-1).body, correctable: !self.closed, reason: "round-closed" };
    if (self.refuse[lease]) throw gone({ status: 400, code: "invalid", message: "Wrong." });
    if (!all.includes(lease)) throw gone({ status: 409, code: "skipped", message: "Given back." });
    const again = self.stored.some((one) => one.body.uuid === body.uuid);
    if (!again && answers.length && answers.at(-1).body.uuid !== body.replaces) throw gone({ status: 409, code: "submitted" });
    if (!again) self.stored.push({ lease, body });
    return { annotation: body.uuid, ...offer(true) };
  };
  return self;
}

export function tab(served, { storage = new MemoryStorage(), rater = "ann", done = 0, last: doneLast = [] } = {}) {
  const timers = new Map();
  let last = 0;
  const self = { storage, clock: 1000, drawn: null, prepared: [] };
  self.desk = createDesk({
    config: { rater, campaign: "maths", claim_url: "/api/campaigns/maths/claim/", reopen_url: at("LEASE"), done, done_last: doneLast, mode: "first_error" },
    mode: { ...steps, cleanDraft },
    storage,
    request: served.request,
    timers: { set: (action) => (timers.set(++last, action), last), clear: (id) => timers.delete(id) },
    render: (state, desk) => (self.drawn = { state, desk }),
    prepare: (lease) => self.prepared.push(lease.id),
    lock: (work) => work(),
    renewToken: async () => {
      if (served.broken && !served.broken.signedOut && !served.broken.outdated) throw served.broken;
      if (served.broken?.signedOut) throw served.broken;
      return { rater: served.rater };
    },
    now: () => self.clock,
  });
  self.ring = async () => {
    const due = [...timers.values()];
    timers.clear();
    due.forEach((action) => action());
    await settle();
  };
  self.rate = (...ratings) => ratings.forEach((rating) => self.desk.send({ type: "rated", rating }));
  self.item = () => self.desk.getState().lease?.id;
  self.start = async (wanted) => (self.desk.start(wanted), settle());
  return self;
}

export const open = async (served = server(), options = {}) => {
  const one = tab(served, options);
  await one.start();
  return one;
};
export const stored = (served) => served.stored.map(({ lease, body }) => [lease, body.steps.map(({ rating }) => rating)]);
