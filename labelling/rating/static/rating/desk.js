// The rater's desk: which item is open, which come next, what waits to be sent. Knows no DOM. On screen is the first of the
// line, or what was reopened. A submit is kept here and the next item opens at once; the outbox sends in order.

import { activeTime, countStep, noteStop, startClock } from "./clock.js";
import { later } from "./dom.js";
import { addRecent, eraseDraft, loadDraft, loadRecent, markSynced, newerDraft, noticed, saveDraft } from "./drafts.js";
import { finishLease, isBrought, leaseAt, newLine, saySame, takeOffer, unfinishLease } from "./line.js";
import { outboxFor, sender } from "./outbox.js";
import { backoff, draftSaver, failureKind, newUuid } from "./sync.js";

const isFresh = (entry) => !entry.body.replaces;

/** `render(state, desk)` draws; `mode`: the session's functions; `prepare(lease)` draws the next item out of sight. */
export function createDesk({ config, mode, storage, request, timers, render, prepare, lock, renewToken, now = Date.now }) {
  const { rater, campaign } = config;
  const outbox = outboxFor(storage, rater, now);
  const mine = (entry) => entry.url.includes(`/campaigns/${campaign}/`);
  const unsent = outbox.all().filter((entry) => mine(entry) && isFresh(entry));
  let recent = loadRecent(storage, rater, campaign);
  let line = newLine(unsent.map((entry) => entry.leaseId));
  let state = { ...mode.newSession(config.mode, config.error_notes), done: config.done };
  let clock = startClock(now());
  let steps = { times: [], counted: 0 };
  let reopened = null; // { uuid, answer, at }: what is corrected, and its place among the recent ones
  let link = "ok"; // ok | sending | offline | signed-out | outdated | other-account
  let isKept = true; // whether this browser could store the last draft; else the page must not promise it
  let openedAt = 0; // the draft's number as the item was opened
  let claiming = false;
  let claimTries = 0;
  let timer = null;

  const active = () => activeTime(clock, now());
  const timedStep = () => (state.steps?.[state.current]?.rating === null ? state.current : null);
  const count = () => (steps = countStep(steps, timedStep(), active()));
  const times = () => (count(), steps.times.map(Math.round));
  const isBegun = () => state.phase === "labelling" && state.seq !== openedAt;
  const clean = (draft, lease) => mode.cleanDraft(draft, lease.steps.length);

  function draw() {
    clock = noteStop(clock, "waiting", mode.isWaiting?.(state) ?? false, now());
    render(state, { link, reopened, recent: recent.length, ...outbox.counts() });
    mode.after?.(state);
  }

  function apply(event) {
    const before = state;
    count();
    state = mode.reduce(state, event);
    if (state.lease && state.lease === before.lease && state.seq !== before.seq) keepDraft();
    return state !== before;
  }

  function send(event) {
    const before = state;
    if (!apply(event)) return;
    draw();
    if (config.auto_submit && mode.completes?.(before, state, event)) submit();
  }

  const tell = (key, values = {}) => send({ type: "told", key, values });

  const saver = draftSaver({
    timers,
    send: (job, { keepalive = false } = {}) => request("PUT", job.url, job.draft, { keepalive }),
    report(kind, job, error) {
      if (kind === "saved") markSynced(storage, rater, job.leaseId, job.draft.seq);
      if (error?.code === "submitted") return claim(); // in another tab: its answer tells what is held now
      if (["signed-out", "outdated"].includes(kind)) renew(kind);
      const told = kind === "denied" ? "refused" : kind;
      send({ type: "draft-reported", kind: isKept || kind === "saved" ? told : "local-failed", message: error?.message });
    },
  });

  function keepDraft() {
    const { id, draft_url: url } = state.lease;
    const more = { step_times: times(), ...(reopened && { replaces: reopened.uuid }) };
    isKept = saveDraft(storage, rater, id, { ...mode.draftOf(state, active()), ...more });
    if (reopened) state = { ...state, saving: { kind: isKept ? "local" : "local-failed" } };
    const wire = mode.wireDraft(state, active());
    if (!reopened) saver.changed({ url, leaseId: id, draft: wire.steps ? { ...wire, step_times: more.step_times } : wire });
  }

  const outgoing = sender({
    timers,
    outbox,
    lock,
    send: (entry) => request("POST", entry.url, entry.body),
    report: {
      state(kind) {
        if (kind !== "sending" || link === "ok") link = kind;
        if (["signed-out", "outdated"].includes(kind)) renew(kind);
        if (kind === "offline" && !state.lease) none();
        draw();
      },
      accepted(answer, entry) {
        claimTries = 0;
        eraseDraft(storage, rater, entry.leaseId);
        if (mine(entry)) take(answer);
      },
      refused,
    },
  });

  /** Taken back to the rater, or made a correction of what another tab has submitted: nothing pressed is lost. */
  async function refused(error, entry) {
    if (["submitted", "replaced"].includes(error.code)) return reopening((more) => more.correctOther(entry));
    if (mine(entry) && isFresh(entry) && !["skipped", "voided"].includes(error.code)) {
      line = unfinishLease(line, entry.leaseId);
      state = { ...state, done: state.done - 1 };
      claim();
    } else eraseDraft(storage, rater, entry.leaseId);
    tell("notice_refused", { message: error.message });
  }

  function open(lease, { draft = null, reopen = null } = {}) {
    saver.reset();
    reopened = reopen;
    clock = startClock(now(), { total: draft?.total_time ?? 0, stops: clock.stops });
    state = mode.reduce(state, { type: "lease-opened", lease, draft });
    steps = { times: draft?.step_times ?? [], counted: active() };
    openedAt = state.seq;
  }

  /** The first of the line; where nothing is left, why. */
  function next() {
    const lease = leaseAt(line);
    if (!lease) return line.held.length ? claim() : none();
    const kept = clean(loadDraft(storage, rater, lease.id), lease);
    const local = kept?.replaces ? null : kept; // of a correction: not this item's
    const draft = newerDraft(local, clean(lease.draft, lease));
    open(lease, { draft });
    if (draft && draft === local && local.seq > (lease.draft?.seq ?? -1)) keepDraft();
    draw();
    return prepareNext();
  }

  function prepareNext() {
    const first = reopened ? 0 : 1;
    const ahead = line.held.slice(first).flatMap((_, at) => leaseAt(line, first + at) ?? []);
    if (ahead.length) prepare(ahead[0]);
    mode.ahead?.(ahead);
  }

  function none() {
    saver.reset();
    reopened = null;
    if (["signed-out", "other-account"].includes(link)) send({ type: "lease-none", reason: link, message: "" });
    else if (link === "offline") send({ type: "lease-none", reason: "unreachable", message: "" });
    else if (outbox.first()) send({ type: "lease-gone" }); // its answer brings more, or says why not
    else if (line.reason) send({ type: "lease-none", reason: line.reason, message: line.message });
    else claim();
  }

  /** What the server says is held. The item on screen stays while it is held, is being corrected, or has been begun. */
  function take(offer) {
    line = takeOffer(line, offer);
    if (!isBrought(line)) claim();
    const isHeld = state.phase === "labelling" && (reopened || line.held.includes(state.lease.id) || isBegun());
    if (state.phase === "submitting" || !isHeld) next();
    else prepareNext();
  }

  async function claim() {
    if (claiming) return;
    claiming = true;
    timers.clear(timer);
    try {
      const offer = await request("POST", config.claim_url, {});
      state = { ...state, done: state.done + unsent.splice(0).filter(({ leaseId }) => offer.held.includes(leaseId)).length };
      [claiming, claimTries] = [false, 0];
      if (!outgoing.isBusy()) link = "ok";
      take(offer);
    } catch (error) {
      claiming = false;
      const kind = failureKind(error);
      if (["signed-out", "outdated"].includes(kind)) renew(kind);
      if (kind === "offline") timer = timers.set(claim, backoff(claimTries++));
      if (state.lease) return;
      const reason = kind === "signed-out" ? kind : "unreachable";
      send({ type: "lease-none", reason, message: error.retryable ? "" : error.message });
    }
  }

  function submit(finish = null, reason = "") {
    const { event } = (finish === null && mode.primaryOf?.(state)) || {};
    if (event) return send(event);
    const block = finish === null && mode.submitBlock(state);
    if (block) send({ type: "submit-blocked" });
    if (block || state.phase !== "labelling") return block;
    const { id: leaseId, submit_url: url } = state.lease;
    const body = mode.submission(state, { uuid: newUuid(), totalTime: active(), finish, reason });
    if (body.steps) body.step_times = times().slice(0, body.steps.length);
    if (reopened && saySame(body, reopened.answer)) return back("notice_unchanged");
    if (reopened) body.replaces = reopened.uuid;
    saver.reset();
    outbox.put({ leaseId, url, body });
    recent = addRecent(storage, rater, campaign, leaseId);
    if (!reopened) state = mode.reduce(state, { type: "submit-accepted" });
    line = finishLease(line, leaseId);
    reopened = null;
    outgoing.poke();
    next();
    return null;
  }

  /** Back to others, for good. */
  async function skip() {
    const { id, skip_url: url } = state.lease;
    saver.reset();
    send({ type: "submit-started" });
    try {
      const answer = await request("POST", url);
      eraseDraft(storage, rater, id);
      line = finishLease(line, id);
      take(answer);
    } catch ({ message }) {
      send({ type: "submit-refused", message });
    }
  }

  function undo() {
    if (state.phase !== "empty" && state.past.length > 0) return send({ type: "undone" });
    return reopening((more) => more.reopenAt((reopened?.at ?? recent.length) - 1));
  }

  /** To the open item again; what was changed in the reopened one is forgotten. */
  function back(key = null) {
    if (!reopened) return;
    eraseDraft(storage, rater, state.lease.id);
    reopened = null;
    next();
    if (key) tell(key);
  }

  /** A page of the same session in another tab may have signed in anew, or another account. */
  async function renew(kind) {
    const found = await renewToken().catch((error) => error);
    if (found?.rater === rater) {
      link = "ok";
      if (kind === "other-account" || kind === "signed-out") draw();
      return timers.set(poke, backoff(claimTries++));
    }
    link = found?.rater ? "other-account" : failureKind(found);
    draw();
    return link === "offline" ? timers.set(poke, backoff(claimTries++)) : undefined;
  }

  /** Try everything now: the network may be back, or somebody signed in again. */
  function poke() {
    if (look()) return undefined;
    outgoing.poke();
    saver.flush();
    return state.lease ? undefined : claim();
  }

  /** Has somebody signed in again? */
  const look = () => ["signed-out", "outdated", "other-account"].includes(link) && renew(link);

  /** Another tab of this account has pressed, submitted or sent something. */
  function elsewhere(change) {
    const { kind, id, value } = noticed(change, rater) ?? {};
    if (kind === "outbox") submittedElsewhere(value);
    const isOpen = kind === "draft" && id === state.lease?.id && !reopened && !value?.replaces;
    const draft = isOpen && clean(value, state.lease);
    if (draft && draft.seq > state.seq) open(state.lease, { draft });
    if (kind) draw();
  }

  function submittedElsewhere(entry) {
    if (!entry) return line.held.length > 1 ? undefined : claim(); // sent by the other tab, which got the answer
    if (!mine(entry) || !isFresh(entry)) return undefined;
    recent = loadRecent(storage, rater, campaign);
    line = finishLease(line, entry.leaseId);
    const isHere = state.lease?.id === entry.leaseId && !reopened;
    state = isHere ? mode.reduce(state, { type: "submit-accepted" }) : { ...state, done: state.done + 1 };
    return isHere ? next() : undefined;
  }

  const reopening = later(() => import("./reopening.js"), ({ createReopening }) => createReopening({
    config, mode, storage, outbox, request, tell, open, clean, draw, prepareNext, saver,
    now: () => ({ state, line, recent }),
    hold: (kind) => (state = { ...state, saving: { kind } }),
  }), () => tell("notice_unreachable"));

  return {
    send, submit, skip, undo, back, poke, look, elsewhere,
    reopen: (leaseId) => reopening((more) => more.reopen(leaseId)),
    ready: () => reopening(() => null), // there already when the network is not
    start: () => (draw(), claim().then(outgoing.poke)), // what waits is counted as done unless the server has it
    flush: () => saver.flush({ keepalive: true }),
    getState: () => state,
    isAtRisk: () => outbox.counts().unkept > 0,
    time: () => ({ clock, active: active() }),
    clock: (note, ...more) => (clock = note(clock, ...more, now())),
  };
}
