// The list of steps: drawn once per item, then only classes and states change.

import { face, h, setAttribute, setText } from "./dom.js";
import { firstError, isOpen, NEGATIVE, NEUTRAL, POSITIVE } from "./session.js";

export const RATING_WORDS = new Map([[NEGATIVE, "negative"], [NEUTRAL, "neutral"], [POSITIVE, "positive"]]);

export function faceButtons(t, onRate, { name = (word) => word, hint = () => null } = {}) {
  return [...RATING_WORDS].map(([rating, word]) =>
    h(
      "button",
      {
        type: "button",
        class: `face face-${word}`,
        "aria-pressed": "false",
        "aria-label": name(t(word)),
        title: hint(word) ?? t(word),
        data: { rating },
        on: { click: () => onRate(rating) },
      },
      face(rating),
    ),
  );
}

export function pressFaces(buttons, rating, disabled) {
  for (const button of buttons) {
    setAttribute(button, "aria-pressed", String(rating !== null && Number(button.dataset.rating) === rating));
    button.disabled = disabled;
  }
}

function drawStep(step, index, { t, typesetInto, send, hint }) {
  const faces = faceButtons(t, (rating) => send({ type: "rated", rating, index }), {
    name: (word) => t("face_name", { rating: word, step: index + 1 }),
    hint,
  });
  const body = h("div", { class: "step-text" });
  typesetInto(body, step.text);
  const state = h("span", { class: "visually-hidden" });
  const flag = h("button", {
    type: "button", class: "flag", "aria-pressed": "false", text: t("unsure"), title: hint("unsure"),
    "aria-label": t("unsure_name", { step: index + 1 }),
    on: { click: () => send({ type: "flagged", index }) },
  });
  const item = h(
    "li",
    { class: "step", tabindex: "-1", on: { click: (event) => pick(event, index, send) } },
    h("div", { class: "step-faces", role: "group", "aria-label": t("rate_step", { step: index + 1 }) }, ...faces),
    h("span", { class: "step-number", "aria-hidden": "true", text: String(index + 1) }),
    h("div", { class: "step-main" }, state, body),
    flag,
  );
  return { item, faces, flag, state };
}

/** A click on a step's text goes there; not on its buttons, and not when text is being selected. */
function pick(event, index, send) {
  if (event.target.closest("button, a") || String(getSelection())) return;
  send({ type: "moved", to: index });
}

function stateWord(state, index, t) {
  const step = state.steps[index];
  const rating = step.rating === null ? "unrated" : RATING_WORDS.get(step.rating);
  const words = [t("step_name", { step: index + 1, count: state.steps.length })];
  words.push(t(isOpen(state, index) ? rating : "closed"));
  if (step.flagged && isOpen(state, index)) words.push(t("unsure"));
  return `${words.join(", ")}. `;
}

function updateRow(row, state, index, t) {
  const open = isOpen(state, index);
  const step = state.steps[index];
  const isCurrent = index === state.current;
  const locked = !open || state.phase !== "labelling";
  const later = index > state.current;
  const now = [open, step.rating, step.flagged, isCurrent, locked, later, index === firstError(state)].join();
  if (row.shown === now) return; // a key press changes a row or two of what may be a thousand
  row.shown = now;
  row.item.classList.toggle("is-later", later && open && step.rating === null);
  row.item.classList.toggle("is-closed", !open);
  row.item.classList.toggle("is-error", index === firstError(state));
  setAttribute(row.item, "aria-current", isCurrent ? "step" : null);
  pressFaces(row.faces, open ? step.rating : null, locked);
  setAttribute(row.flag, "aria-pressed", String(open && step.flagged));
  row.flag.disabled = locked;
  setText(row.state, stateWord(state, index, t));
}

/** `list` is the <ol>; returns {draw(lease), update(state), reveal(index)}. */
export function stepsView(list, tools) {
  let rows = [];
  return {
    draw(lease) {
      rows = lease.steps.map((step, index) => drawStep(step, index, tools));
      list.replaceChildren(...rows.map((row) => row.item));
    },
    update(state) {
      rows.forEach((row, index) => updateRow(row, state, index, tools.t));
    },
    /** The step in view and in focus, so that screen readers read it and Tab reaches its faces. */
    reveal(index, smooth) {
      const item = rows[index]?.item;
      if (!item) return;
      item.focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
    },
  };
}
