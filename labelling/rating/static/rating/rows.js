// Rows to rate: drawn once, then only classes and states change; and the list of steps, which is made of them.

import { face, h, later, setAttribute, setText } from "./dom.js";
import { NEGATIVE, NEUTRAL, openCount, POSITIVE } from "./spots.js";

const RATING_WORDS = new Map([[NEGATIVE, "negative"], [NEUTRAL, "neutral"], [POSITIVE, "positive"]]);

export function faceButtons(t, onRate, { name = (word) => word, hint } = {}) {
  return [...RATING_WORDS].map(([rating, word]) =>
    h(
      "button",
      {
        type: "button",
        class: `face face-${word}`,
        "aria-pressed": "false",
        "aria-label": name(t(word)),
        title: hint(word),
        data: { rating, hint: word },
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

/** `kind`: step or alternative. `place`: what its events say of where it is. */
export function drawRow({ text, kind, number, name, place }, { t, typesetInto, send, hint }) {
  const faces = faceButtons(t, (rating) => send({ type: "rated", rating, ...place }), {
    name: (word) => t(`face_${kind}`, { rating: word, step: number }),
    hint,
  });
  const body = h("div", { class: "step-text", dir: "auto" });
  typesetInto(body, text);
  const state = h("span", { class: "visually-hidden" });
  const flag = h("button", {
    type: "button", class: "flag", "aria-pressed": "false", text: t("unsure"), title: hint("unsure"), data: { hint: "unsure" },
    "aria-label": t(`unsure_${kind}`, { step: number }),
    on: { click: () => send({ type: "flagged", ...place }) },
  });
  const main = h("div", { class: "step-main" }, state, body);
  const item = h(
    "li",
    { class: "step", tabindex: "-1", on: { click: (event) => pick(event, item, place, send) } },
    h("div", { class: "step-faces", role: "group", "aria-label": t(`rate_${kind}`, { step: number }) }, ...faces),
    h("span", { class: "step-number", "aria-hidden": "true", text: String(number) }),
    main,
    flag,
  );
  return { item, faces, flag, state, main, name };
}

/** A click on a step's text goes there; not on its buttons, and not when text is being selected. */
function pick(event, item, place, send) {
  if (event.target.closest("button, a, summary") || event.target.closest("li") !== item || String(getSelection())) return;
  send({ type: "moved", ...place });
}

function stateWord(row, { rating, flagged }, isOpen, t) {
  const words = [row.name, t(!isOpen ? "closed" : rating === null ? "unrated" : RATING_WORDS.get(rating))];
  if (flagged && isOpen) words.push(t("unsure"));
  return `${words.join(", ")}. `;
}

/** `spot`: as in spots.js. */
export function updateRow(row, judged, { spot, isOpen = true }, state, t) {
  const { rating, flagged } = judged;
  const isCurrent = isOpen && spot === state.current;
  const isLocked = !isOpen || state.phase !== "labelling";
  const isLater = spot > state.current && isOpen && rating === null;
  const now = [isOpen, rating, flagged, isCurrent, isLocked, isLater].join();
  if (row.shown === now) return; // a key press changes a row or two of what may be a thousand
  row.shown = now;
  row.item.classList.toggle("is-later", isLater);
  row.item.classList.toggle("is-closed", !isOpen);
  row.item.classList.toggle("is-error", isOpen && rating === NEGATIVE);
  setAttribute(row.item, "aria-current", isCurrent ? "step" : null);
  pressFaces(row.faces, isOpen ? rating : null, isLocked);
  setAttribute(row.flag, "aria-pressed", String(isOpen && flagged));
  row.flag.disabled = isLocked;
  setText(row.state, stateWord(row, judged, isOpen, t));
}

/** `list` is the <ol>; returns {draw(lease), update(state), reveal(spot), extend(extra)}. */
export function stepsView(list, tools) {
  const { t } = tools;
  const extras = []; // modules that draw into the rows: {update(state, rows), rowAt?(candidate)}
  let rows = [];
  let ahead = null; // { lease, rows }: of the next item, as far as drawn
  let open = 0;
  let last = null;
  const alternatives = later(tools.loadAlternatives, ({ alternativesView }) => extend(alternativesView(tools)));

  function extend(extra) {
    extras.push(extra);
    if (!last) return;
    extra.update(last, rows);
    if (last.current >= open) reveal(last.current); // it came after the rater did
  }

  /** The row in view and in focus, so that screen readers read it and Tab reaches its faces. */
  function reveal(spot, smooth) {
    const other = () => extras.map((extra) => extra.rowAt?.(spot - open)).find(Boolean);
    const item = (spot < open ? rows[spot] : other())?.item;
    if (!item) return;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
  }

  function drawn(lease, index, typesetInto = tools.typesetInto) {
    const name = t("step_name", { step: index + 1, count: lease.steps.length });
    return drawRow({ text: lease.steps[index].text, kind: "step", number: index + 1, name, place: { index } },
      { ...tools, typesetInto });
  }

  return {
    extend,
    reveal,
    /** A row in each idle moment, so that no key has to wait for them. */
    prepare(lease, whenIdle) {
      const mine = (ahead = { lease, rows: [] });
      whenIdle(function some(deadline) {
        if (ahead !== mine) return;
        do {
          if (mine.rows.length === lease.steps.length) return;
          mine.rows.push(drawn(lease, mine.rows.length, tools.typesetAhead));
        } while (deadline?.timeRemaining?.() > 8);
        whenIdle(some);
      });
    },
    draw(lease) {
      const done = ahead?.lease.id === lease.id ? ahead.rows : [];
      ahead = null;
      rows = lease.steps.map((_, index) => done[index] ?? drawn(lease, index));
      for (const row of done) tools.adopt(row.main.lastChild);
      list.replaceChildren(...rows.map((row) => row.item));
      if (lease.steps.some((step) => step.alternatives)) alternatives();
    },
    update(state) {
      last = state;
      open = openCount(state);
      rows.forEach((row, spot) => updateRow(row, state.steps[spot], { spot, isOpen: spot < open }, state, t));
      for (const extra of extras) extra.update(state, rows);
    },
  };
}
