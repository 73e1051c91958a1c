// The item on screen: its session, its clock, its drafts. Knows no DOM, and nothing of what comes next.

import { activeTime, countStep, noteStop, startClock } from "./clock.js";
import { eraseDraft, loadDraft, markSynced, newerDraft, saveDraft } from "./drafts.js";
import { saySame } from "./line.js";
import { draftSaver, newUuid } from "./sync.js";

/** `send(event)` goes through the desk; `met(kind)`: the session is no longer ours; `gone()`: submitted in another tab. */
export function createPaper({ config, mode, storage, request, timers, now, send, met, gone }) {
  const { rater } = config;
  let state = { ...mode.newSession(config.mode, config.error_notes), done: config.done };
  let clock = startClock(now());
  let steps = { times: [], counted: 0 };
  let reopened = null; // { uuid, answer, at }: what is corrected, and its place among the recent ones
  let isKept = true; // whether this browser could store the last draft; else the page must not promise it
  let openedAt = 0; // the draft's number as the item was opened

  const active = () => activeTime(clock, now());
  const timedStep = () => (state.steps?.[state.current]?.rating === null ? state.current : null);
  const count = () => (steps = countStep(steps, timedStep(), active()));
  const times = () => (count(), steps.times.map(Math.round));
  const clean = (draft, lease) => mode.cleanDraft(draft, lease.steps.length);

  const saver = draftSaver({
    timers,
    send: (job, { keepalive = false } = {}) => request("PUT", job.url, job.draft, { keepalive }),
    report(kind, job, error) {
      if (kind === "saved") markSynced(storage, rater, job.leaseId, job.draft.seq);
      if (error?.code === "submitted") return gone();
      met(kind);
      const told = kind === "denied" ? "refused" : kind;
      send({ type: "draft-reported", kind: isKept || kind === "saved" ? told : "local-failed", message: error?.message });
    },
  });

  function keep() {
    const { id, draft_url: url } = state.lease;
    const more = { step_times: times(), ...(reopened && { replaces: reopened.uuid }) };
    isKept = saveDraft(storage, rater, id, { ...mode.draftOf(state, active()), ...more });
    if (reopened) return change({ saving: { kind: isKept ? "local" : "local-failed" } });
    const wire = mode.wireDraft(state, active());
    return saver.changed({ url, leaseId: id, draft: wire.steps ? { ...wire, step_times: more.step_times } : wire });
  }

  const change = (values) => (state = { ...state, ...values });

  function open(lease, { draft = null, reopen = null } = {}) {
    saver.reset();
    reopened = reopen;
    clock = startClock(now(), { total: draft?.total_time ?? 0, stops: clock.stops });
    state = mode.reduce(state, { type: "lease-opened", lease, draft, isDone: Boolean(reopen) });
    steps = { times: draft?.step_times ?? [], counted: active() };
    openedAt = state.seq;
  }

  return {
    clean, change, open, keep,
    state: () => state,
    reopened: () => reopened,
    isBegun: () => state.phase === "labelling" && state.seq !== openedAt,
    flush: saver.flush,
    /** Whether the event changed anything; what the rater did is kept at once. */
    apply(event) {
      const before = state;
      count();
      state = mode.reduce(state, event);
      if (state.lease && state.lease === before.lease && state.seq !== before.seq) keep();
      return state !== before;
    },
    /** With what was pressed the last time it was open, here or elsewhere. */
    resume(lease) {
      const kept = clean(loadDraft(storage, rater, lease.id), lease);
      const local = kept?.replaces ? null : kept; // of a correction: not this item's
      const draft = newerDraft(local, clean(lease.draft, lease));
      open(lease, { draft });
      if (draft && draft === local && local.seq > (lease.draft?.seq ?? -1)) keep();
    },
    /** Another tab has pressed something on the same item. */
    takeOver(id, value) {
      const draft = id === state.lease?.id && !reopened && !value?.replaces && clean(value, state.lease);
      if (draft && draft.seq > state.seq) open(state.lease, { draft });
    },
    /** Nothing of it is saved any more. */
    close() {
      saver.reset();
      reopened = null;
    },
    countDone: (more) => change({ done: state.done + more }),
    forget: (leaseId = state.lease.id) => eraseDraft(storage, rater, leaseId),
    /** The body of a submit; null where a correction would change nothing. */
    answer(finish, reason) {
      const body = mode.submission(state, { uuid: newUuid(), totalTime: active(), finish, reason });
      if (body.steps) body.step_times = times().slice(0, body.steps.length);
      if (!reopened) return body;
      return saySame(body, reopened.answer) ? null : { ...body, replaces: reopened.uuid };
    },
    wait: (on) => (clock = noteStop(clock, "waiting", on, now())),
    time: () => ({ clock, active: active() }),
    clock: (note, ...more) => (clock = note(clock, ...more, now())),
  };
}
