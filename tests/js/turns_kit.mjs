// Runs of alternatives mode, as tests play them.
import { newSession, reduce } from "../../labelling/rating/static/rating/turns.js";
import { pathId } from "../../labelling/rating/static/rating/turn_state.js";

export const lease = (turns = [], id = "lease-1") => ({ id, steps: [], turns, turn_url: "/turn/" });
export const play = (state, ...events) => events.reduce(reduce, state);
export const candidates = (step, count = 3, ends = false) =>
  Array.from({ length: count }, (_, at) => ({ id: step * 10 + at, text: `step ${step} candidate ${at}`, ends }));
export const answerOf = (step, count, ends) => ({
  key: `key-${step}`, candidates: candidates(step, count, ends), waiting: false, generator: "", message: "",
});
export const loaded = (state, answer) => ({ type: "turn-loaded", lease: "lease-1", id: pathId(state.turns), answer });
export const load = (state, ...answer) => reduce(state, loaded(state, answerOf(...answer)));
export const rate = (rating, index) => ({ type: "rated", rating, index });
export const GO = { type: "went-on" };
export const start = () => play(newSession(), { type: "lease-opened", lease: lease() });
export const open = (count = 3, ends = false) => load(start(), 1, count, ends);
export const ratings = (state) => state.steps.map(({ rating }) => rating);
