// Error notes: what kind of error a negative step holds, why, and the step put right. Brought where a campaign asks for
// them. What is typed is kept at once, as ratings are.

import { h, setAttribute, setText } from "./dom.js";
import { notable, noteTarget, unnoted } from "./spots.js";

const EMPTY = { type: "", explanation: "", corrected: "" };

export function createNotes({ parts, t, send, view, getState }) {
  const { noteDialog: dialog, noteForm: form, noteExplanation: explanation, noteCorrected: corrected } = parts;
  const types = [...form.elements.type];
  const buttons = new Map(); // step -> its button, while there is one
  let step = null; // the dialog's
  let drawn = null; // the item that the buttons are of
  let rows = [];

  const noteOf = (index) => getState().steps[index].note ?? EMPTY;
  const typed = () => ({ type: form.elements.type.value, explanation: explanation.value, corrected: corrected.value });
  const preview = () => view.typesetInto(parts.notePreview, corrected.value);

  function changed() {
    preview();
    send({ type: "noted", index: step, note: typed() });
  }

  function show(note) {
    for (const radio of types) radio.checked = radio.value === note.type;
    explanation.value = note.explanation;
    corrected.value = note.corrected;
    preview();
  }

  /** Not back to the button that opened it: there Enter would open it again, not submit. */
  function leave() {
    if (document.activeElement.matches(".note, body")) rows[step]?.item.focus({ preventScroll: true });
  }

  function shut() {
    dialog.close();
    leave();
  }

  function open(index = noteTarget(getState())) {
    if (getState().phase !== "labelling") return;
    if (index === undefined) return send({ type: "told", key: "notice_no_note" });
    step = index;
    setText(parts.noteTitle, t("note_title", { step: step + 1 }));
    show(noteOf(step));
    dialog.showModal();
    (types.find((radio) => radio.checked) ?? types[0]).focus();
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shut();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.requestSubmit();
    const chosen = event.target.matches("textarea") ? null : types[Number(event.key) - 1];
    if (!chosen || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    chosen.checked = true;
    explanation.focus();
    event.preventDefault();
    return changed();
  });
  dialog.addEventListener("close", leave); // by Escape
  parts.noteCopy.addEventListener("click", () => {
    corrected.value = getState().lease.steps[step].text;
    corrected.focus();
    changed();
  });
  parts.noteClear.addEventListener("click", () => {
    show(EMPTY);
    changed();
    shut();
  });

  /** "Arithmetic: 2 + 2 is 4", or what is asked for. */
  function words({ type, explanation: why, corrected: right }) {
    const kind = types.find((radio) => radio.value === type)?.labels[0].querySelector("span").textContent;
    return [kind, why.trim() || right.trim()].filter(Boolean).join(": ");
  }

  function drawButton(row, index) {
    const button = h("button", { type: "button", class: "link note", title: view.hint("note"), on: { click: () => open(index) } });
    row.main.append(button);
    buttons.set(index, button);
    return button;
  }

  function update(state, allRows) {
    rows = allRows;
    if (drawn !== state.lease?.id) buttons.clear(); // the rows are new
    drawn = state.lease?.id;
    const shown = notable(state);
    const missing = unnoted(state);
    for (const [index, button] of buttons) button.hidden = !shown.includes(index);
    for (const index of shown) {
      const button = buttons.get(index) ?? drawButton(rows[index], index);
      const said = words(noteOf(index));
      setText(button, said || t(state.notes === "required" ? "note_needed" : "note_add"));
      setAttribute(button, "aria-label", said ? t("note_name", { step: index + 1, note: said }) : t("note_add_name", { step: index + 1 }));
      button.classList.toggle("is-missing", missing.includes(index));
      button.disabled = state.phase !== "labelling";
    }
  }

  view.extend({ update });
  return { open };
}
