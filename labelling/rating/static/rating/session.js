// The labelling session as a pure machine: (state, event) -> state. No DOM, no clock, no network.

import {
  alternativesOf, blank, firstError, FIRST_ERROR, isOpen, judgedAt, NEGATIVE, NEUTRAL, notable, openCount, pastOf, POSITIVE,
  spotCount, spotOf, undecided, unnoted, withJudged,
} from "./spots.js";

const RATINGS = [NEGATIVE, NEUTRAL, POSITIVE];
const UNDO_DEPTH = 200;

/** `notes`: off | optional | required. */
export function newSession(mode = FIRST_ERROR, notes = "off") {
  return {
    phase: "starting", // starting | labelling | submitting | empty
    mode,
    notes,
    lease: null,
    steps: [], // { rating, flagged, alternatives?: [{ rating, flagged }], note?: { type, explanation, corrected } }
    current: 0, // a spot
    past: [],
    seq: 0, // rises with each change; the newer draft has the higher one
    done: 0, // items submitted in this campaign
    saving: { kind: "idle" }, // idle | saving | saved | offline | local-failed | stale | refused | signed-out
    sending: null, // while submitting: { kind: sending | waiting | signed-out | outdated }
    notice: null, // the last thing worth telling: { key, values }
    empty: null, // { reason, message }
  };
}

const anew = ({ mode, notes, done }) => ({ ...newSession(mode, notes), done });

/** Why the item may not be submitted, as a key of the page's strings with its values; null when it may. */
export function submitBlock(state) {
  if (state.phase === "submitting") return { key: "block_sending", values: {} };
  if (state.phase !== "labelling") return { key: "block_nothing", values: {} };
  if (state.steps.length === 0) return { key: "block_no_steps", values: {} };
  const [missing, open] = [undecided(state), openCount(state)];
  const steps = missing.filter((spot) => spot < open);
  if (steps.length) return { key: "block_unrated", values: { count: steps.length, first: steps[0] + 1 } };
  if (missing.length) return { key: "block_alternatives", values: { count: missing.length, step: open } };
  const [step] = unnoted(state);
  return step === undefined ? null : { key: "block_note", values: { step: step + 1 } };
}

/** Whether this event gave the last needed rating; not where a note may still be written. */
export function completes(before, state, { type }) {
  return type === "rated" && !submitBlock(state) && Boolean(submitBlock(before)) && notable(state).length === 0;
}

/** What is kept on this machine: everything, also what a first error closes for now. */
export function draftOf(state, totalTime) {
  return { seq: state.seq, steps: state.steps, total_time: totalTime, current: state.current };
}

/** What the server is told of a step. */
function wired(state, index) {
  const { rating, flagged, note } = isOpen(state, index) ? state.steps[index] : blank();
  const alternatives = index === openCount(state) - 1 ? alternativesOf(state) : [];
  return {
    rating,
    flagged,
    ...(alternatives.length && { alternatives }),
    ...(note && notable(state).includes(index) && { note }),
  };
}

export function wireDraft(state, totalTime) {
  const current = Math.max(0, Math.min(state.current, openCount(state) - 1));
  return { ...draftOf(state, totalTime), steps: state.steps.map((_, index) => wired(state, index)), current };
}

/** What was submitted, as a draft of the same item. */
export function draftOfAnswer({ steps, total_time = 0, step_times = [] }, lease) {
  const all = lease.steps.map((_, index) => ({ ...blank(), ...steps[index] }));
  const current = Math.max(0, Math.min(steps.length, all.length) - 1);
  return { seq: 0, steps: all, total_time, step_times, current };
}

/** The body of a submit. Not judged is null, never 0. */
export function submission(state, { uuid, totalTime, finish = null, reason = "" }) {
  return {
    uuid,
    steps: state.steps.slice(0, openCount(state)).map((_, index) => wired(state, index)),
    finish_reason: finish ?? (firstError(state) >= 0 ? "found_error" : "solution"),
    reason,
    total_time: totalTime,
  };
}

const tell = (state, key, values = {}) => ({ ...state, notice: { key, values } });

/** Edits in a row `by` the same one are undone as one. */
function edited(state, steps, current, by = null) {
  const isSame = by !== null && state.past.at(-1)?.by === by;
  const past = isSame ? state.past : [...state.past, { steps: state.steps, current: state.current, by }].slice(-UNDO_DEPTH);
  const next = { ...state, steps, past, seq: state.seq + 1, notice: null };
  return { ...next, current: clamp(next, current) };
}

