// Draws alternatives mode: the run so far, the candidates of the turn on screen, the wait for them, one's own step.

import { face, h, setText } from "./dom.js";
import { ownStep } from "./own_step.js";
import { drawRow, updateRow } from "./rows.js";
import { choiceOf, hasFailed, isReady, pathId, stepOf } from "./turn_state.js";

const WORDS = { "-1": "negative", 0: "neutral", 1: "positive" };

/** A finished turn: its step, how it was rated, and the way back to it. */
function drawPast(turn, place, { t, typesetInto, send }) {
  const step = stepOf(turn);
  const kind = turn.chosen === null ? "own" : WORDS[step.rating];
  const word = t(kind === "own" ? "own_step" : kind);
  const body = h("div", { class: "step-text", dir: "auto" });
  typesetInto(body, step.text);
  const back = h("button", {
    type: "button", class: "flag", text: t("turn_back"), "aria-label": t("turn_back_name", { step: place + 1 }),
    on: { click: () => send({ type: "returned", turn: place }) },
  });
  const sign = kind === "own" ? h("span", { "aria-hidden": "true", text: "✎" }) : face(step.rating);
  const name = t("turn_past", { step: place + 1, rating: word });
  return h("li", { class: "step is-past" },
    h("div", { class: `step-sign sign-${kind}`, title: word }, sign),
    h("span", { class: "step-number", "aria-hidden": "true", text: String(place + 1) }),
    h("div", { class: "step-main" }, h("span", { class: "visually-hidden", text: `${name} ` }), body),
    back);
}

function button(t, key, action, kbd = null) {
  const made = h("button", { type: "button", class: "button button-quiet", on: { click: action } }, t(key));
  if (kbd) made.append(" ", h("kbd", { data: { keys: kbd } }));
  return made;
}

function frame({ t, send, actions }) {
  const made = {
    title: h("h2", { class: "turn-title", id: "turn-title", tabindex: "-1" }),
    hint: h("p", { class: "turn-hint" }),
    wait: h("p", { class: "turn-wait", role: "status" }),
    seconds: h("span", { class: "turn-seconds", "aria-hidden": "true" }),
    list: h("ol", { class: "steps candidates", "aria-labelledby": "turn-title" }),
    settle: button(t, "turn_settle", actions.settle),
    again: button(t, "turn_again", actions.again),
    own: button(t, "own_open", () => send({ type: "own-opened" }), "own"),
    end: button(t, "turn_end", () => send({ type: "end-toggled" }), "end"),
  };
  const { title, hint, wait, seconds, list, settle, again, own, end } = made;
  made.section = h("section", { class: "turn", "aria-labelledby": "turn-title" },
    title, hint, list, h("div", { class: "turn-waiting" }, wait, seconds, settle, again), h("div", { class: "turn-actions" }, own, end));
  return made;
}

/** What the turn's line says: the key of its words, or the server's own; nothing while there is something to rate. */
function lineOf({ turn, steps, complete }) {
  if (complete) return { key: "turn_complete" };
  if (turn === null || steps.length) return { key: null };
  if (turn.status === "failed") return turn.message ? { text: turn.message } : { key: "turn_unreachable" };
  return isReady({ turn }) ? { text: turn.message, key: "turn_none" } : { key: "turn_waiting" };
}

/** `list` is the page's <ol> of steps. Returns { draw, update, reveal, tick } as main.js uses them. */
export function turnsView(list, tools) {
  const { t } = tools;
  const on = frame(tools);
  const writing = ownStep(tools);
  list.after(on.section);
  on.section.insertBefore(writing.form, on.section.lastElementChild);
  let drawn = { path: null, turn: null };
  let rows = [];
  let since = null;

  function drawPath(state) {
    list.replaceChildren(...state.turns.map((turn, place) => drawPast(turn, place, tools)));
    list.hidden = state.turns.length === 0;
  }

  function drawCandidates(state) {
    const count = state.steps.length;
    rows = state.steps.map(({ text }, index) => drawRow({
      text, kind: "candidate", number: index + 1, name: t("candidate_name", { step: index + 1, count }), place: { index },
    }, tools));
    on.list.replaceChildren(...rows.map((row) => row.item));
  }

  function drawLine(state) {
    const { key, text } = lineOf(state);
    const isWaiting = key === "turn_waiting";
    setText(on.wait, text || (key ? t(key) : ""));
    since = isWaiting ? since ?? Date.now() : null;
    setText(on.seconds, "");
    on.settle.hidden = !isWaiting;
    const isEmpty = isReady(state) && state.steps.length === 0;
    on.again.hidden = !(state.turn?.status === "failed" || (isEmpty && state.turn.generator === "failed"));
    on.section.classList.toggle("is-waiting", isWaiting);
    on.section.classList.toggle("is-complete", state.complete);
  }

  function drawWords(state) {
    const step = state.turns.length + 1;
    const choice = choiceOf(state);
    setText(on.title, state.complete ? t("turn_done_title") : t("turn_title", { step }));
    const hint = choice >= 0 ? t("turn_choose") : hasFailed(state) ? t("turn_failed") : t("turn_rate");
    setText(on.hint, state.steps.length === 0 || state.complete ? "" : hint);
    setText(on.end.firstChild, t(state.complete ? "turn_unend" : "turn_end"));
    on.end.hidden = state.turns.length === 0;
    on.own.hidden = state.complete || state.writing !== null;
    rows.forEach((row, spot) => {
      updateRow(row, state.steps[spot], { spot }, state, t);
      row.item.classList.toggle("is-choice", spot === choice);
    });
  }

  return {
    extend: () => {},
    draw: () => (drawn = { path: null, turn: null }),
    update(state) {
      const before = drawn;
      drawn = { path: pathId(state.turns), turn: `${pathId(state.turns)} ${state.turn?.status} ${state.complete}`, lease: state.lease.id };
      if (drawn.path !== before.path || drawn.lease !== before.lease) drawPath(state);
      const isNew = drawn.turn !== before.turn || drawn.lease !== before.lease;
      if (isNew) drawCandidates(state);
      drawLine(state);
      drawWords(state);
      writing.update(state);
      // The row that had the focus is gone: without this a screen reader would be back at the top of the page.
      if (isNew && before.lease === drawn.lease && state.writing === null) this.reveal(state.current);
    },
    reveal(place, smooth) {
      const target = rows[place]?.item ?? on.title;
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
    },
    /** The seconds of a wait are seen, not read out. */
    tick(now) {
      const seconds = since === null ? 0 : Math.floor((now - since) / 1000);
      setText(on.seconds, seconds > 1 ? t("turn_seconds", { count: seconds }) : "");
    },
  };
}
