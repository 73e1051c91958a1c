// Alternatives mode as a pure machine: candidates for the next step are rated, the run goes on from one of them or from
// the rater's own step, until a step ends the solution or nothing is left to go on from.

import { reducerOf, reportsOf } from "./session.js";
import {
  answered, choiceOf, cleanDraft, draftOf, ended, isReady, isWaiting, openedTurn, pastOf, pathId, primaryOf, restored, stepOf,
  submission, submitBlock, undecided,
} from "./turn_state.js";

const RATINGS = [-1, 0, 1];
const UNDO_DEPTH = 200;
const PAST = ["turns", "steps", "turn", "complete", "writing", "current"];

export function newSession() {
  return {
    phase: "starting", // starting | labelling | submitting | empty
    mode: "alternatives",
    lease: null,
    turns: [], // finished ones: { key, candidates: [{ id, text, ends, rating, flagged }], chosen, own }
    turn: null, // on screen: { key, status: wanted | waiting | ready | failed, generator, message }; null when complete
    steps: [], // its candidates
    current: 0,
    complete: false,
    writing: null, // the rater's own step while it is written
    known: {}, // what the server said, by path: { key, candidates }
    kept: {}, // ratings given before the rater went another way, by path
    past: [],
    seq: 0,
    done: 0,
    saving: { kind: "idle" },
    sending: null,
    notice: null,
    empty: null,
  };
}

const anew = ({ done }) => ({ ...newSession(), done });
const tell = (state, key, values = {}) => ({ ...state, notice: { key, values } });
const clamp = (state, place) => Math.max(0, Math.min(place, state.steps.length - 1));

/** A change that can be undone and is worth saving; edits in a row `by` the same one are undone as one. */
function edited(state, change, by = null) {
  const isSame = by !== null && state.past.at(-1)?.by === by;
  const before = { by, ...Object.fromEntries(PAST.map((name) => [name, state[name]])) };
  const past = isSame ? state.past : [...state.past, before].slice(-UNDO_DEPTH);
  return { ...state, ...change, past, seq: state.seq + 1, notice: null };
}

/** Ratings of the turn on screen are remembered for when the rater comes back to it. */
const keptOf = ({ kept, turns, steps }) => (steps.length ? { ...kept, [pathId(turns)]: steps } : kept);

/** And those of the finished turns from `place` on. */
const allKept = (state, place) => Object.assign({}, keptOf(state), ...state.turns.slice(place).map(({ candidates }, at) => (
  { [pathId(state.turns.slice(0, place + at))]: candidates })));

function opened(state, { lease, draft = null, isDone = false }) {
  const { seq = 0, current = 0, writing = null, complete = false } = draft ?? {};
  const { turns, known, kept, isWhole } = restored(lease, draft);
  const before = state.lease?.id === lease.id ? { known: state.known, kept: allKept(state, 0) } : {}; // of another tab's draft
  const seen = { known: { ...before.known, ...known }, kept: { ...before.kept, ...kept } };
  const fresh = { ...anew(state), ...seen, phase: "labelling", lease, seq, writing, saving: { kind: draft ? "saved" : "idle" } };
  const next = { ...fresh, ...(complete && turns.length && isWhole ? ended(turns) : openedTurn(fresh, turns)) };
  return { ...next, current: clamp(next, current), past: isDone ? [] : pastOf(next).slice(-UNDO_DEPTH) };
}

/** The server's word on a path, the one on screen or one ahead. */
function turnLoaded(state, { lease, id, answer }) {
  if (state.lease?.id !== lease) return state;
  const isOpen = state.turn !== null && !isReady(state) && id === pathId(state.turns);
  if (answer.waiting) return isOpen ? { ...state, turn: { ...state.turn, status: "waiting" } } : state;
  // Nothing at all may still become something: it is shown, but asked for again next time.
  const known = { ...state.known, [id]: answer };
  const next = isOpen ? { ...state, ...openedTurn({ ...state, known }, state.turns) } : state;
  return { ...next, known: answer.candidates.length ? known : state.known };
}

function turnFailed(state, { lease, id, message }) {
  const isOpen = state.lease?.id === lease && state.turn !== null && !isReady(state) && id === pathId(state.turns);
  return isOpen ? { ...state, turn: { ...state.turn, status: "failed", message } } : state;
}

const withStep = (steps, place, change) => steps.map((one, at) => (at === place ? { ...one, ...change } : one));