function clamp(state, spot) {
  return Math.max(0, Math.min(spot, spotCount(state) - 1));
}

/** What was kept of a step's alternatives counts only if they are as many as then. */
function fresh({ alternatives }, { alternatives: kept, ...judged } = {}) {
  const step = { ...blank(), ...judged };
  if (!alternatives) return step;
  return { ...step, alternatives: kept?.length === alternatives.length ? kept : alternatives.map(blank) };
}

function opened(state, { lease, draft = null, isDone = false }) {
  const steps = lease.steps.map((step, index) => fresh(step, draft?.steps[index]));
  const saving = { kind: draft ? "saved" : "idle" };
  const { seq = 0, current = 0 } = draft ?? {};
  const next = { ...anew(state), phase: "labelling", lease, steps, seq, saving };
  return { ...next, current: clamp(next, current), past: isDone ? [] : pastOf(next) };
}

function rated(state, { rating, ...place }) {
  if (!RATINGS.includes(rating)) throw new Error(`no such rating: ${rating}`);
  const spot = spotOf(state, place);
  if (spot < 0) return tell(state, "notice_closed");
  if (judgedAt(state, spot).rating === rating) return { ...state, current: clamp(state, spot + 1), notice: null };
  return edited(state, withJudged(state, spot, { rating }), spot + 1);
}

function cleared(state, place) {
  const spot = spotOf(state, place);
  if (spot < 0 || judgedAt(state, spot).rating === null) return state;
  return edited(state, withJudged(state, spot, { rating: null }), spot);
}

function flagged(state, place) {
  const spot = spotOf(state, place);
  if (spot < 0) return tell(state, "notice_closed");
  return edited(state, withJudged(state, spot, { flagged: !judgedAt(state, spot).flagged }), spot);
}

function noted(state, { index, note }) {
  return edited(state, withJudged(state, index, { note }), state.current, `note ${index}`);
}

/** `by` so many spots, or to a step or an alternative. */
function moved(state, { by = 0, ...place }) {
  const last = place.index === undefined ? spotCount(state) - 1 : openCount(state) - 1;
  const spot = place.index ?? spotOf(state, place) + by;
  const next = { ...state, current: clamp(state, Math.min(spot, last)), notice: null };
  return spot > last && openCount(state) < state.steps.length ? tell(next, "notice_closed") : next;
}

function undone(state) {
  if (state.past.length === 0) return tell(state, "notice_no_undo");
  const { steps, current } = state.past.at(-1);
  return { ...state, steps, current, past: state.past.slice(0, -1), seq: state.seq + 1, notice: null };
}

function submitBlocked(state) {
  const block = submitBlock(state);
  const next = block ? tell(state, block.key, block.values) : state;
  const [spot = state.current] = [...undecided(state), ...unnoted(state)];
  return { ...next, current: spot };
}

// What a rater does to the item on screen; ignored while it is being sent or when there is none.
const EDITS = {
  rated,
  cleared,
  flagged,
  noted,
  moved,
  undone,
  "submit-blocked": submitBlocked,
  "submit-started": (state) => ({ ...state, phase: "submitting", sending: { kind: "sending" }, notice: null }),
};

/** What happens to an item on its way to and from the server, in every mode. */
export const reportsOf = ({ anew, opened }) => ({
  told: (state, { key, values }) => tell(state, key, values),
  "lease-opened": opened,
  "lease-none": (state, { reason, message }) => ({ ...anew(state), phase: "empty", empty: { reason, message } }),
  "draft-reported": (state, { kind, message = "" }) =>
    state.phase === "labelling" ? { ...state, saving: { kind, message } } : state,
  "lease-gone": anew,
  "submit-waiting": (state, { kind }) => ({ ...state, sending: { kind } }),
  "submit-accepted": (state) => ({ ...state, done: state.done + 1, phase: "starting", sending: null }),
  "submit-refused": (state, { message }) => ({
    ...tell(state, "notice_refused", { message }), phase: state.lease ? "labelling" : "starting", sending: null,
  }),
});

export function reducerOf(edits, reports) {
  return (state, event) => {
    if (Object.hasOwn(edits, event.type)) return state.phase === "labelling" ? edits[event.type](state, event) : state;
    if (Object.hasOwn(reports, event.type)) return reports[event.type](state, event);
    throw new Error(`no such event: ${event.type}`);
  };
}

export const reduce = reducerOf(EDITS, reportsOf({ anew, opened }));
