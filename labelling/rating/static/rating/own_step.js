// A rater's own step: a text field and, beside it, how the text will look, formulas and all.

import { h, setText } from "./dom.js";
import { statesAnswer } from "./turn_state.js";

const LONGEST = 5000;
const PREVIEW_MS = 120;

export function ownStep({ t, typesetInto, send, timers }) {
  const text = h("textarea", {
    id: "own-step", class: "own-text", rows: "4", maxlength: String(LONGEST), dir: "auto", "aria-describedby": "own-hint",
  });
  const preview = h("div", { class: "own-preview step-text", dir: "auto", "aria-labelledby": "own-preview-label" });
  const hint = h("p", { class: "muted", id: "own-hint", text: t("own_hint") });
  const note = h("p", { class: "own-note", role: "status" });
  const use = h("button", { type: "submit", class: "button button-primary", text: t("own_use") });
  const cancel = h("button", { type: "button", class: "button", text: t("own_cancel") });
  const form = h("form", { class: "own", "aria-label": t("own_step") },
    h("div", { class: "own-side" }, h("label", { for: "own-step", text: t("own_label") }), text, hint),
    h("div", { class: "own-side" }, h("span", { class: "own-label", id: "own-preview-label", text: t("own_preview") }), preview, note),
    h("div", { class: "actions" }, use, cancel));
  let shown = null;
  let timer = null;

  const draw = () => {
    typesetInto(preview, text.value);
    setText(note, statesAnswer(text.value) ? t("own_ends") : "");
  };
  text.addEventListener("input", () => {
    send({ type: "own-typed", text: text.value });
    timers.clear(timer);
    timer = timers.set(draw, PREVIEW_MS);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") cancel.click();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ type: "own-used" });
  });
  cancel.addEventListener("click", () => send({ type: "own-closed" }));

  return {
    form,
    /** What is typed is the state; the field is only written to where they differ, so that the cursor stays. */
    update({ writing }) {
      form.hidden = writing === null;
      if (writing === shown) return;
      const isNew = shown === null;
      shown = writing;
      if (writing !== null && text.value !== writing) {
        text.value = writing;
        draw();
      }
      if (isNew && writing !== null) {
        draw();
        text.focus({ preventScroll: true });
        form.scrollIntoView({ block: "nearest" });
      }
    },
  };
}