function rated(state, { rating, index = state.current }) {
  if (!RATINGS.includes(rating)) throw new Error(`no such rating: ${rating}`);
  if (!state.steps[index]) return state;
  const isSame = state.steps[index].rating === rating;
  const next = isSame ? { ...state, notice: null } : edited(state, { steps: withStep(state.steps, index, { rating }) });
  const missing = undecided(next);
  if (missing.length) return { ...next, current: clamp(next, index + 1) };
  const here = { ...next, current: index };
  // After the last rating the first one that may go on is in hand; a rating changed later leaves the place.
  const isFirstTime = undecided(state).length > 0;
  const choice = choiceOf(isFirstTime ? { ...next, current: -1 } : here);
  return choice < 0 ? here : { ...here, current: choice };
}

function cleared(state, { index = state.current }) {
  if (!state.steps[index] || state.steps[index].rating === null) return state;
  return edited(state, { steps: withStep(state.steps, index, { rating: null }), current: index });
}

function flagged(state, { index = state.current }) {
  if (!state.steps[index]) return state;
  return edited(state, { steps: withStep(state.steps, index, { flagged: !state.steps[index].flagged }), current: index });
}

const moved = (state, { by = 0, index = state.current + by }) => ({ ...state, current: clamp(state, index), notice: null });

function finished(state, { chosen = null, own = null }) {
  const turns = [...state.turns, { key: state.turn.key, candidates: state.steps, chosen, own }];
  const kept = { ...state, kept: keptOf(state) };
  const next = stepOf(turns.at(-1)).ends ? ended(turns) : openedTurn(kept, turns);
  return edited(kept, { ...next, writing: null });
}

function wentOn(state) {
  const choice = choiceOf(state);
  return choice < 0 ? state : finished(state, { chosen: state.steps[choice].id });
}

function ownOpened(state) {
  if (state.complete) return tell(state, "notice_complete");
  if (state.writing !== null) return state;
  if (undecided(state).length) return { ...tell(state, "notice_rate_first"), current: undecided(state)[0] };
  return { ...state, writing: "", notice: null };
}

const ownTyped = (state, { text }) => (state.writing === null ? state : edited(state, { writing: text }, "writing"));

function ownUsed(state) {
  const own = state.writing?.trim();
  if (undecided(state).length) return { ...tell(state, "notice_rate_first"), current: undecided(state)[0] };
  return own ? finished(state, { own }) : tell(state, "notice_own_empty");
}

/** The rater's word on whether the run is complete, whatever its last step looks like. */
function toggledEnd(state) {
  if (state.turns.length === 0) return tell(state, "notice_no_step");
  const kept = { ...state, kept: keptOf(state) };
  return edited(kept, { ...(state.complete ? openedTurn(kept, state.turns) : ended(state.turns)), writing: null });
}

/** Back to a finished turn, to change its ratings or its choice; what came after it is remembered. */
function returned(state, { turn: place }) {
  const turn = state.turns[place];
  if (!turn) return state;
  const turns = state.turns.slice(0, place);
  const back = { ...state, kept: allKept(state, place) };
  const next = openedTurn(back, turns);
  const current = Math.max(0, next.steps.findIndex(({ id }) => id === turn.chosen));
  return edited(back, { ...next, writing: turn.own, current });
}

function undone(state) {
  if (state.past.length === 0) return tell(state, "notice_no_undo");
  const { by: _, ...before } = state.past.at(-1);
  const next = { ...state, ...before, past: state.past.slice(0, -1), kept: keptOf(state), seq: state.seq + 1, notice: null };
  // What was waited for then may have come since.
  return next.turn && !isReady(next) ? { ...next, ...openedTurn(next, next.turns) } : next;
}

function submitBlocked(state) {
  const block = submitBlock(state);
  const [missing = state.current] = undecided(state);
  return { ...(block ? tell(state, block.key, block.values) : state), current: missing };
}

const EDITS = {
  rated, cleared, flagged, moved, undone, returned,
  "went-on": wentOn,
  "own-opened": ownOpened,
  "own-typed": ownTyped,
  "own-used": ownUsed,
  "own-closed": (state) => (state.writing === null ? state : edited(state, { writing: null })),
  "end-toggled": toggledEnd,
  "turn-loaded": turnLoaded,
  "turn-failed": turnFailed,
  "turn-asked-again": (state) => (state.turn && !state.steps.length ? { ...state, turn: { ...state.turn, status: "wanted" } } : state),
  "submit-blocked": submitBlocked,
  "submit-started": (state) => ({ ...state, phase: "submitting", sending: { kind: "sending" }, notice: null }),
};

export const reduce = reducerOf(EDITS, reportsOf({ anew, opened }));
export { answered, cleanDraft, draftOf, isWaiting, primaryOf, submission, submitBlock };
export const wireDraft = draftOf;
