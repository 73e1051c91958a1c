// The labelling session as a pure machine: (state, event) -> state. No DOM, no clock, no network.

export const NEGATIVE = -1;
export const NEUTRAL = 0;
export const POSITIVE = 1;
export const FIRST_ERROR = "first_error";
const RATINGS = [NEGATIVE, NEUTRAL, POSITIVE];
const UNDO_DEPTH = 200;

export function newSession(mode = FIRST_ERROR) {
  return {
    phase: "starting", // starting | labelling | submitting | empty
    mode,
    lease: null,
    steps: [],
    current: 0,
    past: [],
    seq: 0, // rises with each change; the newer draft has the higher one
    done: 0, // items submitted in this campaign
    saving: { kind: "idle" }, // idle | saving | saved | offline | local-failed | stale | refused | signed-out
    sending: null, // while submitting: { kind: sending | waiting | signed-out | outdated }
    notice: null, // the last thing worth telling: { key, values }
    empty: null, // { reason, message }
  };
}

const blank = () => ({ rating: null, flagged: false });

export function firstError(state) {
  return state.steps.findIndex((step) => step.rating === NEGATIVE);
}

/** How many steps may carry a rating: in first-error mode none after the first negative one. */
export function openCount(state) {
  const error = firstError(state);
  return state.mode === FIRST_ERROR && error >= 0 ? error + 1 : state.steps.length;
}

export function isOpen(state, index) {
  return index >= 0 && index < openCount(state);
}

const isDecided = (step) => step.rating !== null || step.flagged;

/** Indices of open steps that are neither rated nor marked unsure. */
export function undecided(state) {
  return state.steps.flatMap((step, index) => (isOpen(state, index) && !isDecided(step) ? [index] : []));
}

/** Why the item may not be submitted, as a key of the page's strings with its values; null when it may. */
export function submitBlock(state) {
  if (state.phase === "submitting") return { key: "block_sending", values: {} };
  if (state.phase !== "labelling") return { key: "block_nothing", values: {} };
  if (state.steps.length === 0) return { key: "block_no_steps", values: {} };
  const missing = undecided(state);
  if (missing.length === 0) return null;
  return { key: "block_unrated", values: { count: missing.length, first: missing[0] + 1 } };
}

/** What is kept on this machine: everything, also ratings that a first error closes for now. */
export function draftOf(state, totalTime) {
  return { seq: state.seq, steps: state.steps, total_time: totalTime, current: state.current };
}

/** The same for the server: closed steps carry no rating. */
export function wireDraft(state, totalTime) {
  const steps = state.steps.map((step, index) => (isOpen(state, index) ? step : blank()));
  return { ...draftOf(state, totalTime), steps };
}

/** The body of a submit. Not judged is null, never 0. */
export function submission(state, { uuid, totalTime, finish = null, reason = "" }) {
  const foundError = state.mode === FIRST_ERROR && firstError(state) >= 0;
  return {
    uuid,
    steps: state.steps.slice(0, openCount(state)),
    finish_reason: finish ?? (foundError ? "found_error" : "solution"),
    reason,
    total_time: totalTime,
  };
}

const tell = (state, key, values = {}) => ({ ...state, notice: { key, values } });

function edited(state, steps, current) {
  const past = [...state.past, { steps: state.steps, current: state.current }].slice(-UNDO_DEPTH);
  const next = { ...state, steps, past, seq: state.seq + 1, notice: null };
  return { ...next, current: Math.min(current, openCount(next) - 1) };
}

function withStep(state, index, change) {
  return state.steps.map((step, at) => (at === index ? { ...step, ...change } : step));
}

function clamp(state, index) {
  return Math.max(0, Math.min(index, openCount(state) - 1));
}

function opened(state, { lease, draft = null }) {
  const steps = lease.steps.map((_, index) => ({ ...blank(), ...draft?.steps[index] }));
  const saving = { kind: draft ? "saved" : "idle" };
  const { seq = 0, current = 0 } = draft ?? {};
  const next = { ...newSession(state.mode), phase: "labelling", lease, steps, done: state.done, seq, saving };
  return { ...next, current: clamp(next, current) };
}

function rated(state, { rating, index = state.current }) {
  if (!RATINGS.includes(rating)) throw new Error(`no such rating: ${rating}`);
  if (!isOpen(state, index)) return tell(state, "notice_closed");
  if (state.steps[index].rating === rating) return { ...state, current: clamp(state, index + 1), notice: null };
  return edited(state, withStep(state, index, { rating }), index + 1);
}

function cleared(state, { index = state.current }) {
  if (!isOpen(state, index) || state.steps[index].rating === null) return state;
  return edited(state, withStep(state, index, { rating: null }), index);
}

function flagged(state, { index = state.current }) {
  if (!isOpen(state, index)) return tell(state, "notice_closed");
  return edited(state, withStep(state, index, { flagged: !state.steps[index].flagged }), index);
}

function moved(state, { by = 0, to = state.current + by }) {
  if (to > openCount(state) - 1 && openCount(state) < state.steps.length) {
    return { ...tell(state, "notice_closed"), current: clamp(state, to) };
  }
  return { ...state, current: clamp(state, to), notice: null };
}

function undone(state) {
  if (state.past.length === 0) return tell(state, "notice_no_undo");
  const { steps, current } = state.past.at(-1);
  return { ...state, steps, current, past: state.past.slice(0, -1), seq: state.seq + 1, notice: null };
}

function submitBlocked(state) {
  const missing = undecided(state);
  const block = submitBlock(state);
  const next = block ? tell(state, block.key, block.values) : state;
  return missing.length ? { ...next, current: missing[0] } : next;
}

// What a rater does to the item on screen; ignored while it is being sent or when there is none.
const EDITS = {
  rated,
  cleared,
  flagged,
  moved,
  undone,
  "submit-blocked": submitBlocked,
  "submit-started": (state) => ({ ...state, phase: "submitting", sending: { kind: "sending" }, notice: null }),
};

const REPORTS = {
  "lease-opened": opened,
  "lease-none": (state, { reason, message }) => ({
    ...newSession(state.mode), phase: "empty", done: state.done, empty: { reason, message },
  }),
  "draft-reported": (state, { kind, message = "" }) =>
    state.phase === "labelling" ? { ...state, saving: { kind, message } } : state,
  "lease-gone": (state) => ({ ...newSession(state.mode), done: state.done }),
  "submit-waiting": (state, { kind }) => ({ ...state, sending: { kind } }),
  "submit-accepted": (state) => ({ ...state, done: state.done + 1, phase: "starting", sending: null }),
  "submit-refused": (state, { message }) => ({
    ...tell(state, "notice_refused", { message }), phase: state.lease ? "labelling" : "starting", sending: null,
  }),
};

export function reduce(state, event) {
  if (Object.hasOwn(EDITS, event.type)) {
    return state.phase === "labelling" ? EDITS[event.type](state, event) : state;
  }
  if (Object.hasOwn(REPORTS, event.type)) return REPORTS[event.type](state, event);
  throw new Error(`no such event: ${event.type}`);
}
