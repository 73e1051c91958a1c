// Alternatives mode, what can be read off a state: which candidate goes on, what is to be asked for, what is kept.
// A run is a list of finished turns; `steps` are the candidates of the turn on screen, `turn` what is known of it.

const RATINGS = [-1, 0, 1, null];
const LONGEST_OWN = 5000; // as the server allows
const ANSWER = /\\f?box(?:ed)?\b|^[ \t]*#{1,6}[ \t*]*(?:final[ \t]+)?answer[ \t*:]*$|^[*_ \t]*(?:final[ \t]+)?answer[ \t]*:/im;

export const judged = ({ id, text, ends }) => ({ id, text, ends, rating: null, flagged: false });

/** Whether a rater's own step states the final answer, as the server tells of candidates. */
export const statesAnswer = (text) => ANSWER.test(text);

/** Names the steps before a turn: the same for the same steps. */
export const pathId = (turns) => JSON.stringify(turns.map(({ chosen, own }) => chosen ?? { own }));

export const pathOf = (turns) => turns.map(({ chosen, own }) => (chosen === null ? { own } : { candidate: chosen }));

/** The text that a finished turn goes on with, and whether it ends the solution. */
export function stepOf({ candidates, chosen, own }) {
  if (chosen === null) return { text: own, ends: statesAnswer(own), rating: null };
  return candidates.find(({ id }) => id === chosen);
}

/** Places of candidates that are neither rated nor marked unsure. */
export const undecided = ({ steps }) =>
  steps.flatMap(({ rating, flagged }, place) => (rating === null && !flagged ? [place] : []));

/** Where the run would go on: the current candidate if it may, else the first that may; -1: from none. */
export function choiceOf(state) {
  const { steps, current } = state;
  if (!isReady(state) || steps.length === 0 || undecided(state).length) return -1;
  const best = Math.max(...steps.map(({ rating }) => rating ?? -1));
  if (best < 0) return -1;
  return steps[current]?.rating === best ? current : steps.findIndex(({ rating }) => rating === best);
}

export const isReady = ({ turn }) => turn?.status === "ready";

/** While candidates are waited for and nothing else is done, time does not count as active. */
export const isWaiting = (state) =>
  state.phase === "labelling" && ["wanted", "waiting"].includes(state.turn?.status) && state.writing === null;

/** All candidates fail, and at least one of them is surely wrong. */
export function hasFailed(state) {
  const ratings = state.steps.map(({ rating }) => rating);
  return isReady(state) && !undecided(state).length && ratings.includes(-1) && choiceOf(state) < 0;
}

/** Turns to ask the server for: the one on screen, and those that each choice worth making would lead to. */
export function wishes(state) {
  const { turns, turn, steps } = state;
  if (state.phase !== "labelling" || turn === null) return [];
  if (!isReady(state)) return [{ id: pathId(turns), path: pathOf(turns), isOpen: true }];
  const rated = (wanted) => steps.filter(({ rating, ends }) => rating === wanted && !ends);
  const ahead = rated(1).length || steps.some(({ rating }) => rating === 1) ? rated(1) : rated(0);
  const after = ahead.map(({ id }) => [...turns, { chosen: id, own: null }]);
  return after.map((to) => ({ id: pathId(to), path: pathOf(to), isOpen: false })).filter(({ id }) => !state.known[id]);
}

/** Why the run may not be submitted, as a key of the page's strings with its values; null when it may. */
export function submitBlock(state) {
  const missing = undecided(state);
  if (state.phase === "submitting") return { key: "block_sending", values: {} };
  if (state.phase !== "labelling") return { key: "block_nothing", values: {} };
  if (state.writing !== null) return { key: "block_writing", values: {} };
  if (state.complete || hasFailed(state)) return null;
  if (!isReady(state)) return { key: "block_waiting", values: {} };
  if (missing.length) return { key: "block_candidates", values: { count: missing.length, first: missing[0] + 1 } };
  return { key: choiceOf(state) >= 0 ? "block_go_on" : "block_no_choice", values: {} };
}

/** What Enter does instead of submitting: the key of its words, and the event. */
export function primaryOf(state) {
  const goesOn = state.phase === "labelling" && state.writing === null && choiceOf(state) >= 0;
  return goesOn ? { label: "go_on", event: { type: "went-on" } } : null;
}

const wired = ({ key, candidates, chosen, own }) => ({
  key, candidates: candidates.map(({ id, rating, flagged }) => ({ id, rating, flagged })), chosen, own,
});

function turnsOf({ turns, turn, steps }) {
  const open = steps.length ? [{ key: turn.key, candidates: steps, chosen: null, own: null }] : [];
  return [...turns, ...open].map(wired);
}

