// Where a rating may go. "Spots" are numbered in one line: open steps, then the failing step's alternatives.

export const NEGATIVE = -1;
export const NEUTRAL = 0;
export const POSITIVE = 1;
export const FIRST_ERROR = "first_error";

export const blank = () => ({ rating: null, flagged: false });

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

/** What is said of the failing step's alternatives, which are to be rated too; empty while no step fails. */
export function alternativesOf(state) {
  return (state.mode === FIRST_ERROR && state.steps[firstError(state)]?.alternatives) || [];
}

export function spotCount(state) {
  return openCount(state) + alternativesOf(state).length;
}

/** The spot of a step, of an alternative of the failing one, or else the current one; -1 where it is closed. */
export function spotOf(state, { index, candidate }) {
  if (candidate !== undefined) return candidate < alternativesOf(state).length ? openCount(state) + candidate : -1;
  if (index !== undefined) return isOpen(state, index) ? index : -1;
  return state.current;
}

export function judgedAt(state, spot) {
  const open = openCount(state);
  return spot < open ? state.steps[spot] : alternativesOf(state)[spot - open];
}

const replaced = (list, at, change) => list.map((one, place) => (place === at ? { ...one, ...change } : one));

/** The steps with another rating or flag at a spot. */
export function withJudged(state, spot, change) {
  const open = openCount(state);
  if (spot < open) return replaced(state.steps, spot, change);
  return replaced(state.steps, open - 1, { alternatives: replaced(alternativesOf(state), spot - open, change) });
}

/** What an item's ratings look like to undo, had they been given in order: a draft that is opened again is undone as any. */
export function pastOf({ steps }) {
  const before = (index) => steps.map((step, at) => (at < index ? step : { ...step, rating: null }));
  return steps.flatMap(({ rating }, index) => (rating === null ? [] : [{ steps: before(index), current: index, by: null }]));
}

/** Spots that are neither rated nor marked unsure. */
export function undecided(state) {
  const judged = [...state.steps.slice(0, openCount(state)), ...alternativesOf(state)];
  return judged.flatMap(({ rating, flagged }, spot) => (rating === null && !flagged ? [spot] : []));
}

/** Negative steps for which a note may be given; none where the campaign asks for none. */
export function notable(state) {
  if (state.notes === "off") return [];
  return state.steps.flatMap((step, index) => (step.rating === NEGATIVE && isOpen(state, index) ? [index] : []));
}

/** Negative steps whose required note is not complete. */
export function unnoted(state) {
  if (state.notes !== "required") return [];
  const isComplete = ({ note }) => Boolean(note?.type && note.explanation?.trim());
  return notable(state).filter((index) => !isComplete(state.steps[index]));
}

/** The step that a note would be of now: the current one, else the negative one before it, else the first. */
export function noteTarget(state) {
  const steps = notable(state);
  return steps.findLast((index) => index <= state.current) ?? steps[0];
}