/** What is kept of a run, here and on the server. */
export function draftOf(state, totalTime) {
  const { seq, current, complete, writing } = state;
  return { seq, turns: turnsOf(state), current, complete, writing, total_time: totalTime };
}

/** The body of a submit. Not judged is null, never 0. */
export function submission(state, { uuid, totalTime, finish = null, reason = "" }) {
  const turns = finish === null && state.complete ? state.turns.map(wired) : turnsOf(state);
  return { uuid, turns, finish_reason: finish ?? (state.complete ? "solution" : "found_error"), reason, total_time: totalTime };
}

/** What was submitted, as a draft to go on from: an answer that is opened again to be corrected. */
export function answered({ turns, finish_reason: finish, total_time: time }, seq = 0) {
  const filled = turns.map(({ chosen = null, own = null, ...turn }) => ({ ...turn, chosen, own }));
  return cleanDraft({ seq, turns: filled, total_time: time, complete: finish === "solution" });
}

/** A run as far as the lease can show it again: its finished turns, what was known, and the ratings by path. */
export function restored(lease, draft) {
  const shown = new Map(lease.turns.map((turn) => [turn.key, turn]));
  const seen = { turns: [], known: {}, kept: {} };
  const path = [];
  for (const { key, candidates: said, chosen, own } of draft?.turns ?? []) {
    const answer = shown.get(key) ?? { key, candidates: [] };
    const id = pathId(path);
    const isShown = path.length === seen.turns.length && said.length === answer.candidates.length;
    if (!isShown) seen.kept[id] = said; // by another tab: it is asked for here, and then finds what was said of it
    const candidates = answer.candidates.map((one) => ({ ...judged(one), ...said.find(({ id: other }) => other === one.id) }));
    if (isShown && candidates.length) [seen.known[id], seen.kept[id]] = [answer, candidates];
    if (chosen === null && own === null) break;
    if (isShown) seen.turns.push({ key, candidates, chosen, own });
    path.push({ chosen, own });
  }
  return { ...seen, isWhole: path.length === seen.turns.length };
}

/** What is on screen once `turns` are finished: known candidates with what was said of them before, or a wait. */
export function openedTurn(state, turns) {
  const id = pathId(turns);
  const answer = state.known[id];
  if (!answer) return { turns, turn: { key: null, status: "wanted" }, steps: [], current: 0, complete: false };
  const before = new Map((state.kept[id] ?? []).map((one) => [one.id, one]));
  const steps = answer.candidates.map((one) => ({ ...judged(one), ...before.get(one.id) }));
  const { key, generator, message } = answer;
  return { turns, turn: { key, status: "ready", generator, message }, steps, current: 0, complete: false };
}

/** What is on screen once the last step has ended the solution. */
export const ended = (turns) => ({ turns, turn: null, steps: [], current: 0, complete: true });

/** What a run looks like to undo, had it been rated in order: a draft that is opened again is undone as any. */
export function pastOf(state) {
  const { turns, complete } = state;
  const before = (at) => ({ by: null, writing: null, ...openedTurn(state, turns.slice(0, at)) });
  const rated = (seen) => seen.steps.flatMap(({ rating }, current) =>
    rating === null ? [] : [{ ...seen, steps: seen.steps.map((one, at) => (at < current ? one : { ...one, rating: null })), current }]);
  const gone = turns.flatMap(({ chosen, own }, at) => {
    const seen = before(at);
    const current = Math.max(0, seen.steps.findIndex(({ id }) => id === chosen));
    return [...rated(seen), { ...seen, writing: own, current }];
  });
  if (complete && stepOf(turns.at(-1)).ends) return gone;
  const open = before(turns.length);
  return [...gone, ...rated(open), ...(complete ? [open] : [])];
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value) => typeof value === "string" && value.length <= LONGEST_OWN;
const isJudged = (one) => isCount(one?.id) && RATINGS.includes(one.rating) && typeof one.flagged === "boolean";
const isTurn = (turn) => Array.isArray(turn?.candidates) && turn.candidates.every(isJudged)
  && (turn.chosen === null || turn.candidates.some(({ id }) => id === turn.chosen)) && (turn.own === null || isText(turn.own));

/** The draft as we understand it, or null. */
export function cleanDraft(value) {
  if (!isCount(value?.seq) || !Array.isArray(value.turns) || !value.turns.every(isTurn)) return null;
  return {
    seq: value.seq,
    turns: value.turns.map(({ key, ...turn }) => ({ ...wired(turn), key: String(key) })),
    total_time: isCount(value.total_time) ? value.total_time : 0,
    current: isCount(value.current) ? value.current : 0,
    complete: value.complete === true,
    writing: isText(value.writing) ? value.writing : null,
  };
}
